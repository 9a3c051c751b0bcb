import { valueAt } from "../core/column.ts";
import { decide, type Decision, type EntryRules } from "../core/decide.ts";
import { planExits } from "../core/exits/plan.ts";
import type { ExitRules } from "../core/exits/rules.ts";
import { STOP_ATR_PERIOD, trueRange } from "../core/indicators/atr.ts";
import { wilderStep } from "../core/indicators/wilder.ts";
import { money, roundUpToTick } from "../core/money.ts";
import type { Gate, GateFigures, RefusalCode } from "../core/risk/contract.ts";
import { barsPerSession } from "../core/bar.ts";
import type { Sizing } from "../core/size/index.ts";
import { NO_TRADES, withTrade, type TradeRecord } from "../core/size/trade-record.ts";
import { BUY, HOLD, SELL, type SignalCode } from "../core/signal.ts";
import type { Limits } from "../core/risk/limits.ts";
import { Book, type EntryDecision } from "./book.ts";
import { gateFiguresOf } from "./gate-figures.ts";
import { ManagedExits } from "./managed-exits.ts";
import { ownTimeframe, scanSignals, type StrategyOnBars } from "./signals.ts";
import { computeStats, type Stats } from "./stats.ts";
import type { TradeLog } from "./trade-log.ts";
import type { DroppedEntry, ExitReason, OpenPosition } from "./trade.ts";

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

export interface BacktestInput extends StrategyOnBars {
  readonly symbol: string;
  readonly rules: BacktestRules;
  /** The first bar that is decided; those before it only let indicators come to exist, as history does live. 0 unless given. */
  readonly start?: number;
}

/** An entry that `decide` refused. */
interface RefusedEntry {
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
  const signals = scanSignals(input);
  const book = new Book(series, rules.cash, rules);
  const equity = new Float64Array(series.length);
  const refused = simulate(input, signals, book, equity);
  return {
    trades: book.trades,
    openPosition: book.openPosition(),
    dropped: book.dropped,
    refused,
    equity,
    stats: computeStats(rules.cash, series.time.subarray(start), equity.subarray(start), book.trades),
  };
}

/** The event loop: fill, stop, mark, decide, bar by bar. Fills `book` and `equity`; returns the refused entries. */
function simulate(
  input: BacktestInput,
  signals: Int8Array,
  book: Book,
  equity: Float64Array,
): readonly RefusedEntry[] {
  const { open, high, low, close, length } = input.series;
  // What history says is not acted on.
  signals.fill(HOLD, 0, input.start ?? 0);
  const rules = entryRules(input);
  const figuresAt = gateFiguresOf(input.series, book, equity, input.rules.cash, input.rules.riskLimits);
  const refused: RefusedEntry[] = [];
  let record: TradeRecord = NO_TRADES;
  let recorded = 0;
  // Only kelly learns from its own trades; for the others this would be most of the work.
  const remembers = rules.sizing.rule === "kelly";
  const managed =
    planExits(input.rules, null, undefined) === null
      ? undefined
      : new ManagedExits(input.rules, input.series, book, rules.roundStop);
  let entry: EntryDecision | undefined;
  let exitPending = false;
  let exitReason: ExitReason = "signal";
  // In a local variable, not an Atr kernel: this chain of divisions is the longest of the loop and hides all the rest.
  let average = 0;
  for (let t = 0; t < length; t += 1) {
    // A pending exit goes before the stop of the same bar.
    if (exitPending) {
      book.sell(t, valueAt(open, t), exitReason);
      exitPending = false;
    } else if (entry !== undefined) {
      book.enter(t, entry);
      managed?.filled();
      entry = undefined;
    }
    if (book.shares > 0) {
      // Stop and target inside one bar: the stop is taken.
      if (valueAt(low, t) <= book.stop) book.stopOut(t, Math.min(valueAt(open, t), book.stop));
      else {
        managed?.sellPart(t);
        if (valueAt(high, t) >= book.target)
          book.exit(t, Math.max(valueAt(open, t), book.target), "take_profit");
      }
      if (managed !== undefined && book.shares > 0 && managed.close(t)) {
        exitPending = true;
        exitReason = "time";
      }
    }
    equity[t] = book.cash + book.shares * valueAt(close, t);
    if (t > 0) {
      const range = trueRange(valueAt(high, t), valueAt(low, t), valueAt(close, t - 1));
      average = wilderStep(t, average, range, STOP_ATR_PERIOD);
    }
    const signal = signals[t];
    // BUY while long and SELL while flat do nothing: decide would say hold, and some strategies signal on nearly every bar.
    if (signal === HOLD || (signal === BUY) === book.shares > 0) continue;
    const atr = t < STOP_ATR_PERIOD ? undefined : average;
    if (remembers)
      for (; recorded < book.trades.length; recorded += 1)
        record = withTrade(record, book.trades.pnlPercent(recorded));
    const wanted = signal === BUY ? BUY : SELL;
    const decision = decideAt(input, rules, book, wanted, t, equity, atr, record, figuresAt);
    switch (decision.kind) {
      case "hold":
        break;
      case "exit":
        exitPending = true;
        exitReason = "signal";
        break;
      case "enter":
        entry = decision;
        managed?.decided(atr);
        break;
      case "refused":
        refused.push({ bar: t, code: decision.code, text: decision.text });
    }
  }
  return refused;
}

function decideAt(
  { symbol, series, rules: { gates } }: BacktestInput,
  rules: EntryRules,
  book: Book,
  signal: SignalCode,
  t: number,
  equity: Float64Array,
  atr: number | undefined,
  record: TradeRecord,
  figuresAt: (t: number) => GateFigures,
): Decision {
  return decide({
    symbol,
    signal,
    long: book.shares > 0,
    price: valueAt(series.close, t),
    atr,
    rules,
    equity: valueAt(equity, t),
    record,
    gates,
    figures: gates.length === 0 ? undefined : figuresAt(t),
  });
}

function entryRules(input: BacktestInput): EntryRules {
  const { rules } = input;
  return {
    sizing: rules.sizing,
    limits: {
      decimals: 0,
      ...(rules.maxPositionPct === undefined ? {} : { maxPositionPct: rules.maxPositionPct }),
    },
    barsPerSession: rules.sizing.rule === "volatility" ? barsPerSession(ownTimeframe(input)) : 1,
    stopAtr: rules.stopAtr,
    exits: rules,
    stopRequired: false,
    roundStop: rules.roundToTick ? (price) => roundUpToTick(money(price)).toNumber() : (price) => price,
  };
}
