import { valueAt } from "../column.ts";
import type { IndicatorColumns } from "./columns.ts";
import { isAbove } from "./tie.ts";

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
      sum = sumOf(ring, 0, period);
    }
    this.sum = sum;
    return this.full ? sum / period : Number.NaN;
  }
}

/** The sum of values[from … to − 1], oldest first. */
export function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index += 1) sum += valueAt(values, index);
  return sum;
}

/** What `Sma` answers on each of the values: the same additions in the same order, so the same to the last bit, without a call and a ring a value. */
function averagesOf(values: Float64Array, period: number): Float64Array {
  const averages = new Float64Array(values.length).fill(Number.NaN, 0, period - 1);
  for (let t = period - 1; t < values.length;) {
    let sum = sumOf(values, t - period + 1, t + 1);
    averages[t] = sum / period;
    t += 1;
    for (const end = Math.min(values.length, t + period - 1); t < end; t += 1) {
      sum += valueAt(values, t) - valueAt(values, t - period);
      averages[t] = sum / period;
    }
  }
  return averages;
}

/** Adds 1 to `counts` at each value that lies above its average, as `Sma` has it: in one pass, without a column of averages between. */
export function countAbove(values: Float64Array, period: number, counts: Uint8Array): void {
  for (let t = period - 1; t < values.length;) {
    let sum = sumOf(values, t - period + 1, t + 1);
    counts[t] = (counts[t] ?? 0) + Number(isAbove(valueAt(values, t), sum / period, valueAt(values, t)));
    t += 1;
    for (const end = Math.min(values.length, t + period - 1); t < end; t += 1) {
      const value = valueAt(values, t);
      sum += value - valueAt(values, t - period);
      counts[t] = (counts[t] ?? 0) + Number(isAbove(value, sum / period, value));
    }
  }
}

/** The average of closes at every bar. */
export function smaColumn(columns: IndicatorColumns, period: number): Float64Array {
  return columns.of(`sma ${period}`, ({ close }) => averagesOf(close, period));
}
