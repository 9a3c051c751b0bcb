import type { BarSeries } from "../../core/bar-series.ts";
import type { SymbolBars } from "../portfolio.ts";

/** The bars in memory that threads see without a copy of their own. */
export function sharedSymbols(symbols: readonly SymbolBars[]): readonly SymbolBars[] {
  return symbols.map(({ symbol, series, start = 0 }) => ({ symbol, series: shared(series), start }));
}

function shared({ length, time, open, high, low, close, volume }: BarSeries): BarSeries {
  return {
    length,
    time: column(time),
    open: column(open),
    high: column(high),
    low: column(low),
    close: column(close),
    volume: column(volume),
  };
}

function column(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
