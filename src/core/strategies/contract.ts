import type { BarSeries } from "../bar-series.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import type { Timeframe } from "../bar.ts";
import type { Explanation, SignalCode } from "../signal.ts";
import type { Plot } from "./plot.ts";

/** One value a strategy or run option can take, as parsed: lists are written with slashes (`5/20/50`). */
export type ParamValue = number | boolean | string | readonly number[] | readonly Timeframe[];
export type Params = Readonly<Record<string, ParamValue>>;

/**
 * Declares one parameter once: parsing, validation, `/strategy info`, autocomplete and `--help` all read it. Where the default
 * is "none" (or an empty list), `none` may be given. Bounds of a list hold for each of its numbers. "percent" takes `5` or `5%`.
 */
export interface ParamSpec {
  readonly name: string;
  readonly kind: "integer" | "number" | "boolean" | "integers" | "timeframes" | "choice" | "percent";
  readonly default: ParamValue;
  /** Inclusive bounds; `above`/`below` are the exclusive ones. */
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  readonly choices?: readonly string[];
  readonly description: string;
}

/**
 * A strategy's running state for one symbol. `step` is called once a closed bar of the run's own timeframe, in order,
 * and allocates nothing; `feed` (multi-timeframe strategies only) takes the closed bars of `timeframes(params)[slot]`,
 * each before the step of the first bar at whose close it is closed.
 */
export interface Kernel {
  step(open: number, high: number, low: number, close: number, volume: number): SignalCode;
  feed?(slot: number, close: number): void;
  /**
   * Writes the signal of every bar to `signals`, as a fresh kernel would answer it step by step, in loops of the kernel's own in which
   * no double is boxed. Neither steps the kernel nor leaves it fit to be stepped. Optional: without it the caller steps.
   */
  scan?(bars: BarSeries, signals: Int8Array): void;
  /** As `scan`, the indicators taken from columns, where other parameters find them again. Optional: without it the caller scans. */
  scanColumns?(columns: IndicatorColumns, signals: Int8Array): void;
  /** The reason for the newest step's signal; written only when somebody asks. */
  explain(): Explanation;
}

export interface Strategy {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly params: readonly ParamSpec[];
  readonly defaultTimeframe: Timeframe;
  /** Cross-checks over single-value checks; the sentence that names what is wrong, or undefined. */
  check?(params: Params): string | undefined;
  /** Bars until the first bar that can signal (its index, counted from 0). */
  warmupBars(params: Params): number;
  /** The longest period, for the live history rule (10 × this many bars). */
  longestPeriod(params: Params): number;
  /** Timeframes beside the run's own, one a slot; empty for most. */
  timeframes(params: Params): readonly Timeframe[];
  kernel(params: Params): Kernel;
  /** What a chart of the run's own timeframe shows of it, over all of `bars`; the same indicators as the kernel's. */
  plot(params: Params, bars: BarSeries, timeframe: Timeframe): Plot;
}
