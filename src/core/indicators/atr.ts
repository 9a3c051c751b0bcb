import type { BarSeries } from "../bar-series.ts";
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

/** The ATR at every bar, NaN until it exists: what `Atr` answers step by step, to the last bit. */
export function atrColumn(columns: IndicatorColumns, period: number = STOP_ATR_PERIOD): Float64Array {
  return columns.of(`atr ${period}`, (bars) => atrValues(bars, period));
}

/** After so many periods two averages of the same ranges are the same double, whatever they began with: each bar takes 1/period off their distance. */
const FORGOTTEN_AFTER_PERIODS = 150;

/**
 * As `atrColumn`. Every average waits for the one before it, and for its division longer than for all the rest: so four lanes
 * go through a quarter of the bars each, side by side. The three later ones begin early with any average at all; should one not
 * have come to be the same as the lane before it by then, its bars are gone through again.
 */
export function atrValues(bars: BarSeries, period: number = STOP_ATR_PERIOD): Float64Array {
  const { length } = bars;
  const values = new Float64Array(length).fill(Number.NaN, 0, period);
  const early = period * FORGOTTEN_AFTER_PERIODS;
  const quarter = Math.floor((length - early - period - 1) / 4);
  const first = quarter < early ? length : length - early - 4 * quarter;
  let average = 0;
  for (let t = 1; t < first; t += 1) {
    average = wilderStep(t, average, rangeAt(bars.high, bars.low, bars.close, t), period);
    if (t >= period) values[t] = average;
  }
  if (first === length) return values;
  const lanes = new Float64Array(4).fill(average);
  // A lane's early bars are the last ones of the lane before it, which writes them later.
  averageInLanes(bars, period, values, lanes, [first, first + early], quarter);
  const [, ...joints] = lanes;
  averageInLanes(bars, period, values, lanes, [first + early, first + early + quarter], quarter);
  for (const [index, joint] of joints.entries()) {
    const t = first + early - 1 + (index + 1) * quarter;
    if (values[t] !== joint) averageAgain(bars, period, values, t + 1);
  }
  return values;
}

/** Takes lane 0 through the bars [from, to) and each further lane through those `apart` bars later; `lanes` holds their averages. */
function averageInLanes(
  bars: BarSeries,
  period: number,
  values: Float64Array,
  lanes: Float64Array,
  [from, to]: readonly [number, number],
  apart: number,
): void {
  const { high, low, close } = bars;
  let a = valueAt(lanes, 0);
  let b = valueAt(lanes, 1);
  let c = valueAt(lanes, 2);
  let d = valueAt(lanes, 3);
  for (let t = from; t < to; t += 1) {
    a = wilderStep(t, a, rangeAt(high, low, close, t), period);
    b = wilderStep(t, b, rangeAt(high, low, close, t + apart), period);
    c = wilderStep(t, c, rangeAt(high, low, close, t + 2 * apart), period);
    d = wilderStep(t, d, rangeAt(high, low, close, t + 3 * apart), period);
    values[t] = a;
    values[t + apart] = b;
    values[t + 2 * apart] = c;
    values[t + 3 * apart] = d;
  }
  lanes.set([a, b, c, d]);
}

/** Goes on from the average at bar `from` − 1 until it meets what is there. */
function averageAgain(bars: BarSeries, period: number, values: Float64Array, from: number): void {
  let average = valueAt(values, from - 1);
  for (let t = from; t < values.length; t += 1) {
    average = wilderStep(t, average, rangeAt(bars.high, bars.low, bars.close, t), period);
    if (average === values[t]) return;
    values[t] = average;
  }
}

/** The true range of bar `t` >= 1. */
function rangeAt(high: Float64Array, low: Float64Array, close: Float64Array, t: number): number {
  return trueRange(valueAt(high, t), valueAt(low, t), valueAt(close, t - 1));
}
