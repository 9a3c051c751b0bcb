import { valueAt } from "../column.ts";
import type { IndicatorColumns } from "./columns.ts";
import { overCloses } from "./over-closes.ts";

/**
 * Simple moving average of the last `period` (>= 1) values including the newest; NaN until there are that many.
 * A running sum, added up afresh each time the ring is full round: rounding errors never pile up over a long run, and those of
 * prices far above today's are gone with the prices.
 */
export class Sma {
  // NaN first: a field that begins as a small integer costs V8 a deoptimisation at the first fraction.
  private sum = Number.NaN;
  private next = 0;
  private full = false;
  private readonly ring: Float64Array;
  private readonly period: number;

  constructor(period: number) {
    this.period = period;
    this.ring = new Float64Array(period);
    this.sum = 0;
  }

  get value(): number {
    return this.full ? this.sum / this.period : Number.NaN;
  }

  step(value: number): number {
    const { ring, next, period } = this;
    let sum = this.sum + (value - valueAt(ring, next));
    ring[next] = value;
    if (next + 1 < period) this.next = next + 1;
    else {
      this.next = 0;
      this.full = true;
      sum = total(ring);
    }
    this.sum = sum;
    return this.full ? sum / period : Number.NaN;
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += valueAt(values, index);
  return sum;
}

/** The average of closes at every bar. */
export function smaColumn(columns: IndicatorColumns, period: number): Float64Array {
  return columns.of(`sma ${period}`, (bars) => {
    const average = new Sma(period);
    return overCloses(bars, (close) => average.step(close));
  });
}
