import { wilderStep } from "./wilder.ts";

/**
 * Wilder's RSI, 0–100, unrounded: 100 − 100 / (1 + average gain / average loss). Seeded with the simple means of the first
 * `period` gains and losses. NaN until `period` + 1 closes, and while the close has never moved (0/0); 100 when there was no
 * loss. Wilder 1978, ch. 6.
 */
export class Rsi {
  value = Number.NaN;
  private gain = Number.NaN;
  private loss = Number.NaN;
  private previous = Number.NaN;
  private bar = 0;
  private readonly period: number;

  constructor(period: number) {
    this.period = period;
    this.gain = 0;
    this.loss = 0;
  }

  step(close: number): number {
    const { bar, period } = this;
    const change = close - this.previous;
    this.previous = close;
    this.bar = bar + 1;
    this.gain = wilderStep(bar, this.gain, change > 0 ? change : 0, period);
    this.loss = wilderStep(bar, this.loss, change < 0 ? -change : 0, period);
    // x/0 is Infinity and makes 100; 0/0 stays NaN.
    this.value = bar < period ? Number.NaN : 100 - 100 / (1 + this.gain / this.loss);
    return this.value;
  }
}
