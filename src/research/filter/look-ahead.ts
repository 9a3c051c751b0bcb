import { emptySeries, sliceSeries, type BarSeries } from "../../core/bar-series.ts";
import { UsageError } from "../../core/errors.ts";
import type { FeatureSet } from "../../core/filter/feature-set.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { Timeframe } from "../../core/bar.ts";

/** Bars that are looked at, spread over those that are asked about. */
const PROBES = 25;

/**
 * Computes the features at some of these bars once more without any later bar, and with later bars of other prices. Throws
 * a UsageError that names the first feature that comes out otherwise: it knows the future, and its model would be worth nothing.
 */
export function refuseLookAhead(
  features: FeatureSet,
  series: BarSeries,
  bars: readonly number[],
  timeframe: Timeframe,
): void {
  const step = Math.max(1, Math.floor(bars.length / PROBES));
  for (const bar of bars.filter((_, index) => index % step === 0)) {
    const told = features.at(series, bar, timeframe);
    for (const other of [sliceSeries(series, 0, bar + 1), otherFuture(series, bar)]) {
      const again = features.at(other, bar, timeframe);
      const wrong = features.names.findIndex((_, index) => !Object.is(told?.[index], again?.[index]));
      if (wrong >= 0)
        throw new UsageError(
          `feature ${features.names[wrong] ?? ""} knows the future: at ${isoTime(series.time[bar] ?? 0)} it is ${String(told?.[wrong])}, and ${String(again?.[wrong])} with other bars after that one; expected a value of the bars so far`,
        );
    }
  }
}

/** The same bars up to `bar`; after it prices turn about and volumes change. */
function otherFuture(series: BarSeries, bar: number): BarSeries {
  const other = emptySeries(series.length);
  for (const name of ["time", "open", "high", "low", "close", "volume"] as const) {
    other[name].set(series[name]);
    if (name === "time") continue;
    for (let t = bar + 1; t < series.length; t += 1)
      other[name][t] = (series[name][bar] ?? 0) * (name === "low" ? 0.4 : 0.5) + (t % 7);
  }
  return other;
}
