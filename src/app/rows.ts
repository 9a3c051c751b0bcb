import type { Order } from "../core/order.ts";
import type { AuditRow, DecisionRow } from "../ports.ts";
import type { Engine } from "./context.ts";

/** A fresh order row, before anybody has heard of it. */
export function newOrder(
  engine: Engine,
  fields: Pick<
    Order,
    | "clientOrderId"
    | "runId"
    | "strategyId"
    | "symbol"
    | "side"
    | "purpose"
    | "attempt"
    | "type"
    | "quantity"
    | "timeInForce"
  > &
    Partial<Order>,
): Order {
  const nowMs = engine.clock.nowMs();
  const zero = fields.quantity.times(0);
  return {
    accountId: engine.accountId,
    barTime: null,
    limitPrice: null,
    stopPrice: null,
    extendedHours: false,
    state: "SENDING",
    cancelRequestedAt: null,
    brokerOrderId: null,
    filledQuantity: zero,
    filledAvgPrice: null,
    exitReason: null,
    decisionPrice: null,
    plannedStop: null,
    plannedTarget: null,
    plannedExits: null,
    positionId: null,
    orderClass: "simple",
    parentId: null,
    workUntil: null,
    replacedBy: null,
    replaces: null,
    error: null,
    context: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    missingSince: null,
    ...fields,
  };
}

export function audit(
  engine: Engine,
  action: string,
  outcome: AuditRow["outcome"],
  detail: string,
): AuditRow {
  return {
    accountId: engine.accountId,
    actor: "engine",
    platform: "engine",
    channel: null,
    deliveryId: null,
    action,
    outcome,
    detail,
    atMs: engine.clock.nowMs(),
  };
}

/** Writes what a decision came to beside its order, so that `/why` can tell it later. */
export function decisionRow(
  engine: Engine,
  about: Pick<DecisionRow, "runId" | "strategyId" | "symbol" | "barTime" | "signal">,
  outcome: Pick<DecisionRow, "outcome" | "code" | "text" | "checks" | "figures">,
): DecisionRow {
  return { accountId: engine.accountId, ...about, ...outcome, atMs: engine.clock.nowMs() };
}
