import { ADX, MACD } from "technicalindicators";
import { sliceSeries, type BarSeries } from "../bar-series.ts";
import type { Timeframe } from "../bar.ts";
import { exchangeMinute, exchangeWeekday } from "../calendar.ts";
import { valueAt } from "../column.ts";
import { Atr } from "../indicators/atr.ts";
import { Rsi } from "../indicators/rsi.ts";
import { Sma } from "../indicators/sma.ts";
import { ZScore } from "../indicators/z-score.ts";
import type { FeatureSet } from "./feature-set.ts";

/** Bars that the values are computed from, afresh each time: so they do not depend on how much history there is. */
const WINDOW = 100;
const HORIZONS = [1, 5, 20, 60] as const;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** What is computed of a window of bars; NaN where it does not exist. Distances are in ATRs, so that symbols compare. */
const VALUES = {
  rsi_14: ({ close }) => newest(close, new Rsi(14)),
  macd_histogram_atr: ({ close }, atr) => macdHistogram(close) / atr,
  atr_pct: ({ close }, atr) => (atr / last(close)) * 100,
  /** (close − mean) / (2 × deviation) of 20 closes: −1 at the lower band, 1 at the upper one. */
  bollinger_20: ({ close }) => newest(close, new ZScore(20)) / 2,
  adx_14: ({ high, low, close }) => adx(high, low, close),
  sma_20_distance_atr: ({ close }, atr) => (last(close) - newest(close, new Sma(20))) / atr,
  sma_50_distance_atr: ({ close }, atr) => (last(close) - newest(close, new Sma(50))) / atr,
  ...Object.fromEntries(
    HORIZONS.map((bars) => [
      `move_${bars}_atr`,
      ({ close }: BarSeries, atr: number) => (last(close) - valueAt(close, close.length - 1 - bars)) / atr,
    ]),
  ),
  /** Volume over the mean of the last 20; 1 where nothing was traded in all of them. */
  volume_ratio_20: ({ volume }) => ratio(last(volume), newest(volume, new Sma(20))),
  /** Range of the bar in ATRs. */
  range_atr: ({ high, low }, atr) => (last(high) - last(low)) / atr,
  /** Where the close lies in the bar: 0 at its low, 1 at its high, 0.5 in a bar without a range. */
  close_in_bar: ({ high, low, close }) =>
    last(high) > last(low) ? (last(close) - last(low)) / (last(high) - last(low)) : 0.5,
  /** New York time at which the bar began, in hours; 0 for daily bars, whose time is a date. */
  hour: ({ time }, _, timeframe) => (timeframe === "1Day" ? 0 : exchangeMinute(last(time)) / 60),
  /** 0 is Sunday. Daily bars are dated at midnight, in New York or in UTC: both are the same day in UTC. */
  weekday: ({ time }, _, timeframe) =>
    timeframe === "1Day" ? new Date(last(time)).getUTCDay() : WEEKDAYS.indexOf(exchangeWeekday(last(time))),
} as const satisfies Readonly<
  Record<string, (window: BarSeries, atr: number, timeframe: Timeframe) => number>
>;

/** The closed list that built-in models are trained on; RSI, ATR: Wilder 1978; MACD: Appel 12/26/9; bands: Bollinger 20. */
export const FEATURES: FeatureSet = {
  version: 1,
  names: Object.keys(VALUES),
  bars: WINDOW,
  at(series, t, timeframe) {
    if (t + 1 < WINDOW) return undefined;
    const window = sliceSeries(series, t + 1 - WINDOW, t + 1);
    const atr = atrOf(window);
    const values = Object.values(VALUES).map((value) => value(window, atr, timeframe));
    return values.every(Number.isFinite) ? values : undefined;
  },
};

function last(column: Float64Array): number {
  return valueAt(column, column.length - 1);
}

function newest(column: Float64Array, indicator: { step(value: number): number }): number {
  let value = Number.NaN;
  for (const each of column) value = indicator.step(each);
  return value;
}

function atrOf({ high, low, close, length }: BarSeries): number {
  const atr = new Atr();
  for (let t = 0; t < length; t += 1) atr.step(valueAt(high, t), valueAt(low, t), valueAt(close, t));
  return atr.value;
}

function macdHistogram(close: Float64Array): number {
  const macd = MACD.calculate({
    values: [...close],
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
  });
  return macd.at(-1)?.histogram ?? Number.NaN;
}

function adx(high: Float64Array, low: Float64Array, close: Float64Array): number {
  const values = ADX.calculate({ high: [...high], low: [...low], close: [...close], period: 14 });
  return values.at(-1)?.adx ?? Number.NaN;
}

function ratio(value: number, mean: number): number {
  return mean === 0 ? 1 : value / mean;
}
