import type { BarSeries } from "../core/bar-series.ts";
import { valueAt } from "../core/column.ts";
import type { Scored } from "../core/filter/check.ts";
import type { NamedModel } from "../core/filter/score-entry.ts";
import type { ExitRules } from "../core/exits/rules.ts";
import { STOP_ATR_PERIOD, trueRange } from "../core/indicators/atr.ts";
import { wilderStep } from "../core/indicators/wilder.ts";
import type { Gate, RefusalCode } from "../core/risk/contract.ts";
import type { Limits } from "../core/risk/limits.ts";
import { BUY, HOLD, SELL } from "../core/signal.ts";
import type { Sizing } from "../core/size/index.ts";
import { NO_TRADES, withTrade, type TradeRecord } from "../core/size/trade-record.ts";
import type { Purse } from "./book.ts";
import { gateFiguresOf, NO_OTHERS } from "./gate-figures.ts";
import { Lane } from "./lane.ts";
import { momentsOf } from "./sessions.ts";
import { scanSignals, type StrategyOnBars } from "./signals.ts";
import { computeStats, type Stats } from "./stats.ts";
import type { TradeLog } from "./trade-log.ts";
import type { DroppedEntry, OpenPosition } from "./trade.ts";

/** What is simulated around the strategy. */
export interface BacktestRules extends ExitRules {
  /** Cash at the start, USD, > 0. */
  readonly cash: number;
  readonly sizing: Sizing;
  /** Most a position may cost in percent of equity; absent: no cap, as STRATEGIES.md has it. */
  readonly maxPositionPct?: number;
  /** Stop distance in ATR(14)s; 0 is none. */
  readonly stopAtr: number;
  /** Fraction of traded value, taken on entry and exit. */
  readonly commission: number;
  /** What every fill but a take-profit (a limit order) is worse than the price of the bar, in 1/100 of a percent of it. */
  readonly slippageBps?: number;
  /** Distance of bid and ask, USD: the same fills pay half of it. */
  readonly spread?: number;
  /** Rounds stops up to the tick, as live. */
  readonly roundToTick: boolean;
  /** Risk gates that entries must pass; empty for none. */
  readonly gates: readonly Gate[];
  /** Limits that the gates are given. */
  readonly riskLimits: Limits;
}

/** What others that test on the same bars have computed already; the bars may go on after those of this test. */
export interface KnownColumns {
  /** Of the same strategy and parameters. */
  readonly signals?: Int8Array;
  /** ATR(14). */
  readonly atr?: Float64Array;
}

/** The signal filter of a backtest: what its model says of an entry at the close of each bar. */
export interface EntryFilter {
  /** The probability of a win has to be above it; (0, 1). */
  readonly threshold: number;
  readonly model: Pick<NamedModel, "label" | "trainedOn">;
  scored(bar: number): Scored;
}

export interface BacktestInput extends StrategyOnBars {
  readonly symbol: string;
  readonly rules: BacktestRules;
  readonly known?: KnownColumns;
  /** Sells what is still open at the last close, as `time`, instead of leaving it open. */
  readonly closeAtEnd?: boolean;
  readonly filter?: EntryFilter;
  /** The first bar that is decided; those before it only let indicators come to exist, as history does live. 0 unless given. */
  readonly start?: number;
}

/** An entry that `decide` refused. */
export interface RefusedEntry {
  /** Index of the bar of the signal. */
  readonly bar: number;
  readonly code: RefusalCode;
  readonly text: string;
}

export interface BacktestResult {
  readonly trades: TradeLog;
  readonly openPosition: OpenPosition | null;
  readonly dropped: readonly DroppedEntry[];
  readonly refused: readonly RefusedEntry[];
  /** Cash plus position at each bar's close, USD; the cash before `start`. */
  readonly equity: Float64Array;
  readonly stats: Stats;
}

/** One strategy on one symbol by the fill rules of STRATEGIES.md, "Backtest fills"; the signals and `decide` are those of the live engine. */
export function backtest(input: BacktestInput): BacktestResult {
  const { series, rules, start = 0 } = input;
  const signals = input.known?.signals ?? scanSignals(input);
  const purse: Purse = { cash: rules.cash };
  const lane = new Lane(input, purse);
  const equity = new Float64Array(series.length);
  simulate(input, signals, lane, purse, equity);
  if (input.closeAtEnd === true) {
    lane.close(series.length - 1);
    equity[series.length - 1] = purse.cash;
  }
  const { book } = lane;
  return {
    trades: book.trades,
    openPosition: book.openPosition(),
    dropped: book.dropped,
    refused: lane.refused,
    equity,
    stats: computeStats(rules.cash, series.time.subarray(start), equity.subarray(start), book.trades),
  };
}

/** The event loop: fill, stop, mark, decide, bar by bar. Fills `equity`. */
function simulate(
  input: BacktestInput,
  signals: Int8Array,
  lane: Lane,
  purse: Purse,
  equity: Float64Array,
): void {
  const { time, high, low, close, length } = input.series;
  const { gates, cash, riskLimits, sizing, spread = 0 } = input.rules;
  const { start = 0, known } = input;
  const atr = known?.atr;
  const { book } = lane;
  // What history says is not acted on: only the ATR remembers it.
  equity.fill(cash, 0, start);
  const figuresAt =
    gates.length === 0
      ? undefined
      : gateFiguresOf({
          time,
          equity,
          cash,
          limits: riskLimits,
          spread,
          momentOf: momentsOf(time, { riskLimits, input }),
        });
  // Kelly alone looks at it, and an object a trade is a tenth of a fast test.
  const keepsRecord = sizing.rule === "kelly";
  let record: TradeRecord = NO_TRADES;
  let recorded = 0;
  // In a local variable, not an Atr kernel: this chain of divisions is the longest of the loop and hides all the rest.
  let average = atr === undefined ? atrBefore(start, input.series) : 0;
  for (let t = start; t < length; t += 1) {
    if (atr !== undefined && lane.idle) {
      // Nothing happens until the next BUY; without a column the ATR would have to be stepped through all the same.
      const idleFrom = t;
      t = nextBuy(signals, t, length);
      equity.fill(purse.cash, idleFrom, t);
      if (t === length) break;
    }
    lane.sell(t);
    lane.buy(t);
    lane.hold(t);
    equity[t] = purse.cash + book.shares * valueAt(close, t);
    if (atr !== undefined) average = valueAt(atr, t);
    else if (t > 0) {
      const range = trueRange(valueAt(high, t), valueAt(low, t), valueAt(close, t - 1));
      average = wilderStep(t, average, range, STOP_ATR_PERIOD);
    }
    const signal = signals[t] ?? HOLD;
    if (!lane.heeds(signal)) continue;
    if (keepsRecord)
      for (; recorded < book.trades.length; recorded += 1)
        record = withTrade(record, book.trades.pnlPercent(recorded));
    lane.decide(t, signal === BUY ? BUY : SELL, {
      equity: valueAt(equity, t),
      atr: t < STOP_ATR_PERIOD ? undefined : average,
      record,
      figures: figuresAt?.(t, {
        price: valueAt(close, t),
        book,
        time,
        bar: t,
        buyingPower: purse.cash,
        others: NO_OTHERS,
      }),
    });
  }
}

/** The next bar from `t` on that says BUY; `length` where none does. */
function nextBuy(signals: Int8Array, t: number, length: number): number {
  const next = signals.indexOf(BUY, t);
  return next < 0 || next > length ? length : next;
}

/** The ATR's running average before bar `start`. */
function atrBefore(start: number, { high, low, close }: BarSeries): number {
  let average = 0;
  for (let t = 1; t < start; t += 1) {
    const range = trueRange(valueAt(high, t), valueAt(low, t), valueAt(close, t - 1));
    average = wilderStep(t, average, range, STOP_ATR_PERIOD);
  }
  return average;
}
