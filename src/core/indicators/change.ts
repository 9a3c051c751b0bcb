import { valueAt } from "../column.ts";
/** close / close `lookback` (>= 1) bars ago − 1, as a fraction; NaN until there is a close that old. */
export class Change {
  value = Number.NaN;
  private at = 0;
  private readonly ring: Float64Array;
  private readonly lookback: number;

  constructor(lookback: number) {
    this.lookback = lookback;
    this.ring = new Float64Array(lookback).fill(Number.NaN);
  }

  step(close: number): number {
    const { ring, at } = this;
    this.value = close / valueAt(ring, at) - 1;
    ring[at] = close;
    this.at = at + 1 === this.lookback ? 0 : at + 1;
    return this.value;
  }
}
