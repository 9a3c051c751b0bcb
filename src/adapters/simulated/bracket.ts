import { ZERO } from "../../core/money.ts";
import type { OrderRequest, TradeUpdate } from "../../ports.ts";
import { reportOf, withOrder, type SandboxOrder, type SandboxState } from "./state.ts";

/** An account after something happened to one of its orders, and what the stream tells of the others. */
export interface Group {
  readonly state: SandboxState;
  readonly updates: readonly TradeUpdate[];
}

/** The waiting stop and target of this entry. `idOf` names the order with this number after the entry. */
export function legsOf(
  entry: SandboxOrder,
  bracket: NonNullable<OrderRequest["bracket"]>,
  idOf: (nth: number) => string,
): readonly SandboxOrder[] {
  const leg = (
    nth: number,
    prices: Pick<SandboxOrder, "type" | "limitPrice" | "stopPrice">,
  ): SandboxOrder => ({
    ...entry,
    ...prices,
    brokerOrderId: idOf(nth),
    clientOrderId: `leg-${idOf(nth)}`,
    side: entry.side === "buy" ? "sell" : "buy",
    filledQuantity: ZERO,
    filledAvgPrice: null,
    executesAtMs: null,
    triggered: false,
    cancelAtMs: null,
    parentId: entry.brokerOrderId,
    waiting: true,
    reservePrice: null,
    executions: [],
  });
  const stop = leg(1, { type: "stop", limitPrice: null, stopPrice: bracket.stopPrice });
  if (bracket.targetPrice === null) return [stop];
  return [stop, leg(2, { type: "limit", limitPrice: bracket.targetPrice, stopPrice: null })];
}

/** After an execution: the last share of an entry wakes its legs, and the leg that trades ends the other. */
export function afterExecution(
  state: SandboxState,
  order: SandboxOrder,
  atMs: number,
  wallMs: number,
): Group {
  if (order.parentId !== null) return endAll(state, othersOf(state, order), wallMs);
  if (order.status !== "filled") return { state, updates: [] };
  let current = state;
  const updates: TradeUpdate[] = [];
  for (const leg of state.open) {
    if (leg.parentId !== order.brokerOrderId || !leg.waiting) continue;
    const awake = { ...leg, waiting: false, activeAtMs: atMs, updatedAt: wallMs };
    current = withOrder(current, awake);
    updates.push({ report: reportOf(awake) });
  }
  return { state: current, updates };
}

/** One order of a bracket ended without trading: the open others end with it. */
export function afterEnd(state: SandboxState, order: SandboxOrder, wallMs: number): Group {
  const legs = state.open.filter((leg) => leg.parentId === order.brokerOrderId);
  const parent = state.open.filter((each) => each.brokerOrderId === order.parentId);
  return endAll(state, [...legs, ...parent, ...othersOf(state, order)], wallMs);
}

function othersOf(state: SandboxState, leg: SandboxOrder): readonly SandboxOrder[] {
  return state.open.filter(
    (other) =>
      leg.parentId !== null && other.parentId === leg.parentId && other.brokerOrderId !== leg.brokerOrderId,
  );
}

function endAll(state: SandboxState, orders: readonly SandboxOrder[], wallMs: number): Group {
  let current = state;
  const updates: TradeUpdate[] = [];
  for (const order of orders) {
    const ended: SandboxOrder = { ...order, status: "canceled", updatedAt: wallMs };
    current = withOrder(current, ended);
    updates.push({ report: reportOf(ended) });
  }
  return { state: current, updates };
}
