import { followingOrderId, orderId } from "../core/client-order-id.ts";
import type { Money } from "../core/money.ts";
import type { Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";

/** The fields of every order that sells (part of) a position. */
export function sellOf(
  position: Position,
  quantity: Money,
): Pick<Order, "runId" | "strategyId" | "symbol" | "side" | "quantity" | "positionId"> {
  return {
    runId: position.runId,
    strategyId: position.strategyId,
    symbol: position.symbol,
    side: "sell",
    quantity,
    positionId: position.id,
  };
}

/** Orders of a position share the stem of its entry. */
export function followingId(
  position: Position,
  purpose: "exit" | "stop",
  attempt: number,
): Order["clientOrderId"] {
  return position.entryOrderId.startsWith("af-")
    ? followingOrderId(position.entryOrderId, purpose, attempt)
    : orderId(`af-x-${position.id.slice(0, 8)}-${position.symbol}`, purpose, attempt);
}
