import type { BarSeries } from "../bar-series.ts";
import { valueAt } from "../column.ts";

/** An indicator's values over the closes, oldest first. */
export function overCloses({ close, length }: BarSeries, step: (close: number) => number): Float64Array {
  const values = new Float64Array(length);
  for (let t = 0; t < length; t += 1) values[t] = step(valueAt(close, t));
  return values;
}
