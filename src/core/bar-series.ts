import type { Bar } from "./bar.ts";
import { valueAt } from "./column.ts";

/**
 * Closed bars of one symbol as columns, oldest first: 48 bytes a bar, and loops over them allocate nothing.
 * All columns have `length` entries; time in epoch ms (start of the bar), prices in dollars, volume in shares.
 */
export interface BarSeries {
  readonly length: number;
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** A series of `length` bars, all zero, to be filled by the caller. */
export function emptySeries(length: number): BarSeries {
  const column = (): Float64Array => new Float64Array(length);
  return {
    length,
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
}

/** The bars from index `from` up to, not with, `to`: views of the same columns. */
export function sliceSeries(series: BarSeries, from: number, to: number): BarSeries {
  const column = (values: Float64Array): Float64Array => values.subarray(from, to);
  const time = column(series.time);
  return {
    length: time.length,
    time,
    open: column(series.open),
    high: column(series.high),
    low: column(series.low),
    close: column(series.close),
    volume: column(series.volume),
  };
}

/** The bars as columns; they are copied in the given order and not checked (see `checkBars`). */
export function seriesOf(bars: readonly Bar[]): BarSeries {
  const series = emptySeries(bars.length);
  for (const [index, bar] of bars.entries()) {
    series.time[index] = bar.time;
    series.open[index] = bar.open;
    series.high[index] = bar.high;
    series.low[index] = bar.low;
    series.close[index] = bar.close;
    series.volume[index] = bar.volume;
  }
  return series;
}

/** The columns as bars, in their order. */
export function barsOf({ length, time, open, high, low, close, volume }: BarSeries): readonly Bar[] {
  return Array.from({ length }, (_, t) => ({
    time: valueAt(time, t),
    open: valueAt(open, t),
    high: valueAt(high, t),
    low: valueAt(low, t),
    close: valueAt(close, t),
    volume: valueAt(volume, t),
  }));
}
