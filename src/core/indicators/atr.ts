import { valueAt } from "../column.ts";
import type { IndicatorColumns } from "./columns.ts";
import { wilderStep } from "./wilder.ts";

/** The period of the ATR behind every stop, whatever the strategy's own parameters say (STRATEGIES.md, Exits). */
export const STOP_ATR_PERIOD = 14;

/**
 * Wilder's average true range in dollars: the true range starts at bar 1, the average at bar `period` with the mean of
 * TR[1 … period] (TA-Lib's convention); NaN before. Wilder 1978, ch. 3.
 * One kernel a series: call `step` once a closed bar, in order; `value` keeps the newest result.
 */
export class Atr {
  private average = Number.NaN;
  private previousClose = Number.NaN;
  private bar = -1;
  private readonly period: number;

  constructor(period: number = STOP_ATR_PERIOD) {
    this.period = period;
    this.average = 0;
  }

  /** ATR at the newest bar, dollars; NaN until bar `period` (bars count from 0). */
  get value(): number {
    return this.bar >= this.period ? this.average : Number.NaN;
  }

  step(high: number, low: number, close: number): number {
    this.bar += 1;
    // The first true range needs a close before it.
    if (this.bar > 0)
      this.average = wilderStep(
        this.bar,
        this.average,
        trueRange(high, low, this.previousClose),
        this.period,
      );
    this.previousClose = close;
    return this.value;
  }
}

/**
 * max(high − low, |high − previous close|, |low − previous close|), bit for bit: the span of the bar, stretched to the close
 * before. Its branches nearly always go one way, which those of three differences do not.
 */
export function trueRange(high: number, low: number, previousClose: number): number {
  const top = previousClose > high ? previousClose : high;
  const bottom = previousClose < low ? previousClose : low;
  return top - bottom;
}

/** The ATR at every bar. */
export function atrColumn(columns: IndicatorColumns, period: number = STOP_ATR_PERIOD): Float64Array {
  return columns.of(`atr ${period}`, ({ high, low, close, length }) => {
    const atr = new Atr(period);
    const values = new Float64Array(length);
    for (let t = 0; t < length; t += 1)
      values[t] = atr.step(valueAt(high, t), valueAt(low, t), valueAt(close, t));
    return values;
  });
}
