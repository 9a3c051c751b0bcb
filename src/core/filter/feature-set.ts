import type { BarSeries } from "../bar-series.ts";
import type { Timeframe } from "../bar.ts";

/** Numbers that describe the market at the close of a bar: the same function for training, backtest and live. */
export interface FeatureSet {
  /** Rises whenever a feature is added, dropped or defined otherwise: a model is asked only with what it was trained on. */
  readonly version: number;
  readonly names: readonly string[];
  /** How many bars it looks at, the newest included. */
  readonly bars: number;
  /**
   * The values at the close of bar `t`, in the order of `names`, all finite, from no bar after `t`. Undefined while there are
   * fewer than `bars` bars, and where prices stood still for so long that a ratio has no denominator.
   */
  at(series: BarSeries, t: number, timeframe: Timeframe): readonly number[] | undefined;
}
