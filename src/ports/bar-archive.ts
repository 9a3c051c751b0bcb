import type { Bar, Timeframe } from "../core/bar.ts";
import type { TimeRange } from "../core/time-ranges.ts";

/** A history of bars: of one symbol and timeframe, from one source. */
export interface History {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** "csv", or the market and its feed: "alpaca iex". Prices of a feed are split-adjusted, a file's are as given. */
  readonly source: string;
}

/** A history that is kept, and how far it reaches: starts of its first and last bar, epoch ms. */
export interface KeptHistory extends History {
  readonly bars: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

type SavedBars =
  | { readonly kind: "saved"; readonly added: number }
  /** A bar of that time is kept with other values: nothing was written. */
  | { readonly kind: "conflict"; readonly kept: Bar; readonly given: Bar };

/** Closed bars of the past. A bar that is kept never changes. */
export interface BarArchive {
  /** Every history with bars of a symbol and timeframe, by source. */
  histories(symbol: string, timeframe: Timeframe): Promise<readonly KeptHistory[]>;
  /** The bars that begin in a stretch of time, ascending. */
  keptBars(history: History, range: TimeRange): Promise<readonly Bar[]>;
  /** Stretches of time of which every bar that the source has is kept: holidays and quiet minutes are not asked for again. */
  coverage(history: History): Promise<readonly TimeRange[]>;
  /** Keeps bars, ascending, and marks what they cover (null: nothing), or writes nothing at all. */
  saveBars(history: History, bars: readonly Bar[], covers: TimeRange | null): Promise<SavedBars>;
  /** Removes the bars of a history and what they cover. */
  forgetBars(history: History): Promise<void>;
}
