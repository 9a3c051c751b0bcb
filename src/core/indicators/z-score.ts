import { valueAt } from "../column.ts";
import { TIE_TOLERANCE } from "../signal.ts";

/**
 * (newest − mean) / sample standard deviation over the last `period` (>= 2) closes including the newest; NaN until there are
 * that many, and while the deviation is nothing (<= 1e-12 × close). Both passes run over the window afresh on each bar: the
 * difference of sums of squares loses too many digits.
 */
export class ZScore {
  value = Number.NaN;
  mean = Number.NaN;
  /** Sample deviation (divided by period − 1), dollars. */
  deviation = Number.NaN;
  private at = 0;
  private bars = 0;
  /** Each close stands twice, `period` apart, so that the window is always one stretch, oldest first. */
  private readonly ring: Float64Array;
  private readonly period: number;

  constructor(period: number) {
    this.period = period;
    this.ring = new Float64Array(2 * period);
  }

  step(close: number): number {
    const { ring, period, at } = this;
    ring[at] = close;
    ring[at + period] = close;
    const start = at + 1 === period ? 0 : at + 1;
    this.at = start;
    if (this.bars < period) {
      this.bars += 1;
      if (this.bars < period) return Number.NaN;
    }
    const end = start + period;
    let sum = 0;
    for (let index = start; index < end; index += 1) sum += valueAt(ring, index);
    const mean = sum / period;
    let squares = 0;
    for (let index = start; index < end; index += 1) {
      const distance = valueAt(ring, index) - mean;
      squares += distance * distance;
    }
    const deviation = Math.sqrt(squares / (period - 1));
    this.mean = mean;
    this.deviation = deviation;
    this.value = deviation <= TIE_TOLERANCE * close ? Number.NaN : (close - mean) / deviation;
    return this.value;
  }
}
