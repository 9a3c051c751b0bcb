import { valueAt } from "../core/column.ts";
import type { Scored } from "../core/filter/check.ts";
import type { NamedModel } from "../core/filter/score-entry.ts";
import type { ExitRules } from "../core/exits/rules.ts";
import { atrValues } from "../core/indicators/atr.ts";
import type { Gate, RefusalCode } from "../core/risk/contract.ts";
import type { Limits } from "../core/risk/limits.ts";
import { BUY, HOLD, SELL } from "../core/signal.ts";
import type { Sizing } from "../core/size/index.ts";
import { NO_TRADES, RECORD_TRADES, recordOf, type TradeRecord } from "../core/size/trade-record.ts";
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
  new Walk(input, signals, lane, purse, equity).run();
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

/** So many bars of five columns have room in the processor's second cache. */
const FETCHED_BARS = 4096;
/** Doubles that memory hands over at a time. */
const VALUES_A_LINE = 8;

/** The event loop: fill, stop, mark, decide, bar by bar. Fills `equity`. */
class Walk {
  private readonly input: BacktestInput;
  private readonly signals: Int8Array;
  private readonly lane: Lane;
  private readonly purse: Purse;
  private readonly equity: Float64Array;
  private readonly figuresAt: ReturnType<typeof gateFiguresOf> | undefined;
  /** ATR(14) at every bar. */
  private readonly atr: Float64Array;
  private fetchedTo = 0;
  private fetched = Number.NaN;

  constructor(input: BacktestInput, signals: Int8Array, lane: Lane, purse: Purse, equity: Float64Array) {
    const { start = 0, series, known, rules } = input;
    const { gates, cash, riskLimits, spread = 0 } = rules;
    const { time } = series;
    this.input = input;
    this.signals = signals;
    this.lane = lane;
    this.purse = purse;
    this.equity = equity;
    this.atr = known?.atr ?? atrValues(series);
    // What history says is not acted on: only the ATR remembers it.
    equity.fill(cash, 0, start);
    this.figuresAt =
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
  }

  run(): void {
    const { lane, purse, equity } = this;
    const { close, length } = this.input.series;
    for (let t = this.quietUntil(this.input.start ?? 0); t < length;) {
      if (t >= this.fetchedTo) this.fetch(t);
      lane.sell(t);
      lane.buy(t);
      lane.hold(t);
      equity[t] = purse.cash + lane.book.shares * valueAt(close, t);
      const signal = this.signals[t] ?? HOLD;
      if (lane.heeds(signal)) this.decide(t, signal === BUY ? BUY : SELL);
      t = lane.pending ? t + 1 : this.quietUntil(t + 1);
    }
  }

  /**
   * Marks the bars from `from` on, with no order on its way, until one on which something happens: a stop, a target or a signal that
   * is heeded. That bar is left to `run`. A loop of its own with everything in local variables, as nearly all bars are such.
   */
  private quietUntil(from: number): number {
    const { signals, equity, lane } = this;
    const { high, low, close, length } = this.input.series;
    const { cash } = this.purse;
    const { shares, stop, target } = lane.book;
    let t = from;
    if (shares === 0) {
      for (; t < length && signals[t] !== BUY; t += 1) equity[t] = cash;
      return t;
    }
    if (lane.watchesEveryBar) return t;
    for (; t < length; t += 1) {
      if (signals[t] === SELL || valueAt(low, t) <= stop || valueAt(high, t) >= target) break;
      equity[t] = cash + shares * valueAt(close, t);
    }
    return t;
  }

  /**
   * Goes through the columns of the next bars once, in order. Single looks at bars far apart, as at the opens of entries, would
   * each wait for memory: of a million bars a third of the time.
   */
  private fetch(from: number): void {
    const { open, high, low, close, length } = this.input.series;
    const to = Math.min(length, from + FETCHED_BARS);
    let sum = 0;
    for (const column of [open, high, low, close, this.atr])
      for (let t = from; t < to; t += VALUES_A_LINE) sum += valueAt(column, t);
    // Kept, or the loop would be left out as one of no use.
    this.fetched = sum;
    this.fetchedTo = to;
  }

  private decide(t: number, signal: typeof BUY | typeof SELL): void {
    const { lane, purse } = this;
    const { rules, series } = this.input;
    const { time, close } = series;
    const { trades } = lane.book;
    // Kelly alone looks at it, and an object a trade is a tenth of a fast test.
    const record = rules.sizing.rule === "kelly" ? newestRecord(trades) : NO_TRADES;
    const figures = this.figuresAt?.(t, {
      price: valueAt(close, t),
      book: lane.book,
      time,
      bar: t,
      buyingPower: purse.cash,
      others: NO_OTHERS,
    });
    lane.decide(t, signal, valueAt(this.equity, t), valueAt(this.atr, t), record, figures);
  }
}

function newestRecord(trades: TradeLog): TradeRecord {
  const first = Math.max(0, trades.length - RECORD_TRADES);
  return recordOf(
    Array.from({ length: trades.length - first }, (_, index) => trades.pnlPercent(first + index)),
  );
}
