import type { ExitPlan } from "./exits/plan.ts";
import type { Money } from "./money.ts";

export type ClientOrderId = string & { readonly __brand: "ClientOrderId" };
export type RunId = string & { readonly __brand: "RunId" };

/** A run's name; `/strategy stop k7q2`. Throws on an empty one. */
export function runId(text: string): RunId {
  if (!isRunId(text)) throw new RangeError("a run id is not empty");
  return text;
}

/** The id under which the broker knows an order of ours. Throws on an empty one. */
export function clientOrderId(text: string): ClientOrderId {
  if (!isClientOrderId(text)) throw new RangeError("a client order id is not empty");
  return text;
}

function isRunId(text: string): text is RunId {
  return text !== "";
}

function isClientOrderId(text: string): text is ClientOrderId {
  return text !== "";
}

export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop" | "stop_limit";
export type TimeInForce = "day" | "gtc" | "ioc" | "fok" | "opg" | "cls";
/** `bracket` has a stop and a target in the same request, `oto` a stop only. */
export type OrderClass = "simple" | "bracket" | "oto";
/** What an order is for. Everything that sells to get out at market or limit is an exit, whatever the reason. */
export type Purpose = "entry" | "exit" | "stop" | "target";
export type ExitReason =
  | "signal"
  | "stop-loss"
  | "take-profit"
  | "trailing"
  | "time"
  | "manual"
  | "kill"
  | "external";

/** The states of ORDERS.md. "Cancel requested" is a flag, not a state. */
export type OrderState =
  | "SENDING"
  | "ACCEPTED"
  | "PARTIALLY_FILLED"
  | "FILLED"
  | "CANCELED"
  | "EXPIRED"
  | "REPLACED"
  | "REJECTED"
  | "UNKNOWN"
  | "UNSEEN";

export const LIVE_STATES: readonly OrderState[] = ["SENDING", "ACCEPTED", "PARTIALLY_FILLED", "UNKNOWN"];

export interface Order {
  readonly clientOrderId: ClientOrderId;
  readonly accountId: string;
  /** Null for an order by hand, a kill or an adopted one. */
  readonly runId: RunId | null;
  readonly strategyId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly purpose: Purpose;
  readonly attempt: number;
  /** Start of the bar that was decided on, epoch ms. */
  readonly barTime: number | null;
  readonly type: OrderType;
  readonly quantity: Money;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
  readonly timeInForce: TimeInForce;
  readonly extendedHours: boolean;
  readonly state: OrderState;
  readonly cancelRequestedAt: number | null;
  readonly brokerOrderId: string | null;
  /** Highest cumulative quantity that has been booked, and its average price. */
  readonly filledQuantity: Money;
  readonly filledAvgPrice: Money | null;
  /** Why an exit sells; null for entries. */
  readonly exitReason: ExitReason | null;
  /** The price the decision was made at (latest trade). */
  readonly decisionPrice: Money | null;
  /** What the position gets when this entry fills. */
  readonly plannedStop: Money | null;
  readonly plannedTarget: Money | null;
  /** Further exits that the position gets; null for none. */
  readonly plannedExits: ExitPlan | null;
  /** The position this order reduces; null for entries until the first fill. */
  readonly positionId: string | null;
  readonly orderClass: OrderClass;
  /** Client id of the bracket entry that this stop or target came with; null for every other order. */
  readonly parentId: ClientOrderId | null;
  /** An entry that waits is cancelled at this time; null for one that fills or ends by itself. */
  readonly workUntil: number | null;
  /** Broker id of the order that took this one's place. */
  readonly replacedBy: string | null;
  /** The order of ours whose place this one is to take, by a replace request instead of a POST; null for most. */
  readonly replaces: ClientOrderId | null;
  /** The broker's or transport's words for REJECTED and UNKNOWN; secrets removed. */
  readonly error: string | null;
  /** Market-context line at the decision, shown with the fill alert. */
  readonly context: string | null;
  /** Wall-clock times, epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Since when nothing was found of an UNKNOWN order; null otherwise. */
  readonly missingSince: number | null;
}

/** The broker's own life cycle, mapped from its vocabulary at the adapter. */
export type BrokerStatus =
  | "working"
  | "partially_filled"
  | "filled"
  | "canceled"
  | "expired"
  | "replaced"
  | "rejected";

/** What the broker says about an order: the same shape from the stream, from REST answers and from the reconciler. */
/** Shares and options are traded in the market's sessions, crypto at all hours; an option's price is for one of a contract's hundred shares. */
export type AssetKind = "share" | "option" | "crypto";

export interface BrokerOrder {
  readonly brokerOrderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly quantity: Money;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
  readonly status: BrokerStatus;
  readonly filledQuantity: Money;
  readonly filledAvgPrice: Money | null;
  readonly replacedBy: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Absent: a share. */
  readonly kind?: AssetKind;
  /** USD that an order by amount is for, while it has no quantity. */
  readonly amount?: Money;
  /** Stop and target of a bracket, where the broker shows them beside their entry. */
  readonly legs?: readonly BrokerOrder[];
}

/** One execution as the stream reports it. Times in epoch ms. */
export interface Execution {
  readonly executionId: string;
  readonly quantity: Money;
  readonly price: Money;
  readonly atMs: number;
}

/** The rise over what had been booked: this and only this changes positions and cash. */
export interface Booking {
  readonly quantity: Money;
  readonly price: Money;
  readonly executionId: string | null;
  readonly atMs: number;
  /** The price that was decided on, which slippage is measured against; null when nobody recorded one. */
  readonly decisionPrice: Money | null;
}

/** After this other positions in the symbol do not wait for it with their stops. */
const IN_VAIN_MS = 3_000;

const TERMINAL: ReadonlySet<OrderState> = new Set([
  "FILLED",
  "CANCELED",
  "EXPIRED",
  "REPLACED",
  "REJECTED",
  "UNSEEN",
]);

export function isTerminal(state: OrderState): boolean {
  return TERMINAL.has(state);
}

export function isLive(order: Order): boolean {
  return !isTerminal(order.state);
}

export function remaining(order: Pick<Order, "quantity" | "filledQuantity">): Money {
  return order.quantity.minus(order.filledQuantity);
}

/** A protective order that the broker holds: it moves no shares until the price comes to it. */
export function rests(order: Order): boolean {
  return (order.purpose === "stop" || order.purpose === "target") && order.brokerOrderId !== null;
}

/** Nobody has shown it at the broker yet: sent or not, accepted or not. */
export function inDoubt(order: Order): boolean {
  return isLive(order) && order.brokerOrderId === null;
}

/** A sale whose fate is not known: its position has to wait for it. */
export function saleInDoubt(order: Order): boolean {
  return order.side === "sell" && inDoubt(order);
}

/**
 * An order that has been looked for in vain long enough to go on without it: a stop that rests meanwhile makes the broker
 * refuse the buy, should it come after all.
 */
export function lookedForInVain(order: Order, nowMs: number): boolean {
  return inDoubt(order) && order.missingSince !== null && nowMs - order.missingSince >= IN_VAIN_MS;
}
