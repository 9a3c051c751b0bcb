import * as fc from "fast-check";
import { ATR, RSI } from "technicalindicators";
import { describe, expect, it } from "vitest";
import { Atr, atrValues, trueRange } from "../../../src/core/indicators/atr.ts";
import { Change } from "../../../src/core/indicators/change.ts";
import { Rsi } from "../../../src/core/indicators/rsi.ts";
import { Sma } from "../../../src/core/indicators/sma.ts";
import { side } from "../../../src/core/indicators/tie.ts";
import { TrailingMean } from "../../../src/core/indicators/trailing-mean.ts";
import { ZScore } from "../../../src/core/indicators/z-score.ts";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { walk } from "../series-builder.ts";

const prices = fc
  .array(fc.integer({ min: 100, max: 100_000 }), { minLength: 1, maxLength: 200 })
  .map((cents) => cents.map((each) => each / 100));
const period = fc.integer({ min: 1, max: 40 });

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isNear(actual: number, expected: number, tolerance = 1e-10): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

describe("SMA", () => {
  it("is the mean of the last n values, the newest included, and nothing before", () => {
    const sma = new Sma(3);
    expect([1, 2, 6, 4, 11].map((value) => sma.step(value))).toEqual([
      Number.NaN,
      Number.NaN,
      3, // (1 + 2 + 6) / 3
      4, // (2 + 6 + 4) / 3
      7, // (6 + 4 + 11) / 3
    ]);
    expect(sma.value).toBe(7);
  });

  it("equals a fresh sum on every bar", () => {
    fc.assert(
      fc.property(prices, period, (values, length) => {
        const sma = new Sma(length);
        expect(
          values.every((value, t) => {
            const expected = t + 1 < length ? Number.NaN : mean(values.slice(t + 1 - length, t + 1));
            return isNear(sma.step(value), expected, 1e-12);
          }),
        ).toBe(true);
      }),
    );
  });

  it("does not drift over a long run, whatever the prices were before", () => {
    const sma = new Sma(7);
    for (let t = 0; t < 300_000; t += 1) sma.step(t < 1000 ? 1e9 + t / 3 : 0.1 + (t % 10) / 100);
    const newest = Array.from({ length: 7 }, (_, index) => 0.1 + ((300_000 - 7 + index) % 10) / 100);
    expect(Math.abs(sma.value - mean(newest))).toBeLessThan(1e-13);
  });

  it("forgets the rounding of prices far above today's as soon as they have left", () => {
    const sma = new Sma(10);
    for (let t = 0; t < 35; t += 1) sma.step(1e12 / 3 + t / 7);
    for (let t = 0; t < 25; t += 1) sma.step(0.1 * (1 + (t % 3)));
    // Bars 15 … 24 of the fall: t % 3 runs 0 1 2 0 1 2 0 1 2 0.
    expect(Math.abs(sma.value - (0.1 * 4 + 0.2 * 3 + 0.3 * 3) / 10)).toBeLessThan(1e-14);
  });
});

describe("RSI", () => {
  it("is Wilder's: seeded with simple means, then smoothed", () => {
    const rsi = new Rsi(3);
    const values = [10, 11, 10.5, 12, 12, 11].map((close) => rsi.step(close));
    expect(values.slice(0, 3)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    // Gains 1, 0, 1.5 → 2.5/3; losses 0, 0.5, 0 → 0.5/3; RS 5.
    expect(values[3]).toBeCloseTo(100 - 100 / 6, 12);
    // Flat: both averages × 2/3, the same RS.
    expect(values[4]).toBeCloseTo(100 - 100 / 6, 12);
    // Gain 2.5/3 × 4/9 = 10/27; loss (0.5/3 × 2/3 × 2 + 1) / 3 = 11/27; RS 10/11.
    expect(values[5]).toBeCloseTo(100 - 100 / (1 + 10 / 11), 12);
  });

  it("is 100 without a loss and undefined while the close has never moved", () => {
    const rising = new Rsi(2);
    expect([1, 2, 3].map((close) => rising.step(close)).at(-1)).toBe(100);
    const flat = new Rsi(2);
    expect([5, 5, 5, 5].map((close) => flat.step(close)).at(-1)).toBeNaN();
    expect(flat.step(4)).toBe(0);
  });

  it("agrees with technicalindicators to its two decimals", () => {
    const closes = walk(500).map((bar) => bar.close);
    const rsi = new Rsi(14);
    const ours = closes.map((close) => rsi.step(close)).slice(14);
    const theirs = RSI.calculate({ values: closes, period: 14 });
    expect(ours).toHaveLength(theirs.length);
    const apart = ours.map((value, index) => Math.abs(value - (theirs[index] ?? Number.NaN)));
    expect(Math.max(...apart)).toBeLessThan(0.00501);
  });
});

describe("ATR", () => {
  it("starts with the mean of the true ranges from bar 1 on, then smooths", () => {
    const atr = new Atr(2);
    expect(atr.step(10, 8, 9)).toBeNaN();
    expect(atr.step(12, 10, 11)).toBeNaN(); // TR = 12 − 9 = 3: the close before lies below the bar
    expect(atr.step(11, 9, 10)).toBe(2.5); // TR = 2; (3 + 2) / 2
    expect(atr.step(9, 8, 8)).toBe(2.25); // TR = 10 − 8 = 2; (2.5 × 1 + 2) / 2
    expect(atr.value).toBe(2.25);
  });

  it("exists first at bar 14 by default", () => {
    const atr = new Atr();
    const values = walk(20).map((bar) => atr.step(bar.high, bar.low, bar.close));
    expect(values.findIndex((value) => !Number.isNaN(value))).toBe(14);
  });

  it("takes the true range of the definition, bit for bit", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        (low, span, before) => {
          const high = low + span;
          expect(
            trueRange(high, low, before) ===
              Math.max(high - low, Math.abs(high - before), Math.abs(low - before)),
          ).toBe(true);
        },
      ),
    );
  });

  it.each([
    ["few bars", 14, 300, 0],
    ["bars enough for four lanes", 14, 11_000, 0],
    ["another period", 3, 5_000, 0],
    ["ranges that no lane forgets in time", 14, 11_000, 1e300],
  ])("is the same for all bars at once as step by step: %s", (_name, ofBars, length, first) => {
    const bars = walk(length, 7).map((bar, t) => (t < 10 ? { ...bar, high: bar.high + first } : bar));
    const atr = new Atr(ofBars);
    const stepped = bars.map(({ high, low, close }) => atr.step(high, low, close));
    expect(Array.from(atrValues(seriesOf(bars), ofBars))).toEqual(stepped);
  });

  it("agrees with technicalindicators", () => {
    const bars = walk(300);
    const atr = new Atr(14);
    const ours = bars.map((bar) => atr.step(bar.high, bar.low, bar.close)).slice(14);
    const theirs = ATR.calculate({
      high: bars.map((bar) => bar.high),
      low: bars.map((bar) => bar.low),
      close: bars.map((bar) => bar.close),
      period: 14,
    });
    expect(ours).toHaveLength(theirs.length);
    for (const [index, value] of ours.entries()) expect(value).toBeCloseTo(theirs[index] ?? Number.NaN, 10);
  });
});

describe("z-score", () => {
  it("divides by the sample deviation of the window", () => {
    const z = new ZScore(4);
    const values = [2, 4, 4, 6].map((close) => z.step(close));
    expect(values.slice(0, 3)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    // Mean 4; squares 4 + 0 + 0 + 4 = 8; 8/3 under the root.
    expect(values[3]).toBeCloseTo(2 / Math.sqrt(8 / 3), 12);
  });

  it("is undefined without a deviation", () => {
    const z = new ZScore(3);
    expect([0.1, 0.1, 0.1].map((close) => z.step(close)).at(-1)).toBeNaN();
  });

  it("equals two fresh passes on every bar", () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 2, max: 40 }), (values, length) => {
        const z = new ZScore(length);
        expect(
          values.every((close, t) => {
            const window = values.slice(Math.max(0, t + 1 - length), t + 1);
            const average = mean(window);
            const deviation = Math.sqrt(
              window.reduce((sum, each) => sum + (each - average) ** 2, 0) / (length - 1),
            );
            const none = window.length < length || deviation <= 1e-12 * close;
            return isNear(z.step(close), none ? Number.NaN : (close - average) / deviation);
          }),
        ).toBe(true);
      }),
    );
  });
});

describe("change and trailing mean", () => {
  it("compares with the close n bars ago", () => {
    fc.assert(
      fc.property(prices, period, (values, lookback) => {
        const change = new Change(lookback);
        expect(
          values.every((close, t) =>
            Object.is(change.step(close), t < lookback ? Number.NaN : close / values[t - lookback]! - 1),
          ),
        ).toBe(true);
      }),
    );
  });

  it("adds up the last n values, oldest first", () => {
    const trailing = new TrailingMean(3);
    for (const value of [1, 2, 6, 4]) trailing.push(value);
    expect(trailing.mean()).toBe(4);
  });
});

describe("ties", () => {
  it.each([
    [100, 100, 0],
    [100 + 1e-10, 100, 0], // exactly 1e-12 × 100 is still equal (give or take the rounding of 100 + 1e-10)
    [100 + 2e-10, 100, 1],
    [100 - 2e-10, 100, -1],
    [0.1 + 0.2, 0.3, 0],
  ])("puts %d on the right side of %d", (a, b, expected) => {
    expect(side(a, b, 101)).toBe(expected);
  });
});
