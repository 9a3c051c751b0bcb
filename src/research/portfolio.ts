import type { BarSeries } from "../core/bar-series.ts";
import { exchangeDay } from "../core/calendar.ts";
import { valueAt } from "../core/column.ts";
import { UsageError } from "../core/errors.ts";
import { Atr } from "../core/indicators/atr.ts";
import type { Holding } from "../core/risk/contract.ts";
import { BUY, HOLD, SELL } from "../core/signal.ts";
import { NO_TRADES, RECORD_TRADES, recordOf, type TradeRecord } from "../core/size/trade-record.ts";
import type { BacktestInput, BacktestRules, EntryFilter, KnownColumns, RefusedEntry } from "./backtest.ts";
import type { Purse } from "./book.ts";
import { correlationsOf } from "./correlations.ts";
import { gateFiguresOf } from "./gate-figures.ts";
import { Lane } from "./lane.ts";
import { momentsOf } from "./sessions.ts";
import { scanSignals, type StrategyOnBars } from "./signals.ts";
import { portfolioStats, type Stats } from "./stats.ts";
import type { TradeLog } from "./trade-log.ts";
import type { DroppedEntry, OpenPosition } from "./trade.ts";

/** Bars of one symbol of a portfolio; those before `start` only warm up its indicators. */
export interface SymbolBars {
  readonly symbol: string;
  readonly series: BarSeries;
  readonly start?: number;
  readonly known?: KnownColumns;
  readonly filter?: EntryFilter;
}

export interface PortfolioInput extends Omit<StrategyOnBars, "series"> {
  /** Each symbol once; their order does not matter. */
  readonly symbols: readonly SymbolBars[];
  readonly rules: BacktestRules;
  /** Told now and then how many of all times are done. */
  readonly progress?: (done: number, of: number) => void;
  /** Sells what is still open at each symbol's last close, as `time`, instead of leaving it open. */
  readonly closeAtEnd?: boolean;
}

const PROGRESS_EVERY = 16_384;

/** What became of one symbol. Bars are counted in its own series. */
export interface SymbolResult {
  readonly bars: SymbolBars;
  readonly trades: TradeLog;
  readonly openPosition: OpenPosition | null;
  readonly dropped: readonly DroppedEntry[];
  readonly refused: readonly RefusedEntry[];
}

export interface PortfolioResult {
  /** By symbol, in the order of the alphabet. */
  readonly symbols: readonly SymbolResult[];
  /** Every time at which any symbol has a bar in the period, epoch ms, ascending. */
  readonly time: Float64Array;
  /** Cash at those times, after the fills of that bar, USD. */
  readonly cash: Float64Array;
  /** Cash plus every position at its newest close, USD. */
  readonly equity: Float64Array;
  readonly stats: Stats;
}

/** One symbol on its way through its bars. */
interface Walker {
  readonly bars: SymbolBars;
  readonly signals: Int8Array;
  readonly lane: Lane;
  readonly atr: Atr;
  /** The bar that has its time now, or the next one. */
  t: number;
  /** Newest close. */
  price: number;
  /** Trades that the run's record has already. */
  recorded: number;
}

/**
 * One strategy on several symbols with one cash, in the order of time. At each time, of all symbols that have a bar then: first
 * pending exits sell at the open, then pending entries buy, then stops and targets, then equity is marked at closes (a symbol
 * without a bar at its newest), then each decides on that equity. Among equals the alphabet goes first, so that the order in
 * which symbols are given changes nothing. With one symbol it is `backtest`.
 */
export function backtestPortfolio(input: PortfolioInput): PortfolioResult {
  const purse: Purse = { cash: input.rules.cash };
  const walkers = walkersOf(input, purse);
  const time = timesOf(walkers);
  const cash = new Float64Array(time.length);
  const equity = new Float64Array(time.length);
  const decide = decider(input, walkers, purse, time, equity);
  for (const walker of walkers) warmUp(walker);
  for (let k = 0; k < time.length; k += 1) {
    if (k % PROGRESS_EVERY === 0) input.progress?.(k, time.length);
    const now = valueAt(time, k);
    const here = walkers.filter(({ bars, t }) => bars.series.time[t] === now);
    for (const { lane, t } of here) lane.sell(t);
    for (const { lane, t } of here) lane.buy(t);
    for (const walker of here) {
      walker.lane.hold(walker.t);
      step(walker);
    }
    cash[k] = purse.cash;
    equity[k] = walkers.reduce((sum, { lane, price }) => sum + lane.book.shares * price, purse.cash);
    for (const walker of here) decide(walker, k);
    for (const walker of here) walker.t += 1;
  }
  if (input.closeAtEnd === true) {
    for (const { lane, t } of walkers) lane.close(t - 1);
    equity[time.length - 1] = purse.cash;
  }
  const symbols = walkers.map(resultOf);
  return { symbols, time, cash, equity, stats: portfolioStats(input.rules.cash, time, equity, symbols) };
}

function walkersOf(input: PortfolioInput, purse: Purse): readonly Walker[] {
  const sorted = input.symbols.toSorted((one, two) => (one.symbol < two.symbol ? -1 : 1));
  const twice = sorted.find(({ symbol }, index) => sorted[index + 1]?.symbol === symbol);
  if (twice !== undefined) throw new UsageError(`${twice.symbol} is given twice`);
  return sorted.map((bars): Walker => {
    const { symbol, series, filter } = bars;
    const one: BacktestInput = { ...input, symbol, series, ...(filter === undefined ? {} : { filter }) };
    const signals = bars.known?.signals ?? scanSignals(one);
    return {
      bars,
      signals,
      lane: new Lane(one, purse),
      atr: new Atr(),
      t: 0,
      price: Number.NaN,
      recorded: 0,
    };
  });
}

/** Everything up to the period is history: nothing is decided on it. */
function warmUp(walker: Walker): void {
  const { start = 0 } = walker.bars;
  for (; walker.t < start; walker.t += 1) step(walker);
  walker.price = 0;
}

function step(walker: Walker): void {
  const { high, low, close } = walker.bars.series;
  walker.price = valueAt(close, walker.t);
  walker.atr.step(valueAt(high, walker.t), valueAt(low, walker.t), walker.price);
}

function timesOf(walkers: readonly Walker[]): Float64Array {
  const times = new Set<number>();
  for (const { bars } of walkers)
    for (const time of bars.series.time.subarray(bars.start ?? 0)) times.add(time);
  return Float64Array.from(times).sort();
}

function decider(
  { rules, ...run }: PortfolioInput,
  walkers: readonly Walker[],
  purse: Purse,
  time: Float64Array,
  equity: Float64Array,
): (walker: Walker, k: number) => void {
  const { gates, cash, riskLimits, spread = 0 } = rules;
  const correlation = correlationsOf(run.symbols);
  const [first] = run.symbols;
  const figuresAt =
    gates.length === 0 || first === undefined
      ? undefined
      : gateFiguresOf({
          time,
          equity,
          cash,
          limits: riskLimits,
          spread,
          momentOf: momentsOf(time, { riskLimits, input: { ...run, ...first, rules } }),
        });
  /** P&L of the closed trades in percent, in the order in which they closed. */
  const closed: number[] = [];

  function recordNow(): TradeRecord {
    if (rules.sizing.rule !== "kelly") return NO_TRADES;
    const fresh = walkers.flatMap(freshTrades).toSorted((a, b) => a.closedMs - b.closedMs);
    closed.push(...fresh.map(({ pnlPercent }) => pnlPercent));
    return recordOf(closed.slice(-RECORD_TRADES));
  }

  return ({ bars, signals, lane, atr, t, price }, k) => {
    const signal = signals[t] ?? HOLD;
    if (!lane.heeds(signal)) return;
    const others = walkers.filter((each) => each.lane !== lane);
    const coming = others.reduce((sum, each) => sum + costOf(each), 0);
    const figures = figuresAt?.(k, {
      price,
      book: lane.book,
      time: bars.series.time,
      bar: t,
      buyingPower: purse.cash - coming,
      others: {
        holdings: others.flatMap(holdingsOf),
        entriesOn: (day) => others.reduce((sum, each) => sum + entriesOn(each, day), 0),
        entriesNow: others.filter((each) => hasEntryOf(each, valueAt(time, k))).length,
        correlation,
      },
    });
    lane.decide(t, signal === BUY ? BUY : SELL, valueAt(equity, k), atr.value, recordNow(), figures);
  };
}

/** Its trades that the record does not have yet. */
function freshTrades(walker: Walker): readonly { readonly closedMs: number; readonly pnlPercent: number }[] {
  const { trades } = walker.lane.book;
  const { time } = walker.bars.series;
  const from = walker.recorded;
  walker.recorded = trades.length;
  return Array.from({ length: trades.length - from }, (_, index) => ({
    closedMs: valueAt(time, trades.at(from + index).exitBar),
    pnlPercent: trades.pnlPercent(from + index),
  }));
}

/** USD that its entry on the way is expected to cost. */
function costOf({ lane }: Walker): number {
  return lane.entry === undefined ? 0 : lane.entry.intent.shares * lane.entry.intent.price;
}

/** Its entry on the way was decided on a bar of this time. */
function hasEntryOf({ bars, lane, t }: Walker, now: number): boolean {
  return lane.entry !== undefined && bars.series.time[t] === now;
}

function holdingsOf({ bars: { symbol }, lane: { book, entry }, price }: Walker): readonly Holding[] {
  const holding = (kind: Holding["kind"], shares: number, at: number, stop: number): Holding => ({
    kind,
    symbol,
    runId: null,
    strategyId: "",
    value: shares * at,
    risk: shares * Math.max(0, at - stop),
  });
  return [
    ...(book.shares > 0 ? [holding("position", book.shares, price, book.stop)] : []),
    ...(entry === undefined
      ? []
      : [holding("working", entry.intent.shares, entry.intent.price, entry.intent.stop)]),
  ];
}

function entriesOn({ bars, lane: { book, entry } }: Walker, day: string): number {
  const isOf = (bar: number): boolean => exchangeDay(valueAt(bars.series.time, bar)) === day;
  let count = entry === undefined ? 0 : 1;
  if (book.shares > 0 && isOf(book.entryBar)) count += 1;
  for (let index = book.trades.length - 1; index >= 0; index -= 1) {
    if (!isOf(book.trades.at(index).entryBar)) break;
    count += 1;
  }
  return count;
}

function resultOf({ bars, lane: { book, refused } }: Walker): SymbolResult {
  return { bars, trades: book.trades, openPosition: book.openPosition(), dropped: book.dropped, refused };
}
