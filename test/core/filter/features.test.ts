import { describe, expect, it } from "vitest";
import { seriesOf, sliceSeries } from "../../../src/core/bar-series.ts";
import { FEATURES } from "../../../src/core/filter/features.ts";
import { walk } from "../series-builder.ts";

const BARS = walk(160, 3);
const SERIES = seriesOf(BARS);

function named(t: number, series = SERIES): Readonly<Record<string, number>> {
  const values = FEATURES.at(series, t, "1Min") ?? [];
  return Object.fromEntries(FEATURES.names.map((name, index) => [name, values[index] ?? Number.NaN]));
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe("the features of an entry", () => {
  it("are a closed list under a version: whoever changes one raises it", () => {
    expect([FEATURES.version, ...FEATURES.names]).toEqual([
      1,
      "rsi_14",
      "macd_histogram_atr",
      "atr_pct",
      "bollinger_20",
      "adx_14",
      "sma_20_distance_atr",
      "sma_50_distance_atr",
      "move_1_atr",
      "move_5_atr",
      "move_20_atr",
      "move_60_atr",
      "volume_ratio_20",
      "range_atr",
      "close_in_bar",
      "hour",
      "weekday",
    ]);
  });

  it("exist from bar 99 on and are never NaN", () => {
    expect(FEATURES.at(SERIES, 98, "1Min")).toBeUndefined();
    for (let t = 99; t < SERIES.length; t += 1)
      expect(FEATURES.at(SERIES, t, "1Min")?.every(Number.isFinite)).toBe(true);
  });

  it("do not depend on how much history there is: live and backtest see the same to the last bit", () => {
    for (const t of [120, 150, 159])
      expect(FEATURES.at(sliceSeries(SERIES, t - 110, t + 1), 110, "1Min")).toEqual(
        FEATURES.at(SERIES, t, "1Min"),
      );
  });

  it("do not exist where nothing moved, for there is nothing to divide by", () => {
    const still = BARS.map((bar) => ({ ...bar, open: 50, high: 50, low: 50, close: 50 }));
    expect(FEATURES.at(seriesOf(still), 150, "1Min")).toBeUndefined();
  });

  it("are the definitions, reckoned by hand", () => {
    const closes = BARS.slice(0, 160).map(({ close }) => close);
    const values = named(159);
    const sma20 = mean(closes.slice(-20));
    const deviation = Math.sqrt(closes.slice(-20).reduce((sum, close) => sum + (close - sma20) ** 2, 0) / 19);
    const last = BARS[159] ?? { open: 0, high: 0, low: 0, close: 0, volume: 0 };
    const atr = ((values["atr_pct"] ?? 0) / 100) * last.close;
    expect(values["bollinger_20"]).toBeCloseTo((last.close - sma20) / (2 * deviation), 10);
    expect(values["sma_20_distance_atr"]).toBeCloseTo((last.close - sma20) / atr, 10);
    expect(values["move_5_atr"]).toBeCloseTo((last.close - (closes[154] ?? 0)) / atr, 10);
    expect(values["volume_ratio_20"]).toBeCloseTo(
      last.volume / mean(BARS.slice(140, 160).map(({ volume }) => volume)),
      10,
    );
    expect(values["range_atr"]).toBeCloseTo((last.high - last.low) / atr, 10);
  });

  it.each([
    // 2026-01-05 is a Monday; New York is five hours behind UTC in winter and four in summer.
    ["an intraday bar in winter", "15Min", "2026-01-05T15:30:00Z", 10.5, 1],
    ["an intraday bar in summer", "15Min", "2026-07-06T14:30:00Z", 10.5, 1],
    ["a daily bar dated midnight UTC", "1Day", "2026-01-05T00:00:00Z", 0, 1],
    ["a daily bar dated midnight in New York", "1Day", "2026-01-05T05:00:00Z", 0, 1],
  ] as const)("tell hour and weekday of %s", (_name, timeframe, time, hour, weekday) => {
    const shifted = BARS.map((bar, index) => ({ ...bar, time: Date.parse(time) - (159 - index) * 60_000 }));
    const values = FEATURES.at(seriesOf(shifted), 159, timeframe) ?? [];
    expect(values.slice(-2)).toEqual([hour, weekday]);
  });
});
