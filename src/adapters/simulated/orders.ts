import { ZERO } from "../../core/money.ts";
import type { CancelOutcome, OrderRequest, Placement, ReplaceRequest } from "../../ports.ts";
import { legsOf } from "./bracket.ts";
import { sessionAt } from "./exchange-day.ts";
import { hashBits } from "./noise.ts";
import { refusalOf, reservePriceOf, ticketRefusal } from "./refusal.ts";
import { SPEED, type Act, type Moment } from "./sandbox.ts";
import {
  orderById,
  reportOf,
  reportWithLegs,
  withOrder,
  type SandboxOrder,
  type SandboxState,
} from "./state.ts";

/** Wall time until an order can trade, and until a cancel takes effect: at least, and at most this much more. */
const ORDER_DELAY_MS = [100, 200] as const;
const CANCEL_DELAY_MS = [40, 80] as const;

/** Takes, refuses or recognises one order request. */
export function place(
  state: SandboxState,
  request: OrderRequest,
  now: Moment,
  priceOf: (symbol: string) => number,
): ReturnType<Act<Placement>> {
  const known = orderById(state, (order) => order.clientOrderId === request.clientOrderId);
  if (known !== undefined) return { state, answer: { kind: "duplicate" } };
  const malformed = ticketRefusal(request);
  const reason = malformed ?? refusalOf(state, request, priceOf(request.symbol));
  if (reason !== undefined) return { state, answer: { kind: "rejected", reason } };
  const ordersPlaced = state.ordersPlaced + 1;
  const activeAtMs = now.simMs + delay(state.seed, ordersPlaced, ORDER_DELAY_MS) * SPEED;
  const order: SandboxOrder = {
    brokerOrderId: `${state.idPrefix}-${ordersPlaced}`,
    clientOrderId: request.clientOrderId,
    symbol: request.symbol,
    side: request.side,
    type: request.type,
    timeInForce: request.timeInForce,
    quantity: request.quantity,
    limitPrice: request.limitPrice,
    stopPrice: request.stopPrice,
    status: "working",
    filledQuantity: ZERO,
    filledAvgPrice: null,
    createdAt: now.wallMs,
    updatedAt: now.wallMs,
    activeAtMs,
    expiresAtMs: request.timeInForce === "gtc" ? null : sessionAt(activeAtMs).closeMs,
    executesAtMs: request.type === "market" ? activeAtMs : null,
    triggered: false,
    parentId: null,
    waiting: false,
    // Now or never: what the first look at the market does not fill is cancelled.
    cancelAtMs: request.timeInForce === "ioc" || request.timeInForce === "fok" ? activeAtMs : null,
    replacedBy: null,
    reservePrice: request.side === "buy" ? reservePriceOf(request, priceOf(request.symbol)) : null,
    executions: [],
  };
  const legs =
    request.bracket === undefined
      ? []
      : legsOf(order, request.bracket, (nth) => `${state.idPrefix}-${ordersPlaced + nth}`);
  const placed = {
    ...state,
    ordersPlaced: ordersPlaced + legs.length,
    open: [...state.open, order, ...legs],
  };
  return {
    state: placed,
    answer: { kind: "answered", report: reportWithLegs(placed, order) },
    updates: [order, ...legs].map((each) => ({ report: reportOf(each) })),
  };
}

/**
 * Changes a resting order: at this venue at once, so the new one stands where the old one stood and no moment is without
 * either. Refused in Alpaca's words where an order is over, on its way out, or could not be placed like this.
 */
export function replaceOrder(
  state: SandboxState,
  change: ReplaceRequest,
  now: Moment,
  priceOf: (symbol: string) => number,
): ReturnType<Act<Placement>> {
  if (orderById(state, (order) => order.clientOrderId === change.clientOrderId) !== undefined)
    return { state, answer: { kind: "duplicate" } };
  const refuse = (reason: string): ReturnType<Act<Placement>> => ({
    state,
    answer: { kind: "rejected", reason },
  });
  const old = state.open.find((each) => each.brokerOrderId === change.brokerOrderId);
  if (old === undefined) return refuse("order is not open");
  if (old.cancelAtMs !== null) return refuse("cannot replace order in pending_cancel status");
  if (old.type === "market") return refuse("market orders cannot be replaced");
  const left = (change.quantity ?? old.quantity).minus(old.filledQuantity);
  if (left.lte(0)) return refuse("qty must be > filled_qty");
  const limitPrice = change.limitPrice ?? old.limitPrice;
  const stopPrice = change.stopPrice ?? old.stopPrice;
  const request: OrderRequest = {
    ...old,
    clientOrderId: change.clientOrderId,
    quantity: left,
    limitPrice,
    stopPrice,
    extendedHours: false,
  };
  // The other leg of a bracket holds the same shares.
  const open = state.open.filter(
    (each) => each !== old && (old.parentId === null || each.parentId !== old.parentId),
  );
  const price = priceOf(old.symbol);
  const reason =
    ticketRefusal(request) ?? (old.waiting ? undefined : refusalOf({ ...state, open }, request, price));
  if (reason !== undefined) return refuse(reason);
  const ordersPlaced = state.ordersPlaced + 1;
  const order: SandboxOrder = {
    ...old,
    brokerOrderId: `${state.idPrefix}-${ordersPlaced}`,
    clientOrderId: change.clientOrderId,
    quantity: left,
    limitPrice,
    stopPrice,
    status: "working",
    filledQuantity: ZERO,
    filledAvgPrice: null,
    createdAt: now.wallMs,
    updatedAt: now.wallMs,
    activeAtMs: Math.max(old.activeAtMs, now.simMs),
    reservePrice: old.side === "buy" ? reservePriceOf(request, price) : null,
    executions: [],
  };
  const replaced: SandboxOrder = {
    ...old,
    status: "replaced",
    replacedBy: order.brokerOrderId,
    updatedAt: now.wallMs,
  };
  const closed = withOrder({ ...state, ordersPlaced }, replaced);
  const report = reportOf(order);
  return {
    state: {
      ...closed,
      open: [...closed.open.map((each) => followEntry(each, old, order)), order],
    },
    answer: { kind: "answered", report },
    updates: [{ report: reportOf(replaced) }, { report }],
  };
}

/** The legs of an entry that was replaced belong to what took its place. */
function followEntry(each: SandboxOrder, old: SandboxOrder, entry: SandboxOrder): SandboxOrder {
  return each.parentId === old.brokerOrderId ? { ...each, parentId: entry.brokerOrderId } : each;
}

/** Marks an open order; it may still fill until the cancel takes effect. */
export function requestCancel(
  state: SandboxState,
  brokerOrderId: string,
  now: Moment,
): ReturnType<Act<CancelOutcome>> {
  const order = state.open.find((each) => each.brokerOrderId === brokerOrderId);
  if (order === undefined) return { state, answer: "gone" };
  if (order.cancelAtMs !== null) return { state, answer: "requested" };
  const cancelAtMs = now.simMs + delay(state.seed, -state.ordersPlaced, CANCEL_DELAY_MS) * SPEED;
  const open = state.open.map((each) => (each === order ? { ...order, cancelAtMs } : each));
  return { state: { ...state, open }, answer: "requested" };
}

/** Wall ms, drawn from the seed so that a run can be repeated. */
function delay(seed: number, nth: number, [least, more]: readonly [number, number]): number {
  return least + (hashBits(seed, 3, nth) % (more + 1));
}
