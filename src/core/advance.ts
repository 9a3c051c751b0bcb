import { ZERO, type Money } from "./money.ts";
import {
  isTerminal,
  type Booking,
  type BrokerOrder,
  type Execution,
  type Order,
  type OrderState,
} from "./order.ts";

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
  // Brokers name the heir while the venue decides; an order that ended otherwise never had one.
  const over = isTerminal(state) && state !== "REPLACED" && report.status !== "replaced";
  const replacedBy = over ? null : (report.replacedBy ?? order.replacedBy);
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
