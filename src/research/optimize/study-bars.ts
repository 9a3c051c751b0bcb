import type { Timeframe } from "../../core/bar.ts";
import { sliceSeries, type BarSeries } from "../../core/bar-series.ts";
import { ByteCache } from "../../core/byte-cache.ts";
import { valueAt } from "../../core/column.ts";
import { UsageError } from "../../core/errors.ts";
import { atrColumn } from "../../core/indicators/atr.ts";
import { IndicatorColumns } from "../../core/indicators/columns.ts";
import type { Params, Strategy } from "../../core/strategies/contract.ts";
import type { KnownColumns } from "../backtest.ts";
import type { SymbolBars } from "../portfolio.ts";
import { scanSignals } from "../signals.ts";
import { inferTimeframe } from "../timeframe.ts";
import type { Span, Study, StudyWindow } from "./contract.ts";
import { windowsOf } from "./windows.ts";

/** Signals that are kept for trials that differ in their exits or windows only: 600 series of 100,000 bars. */
const MOST_SIGNAL_BYTES = 64_000_000;

/** The parsed bars of a study, and what its trials compute in common. */
export interface StudyBars {
  readonly symbols: readonly StudySymbol[];
  /** Every time at which any symbol has a bar in the period, epoch ms, ascending. */
  readonly time: Float64Array;
  readonly windows: readonly StudyWindow[];
  /** As the study says, or as the bars of the first symbol tell. */
  readonly timeframe: Timeframe | undefined;
}

interface StudySymbol extends SymbolBars {
  readonly columns: IndicatorColumns;
  readonly signals: ByteCache<Int8Array>;
}

/** Makes bars ready for the trials of a study. Throws a UsageError when there are none, or too few for its windows. */
export function studyBars(
  { walkForward, bars: { timeframe } }: Pick<Study, "walkForward" | "bars">,
  symbols: readonly SymbolBars[],
): StudyBars {
  const [first] = symbols;
  if (first === undefined) throw new UsageError("no bars: name at least one symbol");
  const time = timesOf(symbols);
  return {
    symbols: symbols.map((bars) => ({
      ...bars,
      columns: new IndicatorColumns(bars.series),
      signals: new ByteCache(MOST_SIGNAL_BYTES),
    })),
    time,
    windows: windowsOf(walkForward, time),
    timeframe: timeframe ?? inferTimeframe(first.series),
  };
}

function timesOf(symbols: readonly SymbolBars[]): Float64Array {
  const times = symbols.map(({ series, start = 0 }) => series.time.subarray(start));
  const [only] = times;
  if (only !== undefined && times.length === 1) return only;
  const all = new Set<number>();
  for (const each of times) for (const time of each) all.add(time);
  return Float64Array.from(all).sort();
}

/** A part of the bars on which one setting of a strategy is tested. */
interface Part {
  readonly strategy: Strategy;
  readonly params: Params;
  readonly span: Span;
  /** The bar before the span is decided, too, so that an order of its close fills in the span. */
  readonly fromBefore: boolean;
}

/**
 * The bars of each symbol up to the end of the span, of which only those of the span are decided: those before it are history.
 * Signals depend on no later bar, so those of all bars hold for every part of them.
 */
export function barsOf({ symbols, timeframe }: StudyBars, part: Part): readonly SymbolBars[] {
  const { span, fromBefore } = part;
  return symbols.flatMap(({ symbol, series, columns, signals }) => {
    const first = firstFrom(series, span.fromMs);
    const end = firstFrom(series, span.toMs + 1);
    if (first >= end) return [];
    const { strategy, params } = part;
    const known: KnownColumns = {
      signals: signals.get(`${strategy.id} ${JSON.stringify(params)}`, () =>
        scanSignals({ strategy, params, series, ...(timeframe === undefined ? {} : { timeframe }) }, columns),
      ),
      atr: atrColumn(columns),
    };
    const start = fromBefore ? Math.max(0, first - 1) : first;
    return [{ symbol, series: end === series.length ? series : sliceSeries(series, 0, end), start, known }];
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
