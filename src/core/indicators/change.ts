import { valueAt } from "../column.ts";

/** The move from an earlier close to a later one, as a fraction. */
export function changeOf(close: number, before: number): number {
  return close / before - 1;
}

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
    this.value = changeOf(close, valueAt(ring, at));
    ring[at] = close;
    this.at = at + 1 === this.lookback ? 0 : at + 1;
    return this.value;
  }
}
