import type { Row } from "./csv-text.ts";
import { isoTime } from "./iso-time.ts";
import type { Money } from "./money.ts";
import type { Trade } from "./position.ts";
import { tradeFigures, type Slippage } from "./trade-figures.ts";

/** Without the noise of long divisions: 8 decimals. */
export function tidy(value: number): number {
  return Number(value.toFixed(8));
}

function numberOf(value: Money | number | null): number | null {
  return value === null ? null : tidy(typeof value === "number" ? value : value.toNumber());
}

/** A closed trade as files and the API have it: snake_case, ISO times, dollars as numbers. What each means: `TradeFigures`. */
export function tradeRow(trade: Trade, tags: readonly string[]): Row {
  const figures = tradeFigures(trade);
  return {
    symbol: trade.symbol,
    strategy_id: trade.strategyId,
    shares: trade.quantity.toNumber(),
    entry_time: isoTime(trade.entryTime),
    entry_price: trade.entryPrice.toNumber(),
    exit_time: isoTime(trade.exitTime),
    exit_price: trade.exitPrice.toNumber(),
    pnl: numberOf(trade.pnl),
    pnl_percent: numberOf(trade.pnlPercent),
    exit_reason: trade.exitReason,
    number: trade.number,
    r_multiple: numberOf(figures.rMultiple),
    initial_stop: trade.initialStop.gt(0) ? trade.initialStop.toNumber() : null,
    initial_risk: numberOf(figures.initialRisk),
    holding_seconds: figures.holdingMs / 1000,
    mae: numberOf(figures.mae),
    mae_r: numberOf(figures.maeR),
    mfe: numberOf(figures.mfe),
    mfe_r: numberOf(figures.mfeR),
    ...slippageRow("entry", figures.entrySlippage),
    ...slippageRow("exit", figures.exitSlippage),
    fees: numberOf(trade.fees),
    entry_text: trade.entryText,
    exit_text: trade.exitText,
    tags,
    run_id: trade.runId,
    position_id: trade.positionId,
  };
}

function slippageRow(side: "entry" | "exit", slippage: Slippage | null): Row {
  return {
    [`${side}_decision_price`]: numberOf(slippage?.decisionPrice ?? null),
    [`${side}_slippage`]: numberOf(slippage?.cost ?? null),
    [`${side}_slippage_bps`]: numberOf(slippage?.bps ?? null),
  };
}
