import { MultiFeed } from "../core/aggregate.ts";
import type { Bar, Timeframe } from "../core/bar.ts";
import { daysForBars } from "../core/calendar.ts";
import { FEATURES } from "../core/filter/features.ts";
import { Atr, STOP_ATR_PERIOD } from "../core/indicators/atr.ts";
import { marketContext, marketContextLine } from "../core/market-context.ts";
import { HOLD, type Explanation, type SignalCode } from "../core/signal.ts";
import type { Kernel, Strategy } from "../core/strategies/contract.ts";
import { failureReason } from "../core/strategies/failure.ts";
import type { Run } from "../ports.ts";
import type { BarStore } from "./bar-store.ts";

const DAY_MS = 86_400_000;
/** Wilder averages depend on where they start: live and backtest agree after ten times the longest period. */
const HISTORY_FACTOR = 10;
/** Enough bars for every indicator of the context line. */
const CONTEXT_BARS = 250;

/** One closed bar that has not been decided yet, with what the strategy says on it. */
export interface Evaluation {
  readonly barTime: number;
  readonly close: number;
  readonly signal: SignalCode;
  readonly explanation: Explanation;
  /** ATR(14) at this bar; undefined until it exists. */
  readonly atr: number | undefined;
}

/** A bar on which the strategy failed, and why: `TypeError: boom`. The bar is held. */
export interface Failure {
  readonly barTime: number;
  readonly reason: string;
}

/** Kernel and ATR of one run and symbol, stepped bar by bar; rebuilt from history after a restart, a change of parameters or a split. */
interface Tracker {
  readonly settings: string;
  readonly kernel: Kernel;
  readonly feed: MultiFeed;
  readonly atr: Atr;
  lastBar: number;
  /** Stepped but not decided yet: kept until the cursor in the database has passed them, so that a failed tick loses none. */
  pending: readonly Evaluation[];
  /** The newest one that nobody knows of yet. */
  failure: Failure | undefined;
}

export interface Trackers {
  /** From when on bars are needed, by timeframe, for this run: epoch ms. */
  needs(run: Run, strategy: Strategy, nowMs: number): ReadonlyMap<Timeframe, number>;
  /**
   * Steps every bar that came since and returns those that are not decided: all after `cursor`, or only the newest when
   * the run is new. Oldest first.
   */
  evaluate(run: Run, strategy: Strategy, symbol: string, cursor: number | undefined): readonly Evaluation[];
  /** The newest failure of the strategy on any bar it was stepped through, history included; undefined once it was told. */
  failure(run: Run, symbol: string): Failure | undefined;
  failureTold(run: Run, symbol: string): void;
  /** The newest reason, for `/strategy status`. */
  explanation(run: Run, symbol: string): Explanation | null;
  /** RSI, MACD, ATR %, Bollinger position and ADX on the run's own bars, in one line. */
  context(run: Run, symbol: string): string;
  /** As many closed bars up to this one as the signal filter looks at, oldest first. */
  filterBars(run: Run, symbol: string, barTime: number): readonly Bar[];
  /** Drops what belongs to no run any more. */
  prune(runs: readonly Run[]): void;
}

export function createTrackers(store: BarStore): Trackers {
  const trackers = new Map<string, Tracker>();

  function trackerOf(run: Run, strategy: Strategy, symbol: string): Tracker {
    const key = keyOf(run, symbol);
    const editions = [run.options.timeframe, ...strategy.timeframes(run.params)].map((timeframe) =>
      store.edition(timeframe, symbol),
    );
    const settings = JSON.stringify([run.params, run.options.timeframe, editions]);
    const known = trackers.get(key);
    if (known?.settings === settings) return known;
    const kernel = strategy.kernel(run.params);
    const fresh: Tracker = {
      settings,
      kernel,
      feed: new MultiFeed(kernel, strategy.timeframes(run.params), (timeframe, startMs) =>
        store.closeOf(timeframe, startMs),
      ),
      atr: new Atr(),
      lastBar: Number.NEGATIVE_INFINITY,
      pending: [],
      failure: undefined,
    };
    trackers.set(key, fresh);
    return fresh;
  }

  return {
    needs(run, strategy, nowMs) {
      const longest = Math.max(
        strategy.longestPeriod(run.params),
        STOP_ATR_PERIOD,
        strategy.warmupBars(run.params),
        FEATURES.bars / HISTORY_FACTOR,
      );
      const result = new Map<Timeframe, number>();
      for (const timeframe of [run.options.timeframe, ...strategy.timeframes(run.params)])
        result.set(timeframe, nowMs - daysForBars(HISTORY_FACTOR * longest, timeframe) * DAY_MS);
      return result;
    },

    evaluate(run, strategy, symbol, cursor) {
      const tracker = trackerOf(run, strategy, symbol);
      const { timeframe } = run.options;
      const bars = store.bars(timeframe, symbol);
      for (const [slot, slotTimeframe] of strategy.timeframes(run.params).entries())
        for (const bar of store.bars(slotTimeframe, symbol)) tracker.feed.add(slot, bar.time, bar.close);
      const newest = bars.at(-1)?.time;
      const from = cursor ?? (newest === undefined ? 0 : newest - 1);
      const undecided = tracker.pending.filter((evaluation) => evaluation.barTime > from);
      for (const bar of bars.slice(firstAfter(bars, tracker.lastBar))) {
        const signal = step(tracker, bar, store.closeOf(timeframe, bar.time));
        if (bar.time > from) undecided.push(evaluationOf(tracker, bar, signal));
      }
      tracker.pending = undecided;
      return undecided;
    },

    failure: (run, symbol) => trackers.get(keyOf(run, symbol))?.failure,

    failureTold(run, symbol) {
      const tracker = trackers.get(keyOf(run, symbol));
      if (tracker !== undefined) tracker.failure = undefined;
    },

    explanation: (run, symbol) => trackers.get(keyOf(run, symbol))?.kernel.explain() ?? null,

    context: (run, symbol) =>
      marketContextLine(marketContext(store.bars(run.options.timeframe, symbol).slice(-CONTEXT_BARS))),

    filterBars(run, symbol, barTime) {
      const bars = store.bars(run.options.timeframe, symbol);
      const end = firstAfter(bars, barTime);
      return bars.slice(Math.max(0, end - FEATURES.bars), end);
    },

    prune(runs) {
      const wanted = new Set(runs.flatMap((run) => run.symbols.map((symbol) => keyOf(run, symbol))));
      for (const key of trackers.keys()) if (!wanted.has(key)) trackers.delete(key);
    },
  };
}

function keyOf(run: Run, symbol: string): string {
  return `${run.id} ${symbol}`;
}

/** A strategy that fails costs its own decisions and nothing else: the bar is held. */
function step(tracker: Tracker, bar: Bar, closeMs: number): SignalCode {
  tracker.atr.step(bar.high, bar.low, bar.close);
  tracker.lastBar = bar.time;
  try {
    tracker.feed.advance(closeMs);
    return tracker.kernel.step(bar.open, bar.high, bar.low, bar.close, bar.volume);
  } catch (error) {
    tracker.failure = { barTime: bar.time, reason: failureReason(error) };
    return HOLD;
  }
}

/** What the newest step came to; the reason is written only for bars that somebody will read about. */
function evaluationOf(tracker: Tracker, bar: Bar, signal: SignalCode): Evaluation {
  const atr = tracker.atr.value;
  return {
    barTime: bar.time,
    close: bar.close,
    signal,
    explanation: signal === HOLD ? NOTHING : tracker.kernel.explain(),
    atr: Number.isNaN(atr) ? undefined : atr,
  };
}

const NOTHING: Explanation = { reason: "", figures: {} };

function firstAfter(bars: readonly Bar[], time: number): number {
  let index = bars.length;
  while (index > 0 && (bars[index - 1]?.time ?? time) > time) index -= 1;
  return index;
}
