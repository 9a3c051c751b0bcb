import type { BarSeries } from "../core/bar-series.ts";
import { sliceSeries } from "../core/bar-series.ts";
import { valueAt } from "../core/column.ts";
import { UsageError } from "../core/errors.ts";
import { isoTime } from "../core/iso-time.ts";

/** Bars up to the end of a period, and where in them it begins: what lies before is history for the indicators. */
interface Period {
  readonly series: BarSeries;
  readonly start: number;
}

/** The bars whose time lies in [fromMs, toMs], and all those before. Throws a UsageError where there is none. */
export function periodOf(series: BarSeries, fromMs: number, toMs: number): Period {
  const start = firstFrom(series, fromMs);
  const end = firstFrom(series, toMs + 1);
  if (series.length === 0) throw new UsageError("no bars in that period, and none before it");
  if (start >= end)
    throw new UsageError(
      `no bars in that period: there are bars from ${timeAt(series, 0)} to ${timeAt(series, series.length - 1)}`,
    );
  return { series: end === series.length ? series : sliceSeries(series, 0, end), start };
}

function timeAt({ time }: BarSeries, index: number): string {
  return isoTime(valueAt(time, index));
}

function firstFrom({ time, length }: BarSeries, ms: number): number {
  const found = time.findIndex((at) => at >= ms);
  return found < 0 ? length : found;
}
