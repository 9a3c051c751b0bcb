import { ZERO } from "../../core/money.ts";
import type { CancelOutcome, OrderRequest, Placement } from "../../ports.ts";
import { sessionAt } from "./exchange-day.ts";
import { hashBits } from "./noise.ts";
import { refusalOf, reservePriceOf, ticketRefusal } from "./refusal.ts";
import { SPEED, type Act, type Moment } from "./sandbox.ts";
import { orderById, reportOf, type SandboxOrder, type SandboxState } from "./state.ts";

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
    // Now or never: what the first look at the market does not fill is cancelled.
    cancelAtMs: request.timeInForce === "ioc" || request.timeInForce === "fok" ? activeAtMs : null,
    reservePrice: request.side === "buy" ? reservePriceOf(request, priceOf(request.symbol)) : null,
    executions: [],
  };
  const report = reportOf(order);
  return {
    state: { ...state, ordersPlaced, open: [...state.open, order] },
    answer: { kind: "answered", report },
    updates: [{ report }],
  };
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
