import type { BarSeries } from "../../core/bar-series.ts";
import { sliceSeries } from "../../core/bar-series.ts";
import { valueAt } from "../../core/column.ts";
import { UsageError } from "../../core/errors.ts";
import type { SymbolBars } from "../portfolio.ts";
import type { Span, Study, StudyWindow } from "./contract.ts";
import { windowsOf } from "./windows.ts";

/** The parsed bars of a study, and what many of its trials look at in common. */
export interface StudyBars {
  readonly symbols: readonly SymbolBars[];
  readonly windows: readonly StudyWindow[];
}

/** Makes bars ready for the trials of a study. Throws a UsageError when there are none, or too few for its windows. */
export function studyBars(
  { walkForward }: Pick<Study, "walkForward">,
  symbols: readonly SymbolBars[],
): StudyBars {
  if (symbols.length === 0) throw new UsageError("no bars: name at least one symbol");
  return { symbols, windows: windowsOf(walkForward, timesOf(symbols)) };
}

/** Every time at which any symbol has a bar in the period, ascending. */
function timesOf(symbols: readonly SymbolBars[]): Float64Array {
  const times = symbols.map(({ series, start = 0 }) => series.time.subarray(start));
  const [only] = times;
  if (only !== undefined && times.length === 1) return only;
  return Float64Array.from(new Set(times.flatMap((each) => [...each]))).sort();
}

/**
 * The bars of each symbol up to the end of the span, of which only those of the span are decided: those before it are history.
 * With `fromBefore` the bar before the span is decided, too, so that an order of its close fills in the span.
 */
export function barsOf(
  symbols: readonly SymbolBars[],
  { fromMs, toMs }: Span,
  { fromBefore }: { readonly fromBefore: boolean },
): readonly SymbolBars[] {
  return symbols.flatMap(({ symbol, series }) => {
    const first = firstFrom(series, fromMs);
    const end = firstFrom(series, toMs + 1);
    if (first >= end) return [];
    const start = fromBefore ? Math.max(0, first - 1) : first;
    return [{ symbol, series: end === series.length ? series : sliceSeries(series, 0, end), start }];
  });
}

function firstFrom({ time, length }: BarSeries, ms: number): number {
  let before = -1;
  let first = length;
  while (first - before > 1) {
    const middle = (before + first) >>> 1;
    if (valueAt(time, middle) < ms) before = middle;
    else first = middle;
  }
  return first;
}
