import type { Row } from "../core/csv-text.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Money } from "../core/money.ts";
import type { Order } from "../core/order.ts";
import { tidy } from "../core/records.ts";
import type { DecisionRow, ExternalView, PositionView } from "../ports.ts";

// Rows of the files that chat commands attach: snake_case, ISO times, dollars as numbers.

function numberOf(value: Money | null): number | null {
  return value === null ? null : tidy(value.toNumber());
}

function tidyOrNull(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : tidy(value);
}

export const POSITION_COLUMNS = [
  "number",
  "symbol",
  "strategy_id",
  "shares",
  "entry_time",
  "entry_price",
  "current_price",
  "stop_loss",
  "take_profit",
  "unrealized_pnl",
  "unrealized_pnl_percent",
  "r_multiple",
  "age_seconds",
  "tags",
] as const;

export function positionRow(view: PositionView, tags: readonly string[]): Row {
  const { position } = view;
  return {
    number: position.number,
    symbol: position.symbol,
    strategy_id: position.strategyId,
    shares: position.quantity.toNumber(),
    entry_time: isoTime(position.entryTime),
    entry_price: numberOf(position.entryPrice),
    current_price: tidyOrNull(view.currentPrice),
    stop_loss: position.stop.gt(0) ? numberOf(position.stop) : null,
    take_profit: numberOf(position.target),
    unrealized_pnl: tidyOrNull(view.unrealizedPnl),
    unrealized_pnl_percent: tidyOrNull(view.unrealizedPnlPercent),
    r_multiple: tidyOrNull(view.rMultiple),
    age_seconds: view.ageMs / 1000,
    tags,
  };
}

export function externalRow({ symbol, quantity, currentPrice }: ExternalView): Row {
  return {
    symbol,
    strategy_id: "EXTERNAL",
    shares: quantity.toNumber(),
    current_price: numberOf(currentPrice),
  };
}

export const ORDER_COLUMNS = [
  "client_order_id",
  "broker_order_id",
  "symbol",
  "side",
  "purpose",
  "type",
  "shares",
  "filled_shares",
  "filled_avg_price",
  "limit_price",
  "stop_price",
  "time_in_force",
  "state",
  "strategy_id",
  "run_id",
  "exit_reason",
  "error",
  "created_at",
  "updated_at",
] as const;

export function orderRow(order: Order): Row {
  return {
    client_order_id: order.clientOrderId,
    broker_order_id: order.brokerOrderId,
    symbol: order.symbol,
    side: order.side,
    purpose: order.purpose,
    type: order.type,
    shares: order.quantity.toNumber(),
    filled_shares: order.filledQuantity.toNumber(),
    filled_avg_price: numberOf(order.filledAvgPrice),
    limit_price: numberOf(order.limitPrice),
    stop_price: numberOf(order.stopPrice),
    time_in_force: order.timeInForce,
    state: order.state,
    strategy_id: order.strategyId,
    run_id: order.runId,
    exit_reason: order.exitReason,
    error: order.error,
    created_at: isoTime(order.createdAt),
    updated_at: isoTime(order.updatedAt),
  };
}

export const DECISION_COLUMNS = [
  "time",
  "bar_time",
  "strategy_id",
  "run_id",
  "symbol",
  "signal",
  "outcome",
  "code",
  "text",
  "gates",
] as const;

export function decisionRow(decision: DecisionRow): Row {
  return {
    time: isoTime(decision.atMs),
    bar_time: decision.barTime === null ? null : isoTime(decision.barTime),
    strategy_id: decision.strategyId,
    run_id: decision.runId,
    symbol: decision.symbol,
    signal: decision.signal,
    outcome: decision.outcome,
    code: decision.code,
    text: decision.text,
    gates: decision.checks
      .map(({ gate, ok, text }) => `${gate} ${ok ? "passed" : "refused"}: ${text}`)
      .join("; "),
  };
}
