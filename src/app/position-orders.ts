import { followingOrderId, orderId } from "../core/client-order-id.ts";
import { money, type Money } from "../core/money.ts";
import { isLive, lookedForInVain, remaining, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";

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

/** The number of the next such order: after the highest so far, for rows of earlier ones may be lost. */
export function nextAttempt(orders: readonly Order[], purpose: "exit" | "stop"): number {
  const attempts = orders.filter((order) => order.purpose === purpose).map((order) => order.attempt);
  return Math.max(0, ...attempts) + 1;
}

/** Shares that these live orders may sell. Of the two legs of a bracket only one ever does. */
export function sharesReserved(live: readonly Order[]): Money {
  const ofPair = new Map<string, Money>();
  let sum = money(0);
  for (const order of live) {
    if (order.side !== "sell") continue;
    const left = remaining(order);
    const pair = order.parentId === null ? undefined : (ofPair.get(order.parentId) ?? money(0));
    if (pair !== undefined && pair.gte(left)) continue;
    sum = sum.plus(left).minus(pair ?? 0);
    if (order.parentId !== null) ofPair.set(order.parentId, left);
  }
  return sum;
}

/** Entries, of whichever run, that the broker may hold against a sale in this symbol. One that was looked for in vain keeps nobody waiting. */
export async function workingEntries(engine: Engine, symbol: string): Promise<readonly Order[]> {
  const nowMs = engine.clock.nowMs();
  return (await engine.ledger.liveOrders(engine.accountId)).filter(
    (order) => order.symbol === symbol && order.purpose === "entry" && !lookedForInVain(order, nowMs),
  );
}

/** The entries among these orders, locked, as far as they still work then. */
export async function lockWorking(tx: LedgerOps, orders: readonly Order[]): Promise<readonly Order[]> {
  const locked: Order[] = [];
  for (const { purpose, clientOrderId } of orders) {
    const order = purpose === "entry" ? await tx.lockOrder(clientOrderId) : undefined;
    if (order !== undefined && isLive(order)) locked.push(order);
  }
  return locked;
}
