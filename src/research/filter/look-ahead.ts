import { emptySeries, sliceSeries, type BarSeries } from "../../core/bar-series.ts";
import { UsageError } from "../../core/errors.ts";
import type { FeatureSet } from "../../core/filter/feature-set.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { Timeframe } from "../../core/bar.ts";
import { seeded } from "../optimize/seeded.ts";

/** Bars that are asked about without their future: every one up to so many, else one drawn of each of as many equal parts. */
const MOST_CUT = 500;
/** The newest, which a model decides like, are all among them. */
const NEWEST_CUT = 100;
/** Bars that are asked about with another future, which costs a copy of the whole series each. */
const MOST_REPLACED = 25;
const SEED = 20_180_203;

/**
 * Computes the features once more without any later bar, at every one of `bars` up to 600, beyond that at the last 100 and 500
 * drawn from all over the rest; and at about 25 with later bars of other prices. Throws a UsageError that names the first
 * feature that comes out otherwise, where it can be told: it knows the future, and its model would be worth nothing.
 */
export function refuseLookAhead(
  features: FeatureSet,
  series: BarSeries,
  bars: readonly number[],
  timeframe: Timeframe,
): void {
  const check = (bar: number, other: BarSeries, how: string): void => {
    const told = features.at(series, bar, timeframe);
    const again = features.at(other, bar, timeframe);
    const at = isoTime(series.time[bar] ?? 0);
    // Which of them made the others vanish cannot be seen.
    if ((told === undefined) !== (again === undefined))
      throw new UsageError(
        `the features know the future: at ${at} they ${again === undefined ? "do not exist" : "exist only"} ${how}; expected values of the bars so far`,
      );
    const wrong = features.names.findIndex((_, index) => !Object.is(told?.[index], again?.[index]));
    if (wrong >= 0)
      throw new UsageError(
        `feature ${features.names[wrong] ?? ""} knows the future: at ${at} it is ${String(told?.[wrong])}, and ${String(again?.[wrong])} ${how}; expected a value of the bars so far`,
      );
  };
  const older = bars.slice(0, -NEWEST_CUT);
  for (const bar of [...drawn(older, MOST_CUT), ...bars.slice(-NEWEST_CUT)])
    check(bar, sliceSeries(series, 0, bar + 1), "without the bars after that one");
  for (const bar of drawn(bars, MOST_REPLACED))
    check(bar, otherFuture(series, bar), "with other bars after that one");
}

/** All, or one of each of `most` equal parts, drawn so that what comes back every so many bars is not passed over each time. */
function drawn(bars: readonly number[], most: number): readonly number[] {
  if (bars.length <= most) return bars;
  const random = seeded(SEED);
  return Array.from(
    { length: most },
    (_, part) => bars[Math.floor(((part + random()) * bars.length) / most)],
  ).filter((bar) => bar !== undefined);
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
