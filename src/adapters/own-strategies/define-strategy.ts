import type { z } from "zod";
import type { BarSeries } from "../../core/bar-series.ts";
import type { Timeframe } from "../../core/bar.ts";
import type { Kernel } from "../../core/strategies/contract.ts";
import type { Plot } from "../../core/strategies/plot.ts";

/** A strategy as a file in `strategies/` gives it. Its parameters arrive as the zod object reads them. */
export interface StrategyDefinition<P extends z.ZodObject = z.ZodObject> {
  /** What it is started with: small letters, digits and `_`, 2 to 40 characters. */
  readonly id: string;
  readonly title: string;
  /** When it buys and when it sells, in a sentence. */
  readonly description: string;
  /** Length of the bars unless a run says otherwise; 15Min. */
  readonly defaultTimeframe?: Timeframe;
  /**
   * `z.object` of numbers, whole numbers (`z.int()`), `z.boolean()`, `z.enum([…])` and arrays of whole numbers, each with
   * `.default(…)` and `.describe(…)`; `.min`, `.max`, `.gt` and `.lt` are the ranges that people are told.
   */
  readonly params: P;
  /** What is wrong with parameters that are each right on their own ("fast must be below slow"), or undefined. */
  check?(params: z.output<P>): string | undefined;
  /** Bars until the first bar that can signal: its index, counted from 0. */
  warmupBars(params: z.output<P>): number;
  /** The longest period; a run begins on ten times this many bars of history. As `warmupBars` unless given. */
  longestPeriod?(params: z.output<P>): number;
  /** Timeframes beside the run's own, one a slot of `Kernel.feed`; none unless given. */
  timeframes?(params: z.output<P>): readonly Timeframe[];
  /**
   * A fresh running state for one symbol, stepped once a closed bar. All state belongs inside it: the same bars must give the
   * same answers again, in a backtest and live.
   */
  kernel(params: z.output<P>): Kernel;
  /** What a chart shows of it; nothing unless given. */
  plot?(params: z.output<P>, bars: BarSeries, timeframe: Timeframe): Plot;
}

/** Types a strategy: `export default defineStrategy({…})`. Whether it is sound is looked at when the file is loaded. */
export function defineStrategy<const P extends z.ZodObject>(
  definition: StrategyDefinition<P>,
): StrategyDefinition<P> {
  return definition;
}
