import type { trading } from "@alpacahq/alpaca-trade-api";
import { money, type Money } from "../../core/money.ts";
import type { BrokerOrder, BrokerStatus, OrderType, Side, TimeInForce } from "../../core/order.ts";

type WireLeg = Pick<
  trading.Order,
  | "id"
  | "clientOrderId"
  | "symbol"
  | "side"
  | "type"
  | "timeInForce"
  | "qty"
  | "filledQty"
  | "filledAvgPrice"
  | "limitPrice"
  | "stopPrice"
  | "status"
  | "replacedBy"
  | "createdAt"
  | "submittedAt"
  | "updatedAt"
>;

type WireOrder = WireLeg & { readonly legs?: readonly WireLeg[] | null | undefined };

/** Alpaca's order life cycle in our words (docs: "Order Lifecycle"). */
const STATUS: Readonly<Record<string, BrokerStatus>> = {
  new: "working",
  accepted: "working",
  pending_new: "working",
  accepted_for_bidding: "working",
  held: "working",
  stopped: "working",
  calculated: "working",
  suspended: "working",
  // Not over before the broker says canceled or replaced: the shares stay held.
  pending_cancel: "working",
  pending_replace: "working",
  // No more fills today, but a GTC order goes on tomorrow.
  done_for_day: "working",
  partially_filled: "partially_filled",
  filled: "filled",
  canceled: "canceled",
  expired: "expired",
  replaced: "replaced",
  rejected: "rejected",
};

const TYPES: ReadonlyMap<string, OrderType> = new Map([
  ["market", "market"],
  ["limit", "limit"],
  ["stop", "stop"],
  ["stop_limit", "stop_limit"],
]);

const TIMES_IN_FORCE: readonly TimeInForce[] = ["day", "gtc", "ioc", "fok", "opg", "cls"];

function decimal(text: string | number | null | undefined): Money | null {
  return text === undefined || text === null || text === "" ? null : money(text);
}

function side(text: string | undefined): Side {
  return text === "sell" ? "sell" : "buy";
}

/** An order as Alpaca tells it. Throws when it lacks what every order has: wrong data must not be booked. */
export function brokerOrder(order: WireOrder): BrokerOrder {
  const { id, clientOrderId, symbol } = order;
  // A status that is new to us is one of an order that is not over: nothing is concluded from it.
  const status = STATUS[order.status ?? "new"] ?? "working";
  if (id === undefined || clientOrderId === undefined || symbol === undefined || symbol === null)
    throw new Error(`Alpaca sent an order that cannot be read: id ${id ?? "?"}, symbol ${symbol ?? "?"}`);
  const filledQuantity = decimal(order.filledQty) ?? money(0);
  const created = order.submittedAt ?? order.createdAt;
  const legs = (order.legs ?? []).map(({ legs: _none, ...leg }: WireOrder) => brokerOrder(leg));
  return {
    brokerOrderId: id,
    clientOrderId,
    symbol,
    side: side(order.side),
    type: TYPES.get(order.type ?? "market") ?? "market",
    timeInForce: TIMES_IN_FORCE.find((each) => each === order.timeInForce) ?? "day",
    // Orders by amount have no quantity until they are filled.
    quantity: decimal(order.qty) ?? filledQuantity,
    limitPrice: decimal(order.limitPrice),
    stopPrice: decimal(order.stopPrice),
    status,
    filledQuantity,
    filledAvgPrice: decimal(order.filledAvgPrice),
    replacedBy: order.replacedBy ?? null,
    createdAt: created?.getTime() ?? 0,
    updatedAt: (order.updatedAt ?? created)?.getTime() ?? 0,
    ...(legs.length === 0 ? {} : { legs }),
  };
}
