import { valueAt } from "../core/column.ts";
import type { BarSeries } from "../core/bar-series.ts";
import { TIMEFRAMES, TIMEFRAME_MS, type Timeframe } from "../core/bar.ts";

/**
 * The timeframe of a series by the most frequent distance between its bars (nights, weekends and minutes without a trade make
 * other distances); undefined when that is none of the known ones, or there is one bar only.
 */
export function inferTimeframe({ time, length }: BarSeries): Timeframe | undefined {
  const counts = new Map<number, number>();
  for (let t = 1; t < length; t += 1) {
    const gapMs = valueAt(time, t) - valueAt(time, t - 1);
    counts.set(gapMs, (counts.get(gapMs) ?? 0) + 1);
  }
  let commonMs = 0;
  let most = 0;
  for (const [gapMs, count] of counts)
    if (count > most) {
      commonMs = gapMs;
      most = count;
    }
  return TIMEFRAMES.find((timeframe) => TIMEFRAME_MS[timeframe] === commonMs);
}
