import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";

/** What a chart shows of a strategy beside the candles: values one a bar, NaN where there is none. */
export interface Plot {
  /** On the axis of the prices. */
  readonly lines: readonly PlotLine[];
  /** On an axis of its own, with the levels at which the strategy acts. */
  readonly panel?: {
    readonly label: string;
    readonly values: Float64Array;
    readonly levels: readonly number[];
  };
}

interface PlotLine {
  readonly label: string;
  readonly values: Float64Array;
  /** One of the two edges of a band. */
  readonly edge?: true;
}

/** An indicator's values over the closes, oldest first. */
export function overCloses({ close, length }: BarSeries, step: (close: number) => number): Float64Array {
  const values = new Float64Array(length);
  for (let t = 0; t < length; t += 1) values[t] = step(valueAt(close, t));
  return values;
}
