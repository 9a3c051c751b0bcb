import { valueAt } from "../core/column.ts";
import type { BarSeries } from "../core/bar-series.ts";
import { TIMEFRAMES, TIMEFRAME_MS, type Timeframe } from "../core/bar.ts";

/** The timeframe of a series by its usual distance; undefined when that is none of the known ones, or there is one bar only. */
export function inferTimeframe(series: BarSeries): Timeframe | undefined {
  const usualMs = usualDistanceMs(series);
  return TIMEFRAMES.find((timeframe) => TIMEFRAME_MS[timeframe] === usualMs);
}

/**
 * The most frequent distance between the bars of a series (nights, weekends and minutes without a trade make others), ms;
 * undefined when there is one bar only.
 */
export function usualDistanceMs({ time, length }: BarSeries): number | undefined {
  const counts = new Map<number, number>();
  for (let t = 1; t < length; t += 1) {
    const gapMs = valueAt(time, t) - valueAt(time, t - 1);
    counts.set(gapMs, (counts.get(gapMs) ?? 0) + 1);
  }
  let usualMs: number | undefined;
  let most = 0;
  for (const [gapMs, count] of counts)
    if (count > most) {
      usualMs = gapMs;
      most = count;
    }
  return usualMs;
}
