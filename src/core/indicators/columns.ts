import type { BarSeries } from "../bar-series.ts";
import { ByteCache } from "../byte-cache.ts";

/** 160 columns of 100,000 bars. */
const MOST_BYTES = 128_000_000;

/**
 * Indicators of one series as columns, a value a bar: each is computed when it is first asked for, by the class that kernels
 * step, from the first bar on, and shared by all that ask after.
 */
export class IndicatorColumns {
  readonly bars: BarSeries;
  private readonly columns: ByteCache<Float64Array>;

  constructor(bars: BarSeries, mostBytes: number = MOST_BYTES) {
    this.bars = bars;
    this.columns = new ByteCache(mostBytes);
  }

  /** The column of this name (`sma 20`). Whoever gives a name must always compute the same by it. */
  of(name: string, compute: (bars: BarSeries) => Float64Array): Float64Array {
    return this.columns.get(name, () => compute(this.bars));
  }
}
