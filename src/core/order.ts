import type { ExitPlan } from "./exits/plan.ts";
import { Money, ZERO } from "./money.ts";

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
  /** Stop and target of a bracket, where the broker shows them beside their entry. */
  readonly legs?: readonly BrokerOrder[];
}

export type OrderEvent =
  | {
      readonly kind: "report";
      readonly report: BrokerOrder;
      readonly execution?: Execution;
      readonly atMs: number;
    }
  | { readonly kind: "rejected"; readonly reason: string; readonly atMs: number }
  /** Known never to have been sent: the broker's limiter held it back until nobody wanted it any more. */
  | { readonly kind: "withdrawn"; readonly reason: string; readonly atMs: number }
  | { readonly kind: "unanswered"; readonly reason: string; readonly atMs: number }
  /** `sharesFree`: the broker holds the shares that this sale is for, and no order holds them there. */
  | { readonly kind: "not_found"; readonly sharesFree?: boolean; readonly atMs: number }
  | { readonly kind: "cancel_requested"; readonly atMs: number };

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

export interface Advanced {
  readonly order: Order;
  readonly booking: Booking | null;
}

/** An UNKNOWN order that no query finds for this long is UNSEEN. */
const UNSEEN_AFTER_MS = 60_000;
/**
 * A sale in doubt keeps a position from its stop or its exit. The broker itself can tell that it neither works nor has
 * filled: all the shares are there, and none is held for it. Then this much is enough.
 */
const UNSEEN_SALE_AFTER_MS = 4_000;
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

/** What an order was decided at: a stop at its stop, a target at its limit, everything else at the latest trade then. */
function decidedAt(order: Order): Money | null {
  switch (order.purpose) {
    case "stop":
      return order.stopPrice ?? order.decisionPrice;
    case "target":
      return order.limitPrice ?? order.decisionPrice;
    case "entry":
    case "exit":
      return order.decisionPrice;
  }
}

export function isTerminal(state: OrderState): boolean {
  return TERMINAL.has(state);
}

export function isLive(order: Order): boolean {
  return !isTerminal(order.state);
}

export function remaining(order: Order): Money {
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

/**
 * The whole state table (ORDERS.md). Replays, duplicates and reordering change nothing: only a rise of the cumulative
 * quantity books, a terminal order never reopens, and a working report never takes back a partial fill.
 */
export function advance(order: Order, event: OrderEvent): Advanced {
  switch (event.kind) {
    case "report":
      return applyReport(order, event);
    case "rejected":
      // Only an order nobody has seen accepted can be refused by its POST.
      return order.state === "SENDING" || order.state === "UNKNOWN"
        ? changed(order, {
            state: "REJECTED",
            error: event.reason,
            updatedAt: event.atMs,
            missingSince: null,
          })
        : unchanged(order);
    case "withdrawn":
      return order.state === "SENDING"
        ? changed(order, { state: "CANCELED", error: event.reason, updatedAt: event.atMs })
        : unchanged(order);
    case "unanswered":
      return order.state === "SENDING"
        ? changed(order, { state: "UNKNOWN", error: event.reason, updatedAt: event.atMs })
        : unchanged(order);
    case "not_found":
      return applyNotFound(order, event);
    case "cancel_requested":
      return isTerminal(order.state) || order.cancelRequestedAt !== null
        ? unchanged(order)
        : changed(order, { cancelRequestedAt: event.atMs, updatedAt: event.atMs });
  }
}

function applyNotFound(
  order: Order,
  { atMs, sharesFree }: Extract<OrderEvent, { kind: "not_found" }>,
): Advanced {
  if (isTerminal(order.state)) return unchanged(order);
  const since = order.missingSince ?? atMs;
  const patienceMs = order.side === "sell" && sharesFree === true ? UNSEEN_SALE_AFTER_MS : UNSEEN_AFTER_MS;
  if (atMs - since >= patienceMs)
    return changed(order, { state: "UNSEEN", missingSince: since, updatedAt: atMs });
  // A row whose process died before or in the POST is as unknown as one whose answer was lost.
  const state = order.state === "SENDING" ? "UNKNOWN" : order.state;
  return state === order.state && order.missingSince !== null
    ? unchanged(order)
    : changed(order, { state, missingSince: since, updatedAt: atMs });
}

function applyReport(order: Order, event: Extract<OrderEvent, { kind: "report" }>): Advanced {
  const { report } = event;
  const booking = bookRise(order, event);
  const filledQuantity =
    booking === null ? order.filledQuantity : order.filledQuantity.plus(booking.quantity);
  const state = isTerminal(order.state) ? order.state : nextState(order, report.status, filledQuantity);
  const filledAvgPrice =
    booking === null
      ? order.filledAvgPrice
      : averageAfter(order, booking, filledQuantity, report.filledAvgPrice);
  const replacedBy = report.replacedBy ?? order.replacedBy;
  const same =
    booking === null &&
    state === order.state &&
    order.brokerOrderId === report.brokerOrderId &&
    order.missingSince === null &&
    replacedBy === order.replacedBy;
  if (same) return unchanged(order);
  return {
    order: {
      ...order,
      state,
      brokerOrderId: report.brokerOrderId,
      filledQuantity,
      filledAvgPrice,
      replacedBy,
      missingSince: null,
      error: state === "REJECTED" ? (order.error ?? "rejected by the broker") : order.error,
      updatedAt: event.atMs,
    },
    booking,
  };
}

function nextState(order: Order, status: BrokerOrder["status"], filled: Money): OrderState {
  switch (status) {
    case "working":
      return filled.gt(0) ? "PARTIALLY_FILLED" : "ACCEPTED";
    case "partially_filled":
      return filled.gte(order.quantity) ? "FILLED" : "PARTIALLY_FILLED";
    case "filled":
      return "FILLED";
    case "canceled":
      return "CANCELED";
    case "expired":
      return "EXPIRED";
    case "replaced":
      return "REPLACED";
    case "rejected":
      return "REJECTED";
  }
}

function bookRise(order: Order, event: Extract<OrderEvent, { kind: "report" }>): Booking | null {
  const { report, execution } = event;
  const rise = report.filledQuantity.minus(order.filledQuantity);
  if (rise.lte(0)) return null;
  // The stream's own price is exact when it covers the whole rise; otherwise the averages tell what the rise cost.
  if (execution !== undefined && execution.quantity.eq(rise))
    return {
      quantity: rise,
      price: execution.price,
      executionId: execution.executionId,
      atMs: execution.atMs,
      decisionPrice: decidedAt(order),
    };
  if (report.filledAvgPrice === null)
    throw new Error(
      `order ${order.clientOrderId}: broker reports ${report.filledQuantity.toString()} filled without a price`,
    );
  const before = order.filledQuantity.times(order.filledAvgPrice ?? ZERO);
  const price = report.filledQuantity.times(report.filledAvgPrice).minus(before).div(rise);
  return {
    quantity: rise,
    price,
    executionId: null,
    atMs: report.updatedAt,
    decisionPrice: decidedAt(order),
  };
}

function averageAfter(order: Order, booking: Booking, filled: Money, reported: Money | null): Money {
  if (reported !== null && booking.executionId === null) return reported;
  const before = order.filledQuantity.times(order.filledAvgPrice ?? ZERO);
  return before.plus(booking.quantity.times(booking.price)).div(filled);
}

function changed(order: Order, changes: Partial<Order>): Advanced {
  return { order: { ...order, ...changes }, booking: null };
}

function unchanged(order: Order): Advanced {
  return { order, booking: null };
}
