import { completeOptions } from "../../src/core/run-options.ts";
import type { PriceAlert } from "../../src/core/alerts/price-alert.ts";
import { money } from "../../src/core/money.ts";
import type { ClientOrderId, Order, RunId } from "../../src/core/order.ts";
import { UNTOUCHED, type Position, type Trade } from "../../src/core/position.ts";
import type { Approval, AlertRow, AuditRow, DecisionRow, Run } from "../../src/ports.ts";

/** Monday, 2026-01-05 14:30:00.123 UTC. */
export const T0 = Date.UTC(2026, 0, 5, 14, 30, 0, 123);

/** Tests make ids of plain text. */
export function runId(text: string): RunId {
  return isRunId(text) ? text : empty();
}

export function clientOrderId(text: string): ClientOrderId {
  return isClientOrderId(text) ? text : empty();
}

function isRunId(text: string): text is RunId {
  return text !== "";
}

function isClientOrderId(text: string): text is ClientOrderId {
  return text !== "";
}

function empty(): never {
  throw new Error("an id is never empty");
}

export function sampleRun(changes: Partial<Run> & Pick<Run, "id" | "accountId">): Run {
  return {
    strategyId: "ma_crossover",
    symbols: ["AAPL", "MSFT"],
    params: { fast: 10, slow: 20.5, periods: [5, 20, 50], timeframes: ["5Min", "1Hour"], trend: true },
    options: completeOptions({ timeframe: "15Min" }),
    status: "running",
    startedBy: "slack:U1 (ann)",
    startedAt: T0,
    stoppedAt: null,
    ...changes,
  };
}

export function sampleOrder(changes: Partial<Order> & Pick<Order, "clientOrderId" | "accountId">): Order {
  return {
    runId: null,
    strategyId: "ma_crossover",
    symbol: "AAPL",
    side: "buy",
    purpose: "entry",
    attempt: 1,
    barTime: T0,
    type: "market",
    quantity: money("5"),
    limitPrice: null,
    stopPrice: null,
    timeInForce: "day",
    extendedHours: false,
    state: "SENDING",
    cancelRequestedAt: null,
    brokerOrderId: null,
    filledQuantity: money(0),
    filledAvgPrice: null,
    exitReason: null,
    decisionPrice: money("185.5"),
    plannedStop: money("180.5"),
    plannedTarget: null,
    plannedExits: null,
    positionId: null,
    replacedBy: null,
    replaces: null,
    error: null,
    context: "RSI 55.1 · ATR 1.2 %",
    createdAt: T0,
    updatedAt: T0,
    orderClass: "simple",
    parentId: null,
    workUntil: null,
    missingSince: null,
    ...changes,
  };
}

export function samplePosition(
  changes: Partial<Position> & Pick<Position, "id" | "accountId" | "entryOrderId">,
): Position {
  return {
    number: 0,
    runId: null,
    strategyId: "ma_crossover",
    symbol: "AAPL",
    quantity: money("5"),
    entryPrice: money("185.5"),
    entryTime: T0,
    heldSince: T0,
    stop: money("180.5"),
    initialStop: money("180.5"),
    target: money("200"),
    exits: null,
    protection: "broker",
    highWater: money("185.5"),
    lowWater: money("183.25"),
    boughtQuantity: money("5"),
    entryDecided: money("927"),
    entryText: "moved +2.4% in 20 bars",
    extendedHours: false,
    ...UNTOUCHED,
    ...changes,
  };
}

export function samplePriceAlert(id: string): PriceAlert {
  return {
    id,
    symbol: "AAPL",
    side: "above",
    price: money("200.125"),
    note: "look at the gap",
    setBy: "slack:U1",
    setByName: "ann",
    setAtMs: T0,
    armed: false,
  };
}

export function sampleTrade(position: Position, changes: Partial<Trade> = {}): Trade {
  return {
    positionId: position.id,
    number: position.number,
    accountId: position.accountId,
    runId: position.runId,
    strategyId: position.strategyId,
    symbol: position.symbol,
    quantity: money("5"),
    entryPrice: money("185.5"),
    entryTime: T0,
    exitPrice: money("180"),
    exitTime: T0 + 60_000,
    pnl: money("-27.5"),
    pnlPercent: money("-2.9649595687331536388140161725067385445"),
    initialStop: money("180.5"),
    exitReason: "stop-loss",
    entryText: position.entryText,
    exitText: null,
    lowWater: money("180"),
    highWater: money("187"),
    entryDecided: money("927"),
    exitDecided: money("902.5"),
    fees: money(0),
    ...changes,
  };
}

export function sampleDecision(accountId: string, changes: Partial<DecisionRow> = {}): DecisionRow {
  return {
    accountId,
    runId: null,
    strategyId: "ma_crossover",
    symbol: "AAPL",
    barTime: T0,
    signal: "BUY",
    outcome: "refused",
    code: "DAILY_LOSS",
    text: "day loss 2.31 % of 2 % allowed",
    checks: [
      {
        gate: "daily_loss",
        ok: false,
        code: "DAILY_LOSS",
        text: "day loss 2.31 %",
        figures: { dayLoss: 0.0231 },
      },
    ],
    figures: { price: 185.5, atr: 2.5 },
    atMs: T0,
    ...changes,
  };
}

export function sampleAlert(key: string, changes: Partial<AlertRow> = {}): AlertRow {
  return {
    key,
    kind: "fill",
    message: {
      text: "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER",
      tone: "good",
      footer: ["a"],
    },
    atMs: T0,
    ...changes,
  };
}

export function sampleAudit(changes: Partial<AuditRow> = {}): AuditRow {
  return {
    accountId: null,
    actor: "slack:U1 (ann)",
    platform: "slack",
    channel: "C1",
    deliveryId: "D1",
    action: "/strategy start ma_crossover AAPL",
    outcome: "done",
    detail: "run R1 started",
    atMs: T0,
    ...changes,
  };
}

export function sampleApproval(
  changes: Partial<Approval> & Pick<Approval, "id" | "accountId" | "runId">,
): Approval {
  return {
    strategyId: "ma_crossover",
    symbol: "AAPL",
    barTime: T0,
    close: 185.5,
    atr: 2.5,
    reason: "golden cross",
    figures: { fast: 185.2, slow: 184.9 },
    context: "RSI 61",
    text: "BUY 5 AAPL at about $185.50 · stop $180.50",
    status: "open",
    createdAt: T0,
    expiresAt: T0 + 300_000,
    decidedAt: null,
    decidedBy: null,
    decidedDelivery: null,
    ...changes,
  };
}
