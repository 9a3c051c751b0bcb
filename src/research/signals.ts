import { valueAt } from "../core/column.ts";
import { MultiFeed } from "../core/aggregate.ts";
import type { BarSeries } from "../core/bar-series.ts";
import { TIMEFRAME_MS, type Timeframe } from "../core/bar.ts";
import type { IndicatorColumns } from "../core/indicators/columns.ts";
import { UsageError } from "../core/errors.ts";
import type { SignalCode } from "../core/signal.ts";
import type { Kernel, Params, Strategy } from "../core/strategies/contract.ts";
import { inferTimeframe } from "./timeframe.ts";

/** A strategy with its parameters on the bars of one symbol. */
export interface StrategyOnBars {
  readonly strategy: Strategy;
  readonly params: Params;
  readonly series: BarSeries;
  /** Length of the bars; needed only by strategies with timeframes of their own, and told from the bars where it can be. */
  readonly timeframe?: Timeframe;
}

/**
 * The signal at every bar, -1 SELL, 0 HOLD, 1 BUY: what the live engine's kernel answers on the same bars. With `columns` of the
 * same bars indicators are taken from there.
 */
export function scanSignals(run: StrategyOnBars, columns?: IndicatorColumns): Int8Array {
  const { strategy, params, series } = run;
  const signals = new Int8Array(series.length);
  const kernel = strategy.kernel(params);
  const ownBarsOnly = strategy.timeframes(params).length === 0;
  if (ownBarsOnly && columns !== undefined && kernel.scanColumns !== undefined)
    kernel.scanColumns(columns, signals);
  else if (ownBarsOnly && kernel.scan !== undefined) kernel.scan(series, signals);
  else
    stepThrough(run, kernel, (t, signal) => {
      signals[t] = signal;
    });
  return signals;
}

/** Steps a fresh kernel over every bar; `visit` may ask it to explain the bar it has just seen. */
export function visitSignals(
  run: StrategyOnBars,
  visit: (t: number, signal: SignalCode, kernel: Kernel) => void,
): void {
  stepThrough(run, run.strategy.kernel(run.params), visit);
}

function stepThrough(
  run: StrategyOnBars,
  kernel: Kernel,
  visit: (t: number, signal: SignalCode, kernel: Kernel) => void,
): void {
  const slots = run.strategy.timeframes(run.params);
  const lengthMs = slots.length === 0 ? 0 : TIMEFRAME_MS[timeframeFor(run, slots)];
  const feed = slots.length === 0 ? undefined : new MultiFeed(kernel, slots);
  const { time, open, high, low, close, volume, length } = run.series;
  for (let t = 0; t < length; t += 1) {
    const at = valueAt(time, t);
    const newest = valueAt(close, t);
    feed?.aggregate(at, newest);
    feed?.advance(at + lengthMs);
    const signal = kernel.step(
      valueAt(open, t),
      valueAt(high, t),
      valueAt(low, t),
      newest,
      valueAt(volume, t),
    );
    visit(t, signal, kernel);
  }
}

/** The bars' own timeframe, from which every slot must be possible to aggregate. */
function timeframeFor(run: StrategyOnBars, slots: readonly Timeframe[]): Timeframe {
  const own = ownTimeframe(run);
  const finer = slots.find((slot) => TIMEFRAME_MS[slot] < TIMEFRAME_MS[own]);
  if (finer !== undefined)
    throw new UsageError(
      `timeframes=${slots.join("/")}: ${finer} cannot be made from bars of ${own}; expected ${own} or longer`,
    );
  return own;
}

/** The timeframe of the bars, as given or told from their times. Throws a UsageError where it cannot be told. */
export function ownTimeframe({ timeframe, series }: StrategyOnBars): Timeframe {
  const own = timeframe ?? inferTimeframe(series);
  if (own === undefined)
    throw new UsageError(
      "cannot tell the timeframe of the bars from their times; give it: --timeframe 15Min",
    );
  return own;
}
