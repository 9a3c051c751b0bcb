import { valueAt } from "../column.ts";
/**
 * Mean of the last `period` values, added up only when somebody asks: for rules that look at it on few bars. A fresh sum,
 * oldest first, so that volumes in fractions (crypto) come out the same however long the run is.
 */
export class TrailingMean {
  private at = 0;
  private readonly ring: Float64Array;

  constructor(period: number) {
    this.ring = new Float64Array(period).fill(Number.NaN);
  }

  /** Takes the newest value into the window. */
  push(value: number): void {
    const { ring, at } = this;
    ring[at] = value;
    this.at = at + 1 === ring.length ? 0 : at + 1;
  }

  /** NaN until `period` values were pushed. */
  mean(): number {
    const { ring, at } = this;
    let sum = 0;
    for (let index = at; index < ring.length; index += 1) sum += valueAt(ring, index);
    for (let index = 0; index < at; index += 1) sum += valueAt(ring, index);
    return sum / ring.length;
  }
}
