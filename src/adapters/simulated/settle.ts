import { money, ZERO, type Money } from "../../core/money.ts";
import type { Execution } from "../../core/order.ts";
import type { TradeUpdate } from "../../ports.ts";
import { sessionAt } from "./exchange-day.ts";
import type { Crossing, SimulatedMarket } from "./market.ts";
import { afterEnd, afterExecution } from "./bracket.ts";
import { nextStep, type Step } from "./matching.ts";
import {
  equityAt,
  reportOf,
  withOrder,
  type SandboxOrder,
  type SandboxPosition,
  type SandboxState,
} from "./state.ts";

export interface Settled {
  readonly state: SandboxState;
  readonly updates: readonly TradeUpdate[];
}

/** Market orders above this many shares trade in two parts, the second so much market time later. */
const ONE_PART = 100;
const SECOND_PART_MS = 6_000;

/**
 * Lets open orders meet the market from `state.settledToMs` to `toMs` (market time), in the order of time: fills, triggers, cancels, and at each
 * end of a session expiry and the new `lastEquity`. Pure, and the same whether it is called once or in many small steps, so two
 * processes that look at one state see the same. `wallAt` gives the wall time of a market time.
 */
export function settle(
  state: SandboxState,
  market: SimulatedMarket,
  toMs: number,
  wallAt: (marketMs: number) => number,
): Settled {
  const updates: TradeUpdate[] = [];
  let current = state;
  while (current.settledToMs < toMs) {
    const { closeMs } = sessionAt(current.settledToMs);
    current = settleWithin(current, market, Math.min(closeMs, toMs), wallAt, updates);
    if (current.settledToMs === closeMs) current = closeSession(current, market, closeMs, wallAt, updates);
  }
  return { state: current, updates };
}

function settleWithin(
  state: SandboxState,
  market: SimulatedMarket,
  toMs: number,
  wallAt: (marketMs: number) => number,
  updates: TradeUpdate[],
): SandboxState {
  let current = state;
  const steps = new Map<string, Step>();
  const look = (order: SandboxOrder, afterMs: number): void => {
    const step = nextStep(order, market, afterMs, toMs);
    if (step === undefined) steps.delete(order.brokerOrderId);
    else steps.set(order.brokerOrderId, step);
  };
  for (const order of state.open) look(order, state.settledToMs);
  for (;;) {
    const next = earliest(current.open, steps);
    if (next === undefined) return { ...current, settledToMs: toMs };
    const taken = take(current, market, next.order, next.step, wallAt(next.step.atMs));
    current = taken.state;
    updates.push(...taken.updates);
    for (const after of current.open) if (isOfGroup(after, next.order)) look(after, next.step.atMs);
  }
}

/** The order itself, and those that wake or end with it. */
function isOfGroup(each: SandboxOrder, order: SandboxOrder): boolean {
  return (
    each.brokerOrderId === order.brokerOrderId ||
    each.parentId === order.brokerOrderId ||
    each.brokerOrderId === order.parentId ||
    (order.parentId !== null && each.parentId === order.parentId)
  );
}

function earliest(
  open: readonly SandboxOrder[],
  steps: ReadonlyMap<string, Step>,
): { readonly order: SandboxOrder; readonly step: Step } | undefined {
  let found: { readonly order: SandboxOrder; readonly step: Step } | undefined;
  for (const order of open) {
    const step = steps.get(order.brokerOrderId);
    if (step !== undefined && (found === undefined || step.atMs < found.step.atMs)) found = { order, step };
  }
  return found;
}

function take(
  state: SandboxState,
  market: SimulatedMarket,
  order: SandboxOrder,
  step: Step,
  wallMs: number,
): Settled {
  if (step.kind === "cancel") return finish(state, order, "canceled", wallMs);
  if (step.kind === "trade") return execute(state, market, order, step, wallMs);
  // The trade that touched the stop may fill the limit as well: it still stands one millisecond later.
  return { state: withOrder(state, { ...order, triggered: true, activeAtMs: step.atMs + 1 }), updates: [] };
}

function finish(
  state: SandboxState,
  order: SandboxOrder,
  status: "canceled" | "expired" | "rejected",
  wallMs: number,
): Settled {
  const finished = { ...order, status, updatedAt: wallMs };
  const others = afterEnd(withOrder(state, finished), finished, wallMs);
  return { state: others.state, updates: [{ report: reportOf(finished) }, ...others.updates] };
}

function execute(
  state: SandboxState,
  market: SimulatedMarket,
  order: SandboxOrder,
  trade: Crossing,
  wallMs: number,
): Settled {
  const takesAnyPrice = order.limitPrice === null;
  const price = takesAnyPrice ? acrossTheSpread(market, order, trade.price) : money(trade.price);
  const left = order.quantity.minus(order.filledQuantity);
  const parts =
    takesAnyPrice && order.executions.length === 0 && left.gt(ONE_PART) && order.timeInForce !== "fok";
  const quantity = parts ? left.div(2).ceil() : left;
  const value = quantity.times(price);
  // Cash is whole cents always; the fraction of a cent of a fractional trade goes to the house.
  const cash =
    order.side === "buy"
      ? state.cash.minus(value.toDecimalPlaces(2, 0))
      : state.cash.plus(value.toDecimalPlaces(2, 1));
  // Only when the price ran away by more than was reserved: the account cannot lend.
  if (cash.lt(0))
    return finish(state, order, order.executions.length === 0 ? "rejected" : "canceled", wallMs);
  const execution: Execution = {
    executionId: `${order.brokerOrderId}-${order.executions.length + 1}`,
    quantity,
    price,
    atMs: wallMs,
  };
  const filledQuantity = order.filledQuantity.plus(quantity);
  const filled: SandboxOrder = {
    ...order,
    status: parts ? "partially_filled" : "filled",
    filledQuantity,
    filledAvgPrice: order.filledQuantity
      .times(order.filledAvgPrice ?? ZERO)
      .plus(value)
      .div(filledQuantity),
    executesAtMs: parts ? trade.atMs + SECOND_PART_MS : null,
    executions: [...order.executions, execution],
    updatedAt: wallMs,
  };
  const booked = { ...state, cash, positions: bookShares(state.positions, order, quantity, price) };
  const others = afterExecution(withOrder(booked, filled), filled, trade.atMs, wallMs);
  return { state: others.state, updates: [{ report: reportOf(filled), execution }, ...others.updates] };
}

function acrossTheSpread(market: SimulatedMarket, order: SandboxOrder, tradePrice: number): Money {
  const half = money(market.halfSpread(tradePrice));
  return order.side === "buy" ? money(tradePrice).plus(half) : money(tradePrice).minus(half);
}

function bookShares(
  positions: readonly SandboxPosition[],
  order: SandboxOrder,
  quantity: Money,
  price: Money,
): readonly SandboxPosition[] {
  const held = positions.find((each) => each.symbol === order.symbol);
  const others = positions.filter((each) => each.symbol !== order.symbol);
  const before = held?.quantity ?? ZERO;
  const after = order.side === "buy" ? before.plus(quantity) : before.minus(quantity);
  if (after.lt(0))
    throw new Error(
      `${order.symbol}: sold ${quantity.toString()} shares but only ${before.toString()} are held`,
    );
  if (after.isZero()) return others;
  const avgEntryPrice =
    held === undefined
      ? price
      : order.side === "sell"
        ? held.avgEntryPrice
        : held.avgEntryPrice.times(before).plus(price.times(quantity)).div(after);
  return [...others, { symbol: order.symbol, quantity: after, avgEntryPrice }];
}

function closeSession(
  state: SandboxState,
  market: SimulatedMarket,
  closeMs: number,
  wallAt: (marketMs: number) => number,
  updates: TradeUpdate[],
): SandboxState {
  let current = state;
  for (const order of state.open) {
    if (order.expiresAtMs === null || order.expiresAtMs > closeMs) continue;
    if (!current.open.some((each) => each.brokerOrderId === order.brokerOrderId)) continue;
    const expired = finish(current, order, "expired", wallAt(closeMs));
    current = expired.state;
    updates.push(...expired.updates);
  }
  return { ...current, lastEquity: equityAt(current, (symbol) => market.price(symbol, closeMs)) };
}
