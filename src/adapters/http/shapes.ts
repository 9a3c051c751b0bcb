import { isoTime } from "../../core/iso-time.ts";
import type { Money } from "../../core/money.ts";
import { tidy, tradeRow } from "../../core/records.ts";
import type { Order } from "../../core/order.ts";
import type { Trade } from "../../core/position.ts";
import { strategies } from "../../core/strategies/index.ts";
import { expectedOf } from "../../core/strategies/params.ts";
import { runOptionSpecs } from "../../core/run-options.ts";
import type {
  DecisionRow,
  HealthView,
  PerformanceView,
  PositionView,
  RiskView,
  RunView,
} from "../../ports.ts";

// The JSON of PRODUCT.md: snake_case, ISO times, numbers as JSON numbers. Each function is one object's shape.

function tidyOrNull(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : tidy(value);
}

function numberOrNull(value: Money | null): number | null {
  return value === null ? null : value.toNumber();
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

export function positionJson(view: PositionView) {
  const { position } = view;
  return {
    symbol: position.symbol,
    strategy_id: position.strategyId,
    shares: position.quantity.toNumber(),
    entry_price: position.entryPrice.toNumber(),
    entry_time: isoTime(position.entryTime),
    stop_loss: position.stop.gt(0) ? position.stop.toNumber() : null,
    take_profit: numberOrNull(position.target),
    current_price: tidyOrNull(view.currentPrice),
    unrealized_pnl: tidyOrNull(view.unrealizedPnl),
    unrealized_pnl_percent: tidyOrNull(view.unrealizedPnlPercent),
  };
}

/** The row of `alphaflow export trades`, in JSON. */
export function tradeJson(trade: Trade, tags: readonly string[]): object {
  return tradeRow(trade, tags);
}

export function orderJson(order: Order) {
  return {
    client_order_id: order.clientOrderId,
    broker_order_id: order.brokerOrderId,
    run_id: order.runId,
    strategy_id: order.strategyId,
    symbol: order.symbol,
    side: order.side,
    purpose: order.purpose,
    type: order.type,
    time_in_force: order.timeInForce,
    shares: order.quantity.toNumber(),
    limit_price: numberOrNull(order.limitPrice),
    stop_price: numberOrNull(order.stopPrice),
    state: order.state,
    cancel_requested: order.cancelRequestedAt !== null,
    filled_shares: order.filledQuantity.toNumber(),
    filled_avg_price: order.filledAvgPrice === null ? null : tidy(order.filledAvgPrice.toNumber()),
    exit_reason: order.exitReason,
    error: order.error,
    created_at: isoTime(order.createdAt),
    updated_at: isoTime(order.updatedAt),
  };
}

/** The figures of gates and strategies, named as everything else here is. */
function snakeCase(figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

export function decisionJson(decision: DecisionRow) {
  return {
    time: isoTime(decision.atMs),
    bar_time: timeOrNull(decision.barTime),
    run_id: decision.runId,
    strategy_id: decision.strategyId,
    symbol: decision.symbol,
    signal: decision.signal,
    outcome: decision.outcome,
    code: decision.code,
    text: decision.text,
    checks: decision.checks.map(({ gate, ok, code, text, note, unit, figures }) => ({
      gate,
      ok,
      code: code ?? null,
      text,
      note: note ?? null,
      unit: unit ?? null,
      figures: snakeCase(figures),
    })),
    figures: snakeCase(decision.figures),
  };
}

export function riskJson(view: RiskView) {
  const { control } = view;
  return {
    mode: control.mode,
    halted: control.halted,
    killed: control.killed,
    stopped_by: control.by,
    stopped_reason: control.reason,
    stopped_since: timeOrNull(control.since),
    equity: tidy(view.equity),
    last_equity: tidy(view.lastEquity),
    cash: tidy(view.cash),
    buying_power: tidy(view.buyingPower),
    day_loss_percent: tidy(view.dayLoss * 100),
    max_day_loss_percent: tidy(view.maxDayLoss * 100),
    exposure: tidy(view.exposure),
    open_risk: tidy(view.openRisk),
    open_positions: view.openPositions,
    limits: view.limits.map(({ name, description, unit, used, limit, left, where }) => ({
      name,
      description,
      unit,
      used: used === null ? null : tidy(used),
      limit,
      left: left === null ? null : tidy(left),
      where,
    })),
  };
}

export function performanceJson(view: PerformanceView, tags: ReadonlyMap<string, readonly string[]>) {
  const trade = (each: Trade): object => tradeJson(each, tags.get(each.positionId) ?? []);
  return {
    period: view.period,
    trades: view.trades,
    realized_pnl: tidy(view.realizedPnl),
    unrealized_pnl: tidy(view.unrealizedPnl),
    win_rate_percent: tidyOrNull(view.winRatePercent),
    profit_factor: tidyOrNull(view.profitFactor),
    expectancy: tidyOrNull(view.expectancy),
    sharpe: tidyOrNull(view.sharpe),
    max_drawdown_percent: tidyOrNull(view.maxDrawdownPercent),
    best: view.best === null ? null : trade(view.best),
    worst: view.worst === null ? null : trade(view.worst),
  };
}

export function healthJson(view: HealthView) {
  return {
    ready: view.ready,
    version: view.version,
    mode: view.mode,
    broker: {
      name: view.broker.name,
      stream: view.broker.stream,
      account_number: view.broker.accountNumber,
    },
    database: view.database,
    chats: view.chats,
    leader: view.leader,
    reconciled: view.reconciled,
    market: view.market === null ? null : { is_open: view.market.isOpen, time: isoTime(view.market.nowMs) },
    tick_failure: view.tickFailure,
    last_tick: timeOrNull(view.lastTickMs),
    tick_duration_ms: tidyOrNull(view.tickDurationMs),
    pending_alerts: view.pendingAlerts,
    started_at: isoTime(view.startedAtMs),
    own_strategies: {
      loaded: view.ownStrategies.loaded.map(({ file, strategy }) => ({ file, strategy_id: strategy.id })),
      left_out: view.ownStrategies.leftOut,
    },
  };
}

function runJson({ run, openPositions, closedTrades, realizedPnl, symbols }: RunView) {
  const { options } = run;
  return {
    run_id: run.id,
    status: run.status,
    symbols: run.symbols,
    params: run.params,
    options: {
      timeframe: options.timeframe,
      sizing: options.sizing,
      fraction: options.fraction,
      risk_pct: options.riskPct,
      target_vol_pct: options.targetVolPct,
      kelly_fraction: options.kellyFraction,
      max_position_pct: options.maxPositionPct,
      fractional: options.fractional,
      stop_atr: options.stopAtr,
      take_profit_pct: options.takeProfitPct ?? null,
      protection: options.protection,
      approve: options.approve,
      extended_hours: options.extendedHours,
    },
    started_by: run.startedBy,
    started_at: isoTime(run.startedAt),
    open_positions: openPositions,
    closed_trades: closedTrades,
    realized_pnl: tidy(realizedPnl.toNumber()),
    last: symbols.map(({ symbol, barTime, reason }) => ({ symbol, bar_time: timeOrNull(barTime), reason })),
  };
}

/** Every strategy with its parameters, the options its runs take, and the runs there are. */
export function strategiesJson(views: readonly RunView[]) {
  return strategies.map((strategy) => ({
    strategy_id: strategy.id,
    title: strategy.title,
    description: strategy.description,
    default_timeframe: strategy.defaultTimeframe,
    params: strategy.params.map(specJson),
    options: runOptionSpecs(strategy).map(specJson),
    runs: views.filter(({ run }) => run.strategyId === strategy.id).map(runJson),
  }));
}

function specJson(spec: Parameters<typeof expectedOf>[0]) {
  return {
    name: spec.name,
    kind: spec.kind,
    default: spec.default,
    expected: expectedOf(spec),
    description: spec.description,
  };
}
