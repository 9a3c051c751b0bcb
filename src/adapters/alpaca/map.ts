import type { trading } from "@alpacahq/alpaca-trade-api";
import { money, type Money } from "../../core/money.ts";
import type { AssetKind, BrokerOrder, BrokerStatus, OrderType, Side, TimeInForce } from "../../core/order.ts";
import type { BrokerPosition } from "../../ports.ts";

type WireLeg = Pick<
  trading.Order,
  | "id"
  | "clientOrderId"
  | "symbol"
  | "assetClass"
  | "orderClass"
  | "notional"
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

/** A class that is new to us is traded as shares are; an order of several legs has none itself, and its legs are options. */
function kindOf(assetClass: string | undefined, orderClass?: string): AssetKind {
  if (assetClass === "crypto") return "crypto";
  return assetClass === "us_option" || orderClass === "mleg" ? "option" : "share";
}

/** Positions say BTCUSD where orders and their stream say BTC/USD. */
function symbolOf(symbol: string, kind: AssetKind): string {
  return kind === "crypto" ? symbol.replace("/", "") : symbol;
}

/** A holding as Alpaca tells it. */
export function brokerPosition(position: trading.Position): BrokerPosition {
  const quantity = money(position.qty);
  const kind = kindOf(position.assetClass);
  return {
    symbol: symbolOf(position.symbol, kind),
    kind,
    // The sign is in the quantity at Alpaca; a side of "short" with a bare number is understood all the same.
    quantity: position.side === "short" ? quantity.abs().neg() : quantity,
    // Absent it proves nothing: then no share counts as free.
    available: money(position.qtyAvailable ?? "0"),
    avgEntryPrice: money(position.avgEntryPrice),
    currentPrice: decimal(position.currentPrice),
    value: decimal(position.marketValue)?.abs() ?? null,
  };
}

/** An order as Alpaca tells it. Throws when it lacks what every order has: wrong data must not be booked. */
export function brokerOrder(order: WireOrder): BrokerOrder {
  const { id, clientOrderId, symbol } = order;
  // A status that is new to us is one of an order that is not over: nothing is concluded from it.
  const status = STATUS[order.status ?? "new"] ?? "working";
  // An order of several legs has none: the legs have.
  const bare = order.orderClass === "mleg" ? (symbol ?? "") : symbol;
  if (id === undefined || clientOrderId === undefined || bare === undefined || bare === null)
    throw new Error(`Alpaca sent an order that cannot be read: id ${id ?? "?"}, symbol ${symbol ?? "?"}`);
  const filledQuantity = decimal(order.filledQty) ?? money(0);
  const quantity = decimal(order.qty);
  const amount = quantity === null ? decimal(order.notional) : null;
  const kind = kindOf(order.assetClass, order.orderClass);
  const created = order.submittedAt ?? order.createdAt;
  const legs = (order.legs ?? []).map(({ legs: _none, ...leg }: WireOrder) => brokerOrder(leg));
  return {
    brokerOrderId: id,
    clientOrderId,
    symbol: symbolOf(bare, kind),
    side: side(order.side),
    type: TYPES.get(order.type ?? "market") ?? "market",
    timeInForce: TIMES_IN_FORCE.find((each) => each === order.timeInForce) ?? "day",
    // Orders by amount have no quantity until they are filled.
    quantity: quantity ?? filledQuantity,
    limitPrice: decimal(order.limitPrice),
    stopPrice: decimal(order.stopPrice),
    status,
    filledQuantity,
    filledAvgPrice: decimal(order.filledAvgPrice),
    replacedBy: order.replacedBy ?? null,
    createdAt: created?.getTime() ?? 0,
    updatedAt: (order.updatedAt ?? created)?.getTime() ?? 0,
    ...(kind === "share" ? {} : { kind }),
    ...(amount === null ? {} : { amount }),
    ...(legs.length === 0 ? {} : { legs }),
  };
}
