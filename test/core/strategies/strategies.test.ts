import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bar } from "../../../src/core/bar.ts";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { signalName, type Signal } from "../../../src/core/signal.ts";
import type { Kernel, Params, Strategy } from "../../../src/core/strategies/contract.ts";
import { strategies, strategyById, unknownStrategy } from "../../../src/core/strategies/index.ts";
import { defaultParams } from "../../../src/core/strategies/params.ts";
import { barsOfCloses, barsOfRows, walk } from "../series-builder.ts";

function strategy(id: string): Strategy {
  const found = strategyById(id);
  if (found === undefined) throw new Error(`no strategy ${id}`);
  return found;
}

function kernelOf(id: string, params: Params = {}): Kernel {
  const found = strategy(id);
  return found.kernel({ ...defaultParams(found.params), ...params });
}

function step(kernel: Kernel, bar: Bar): Signal {
  return signalName(kernel.step(bar.open, bar.high, bar.low, bar.close, bar.volume));
}

function signals(id: string, params: Params, bars: readonly Bar[]): Signal[] {
  const kernel = kernelOf(id, params);
  return bars.map((bar) => step(kernel, bar));
}

function lastReason(id: string, params: Params, bars: readonly Bar[]): string {
  const kernel = kernelOf(id, params);
  for (const bar of bars) step(kernel, bar);
  return kernel.explain().reason;
}

const B = "BUY";
const S = "SELL";
const _ = "HOLD";

describe("the list of strategies", () => {
  it("has the seven of STRATEGIES.md", () => {
    expect(strategies.map((each) => each.id)).toEqual([
      "ma_crossover",
      "rsi_mean_reversion",
      "momentum",
      "mean_reversion",
      "quick_test",
      "multi_timeframe",
      "volatility_breakout",
    ]);
  });

  it("names what would be right for an unknown id", () => {
    expect(unknownStrategy("momentun")).toBe("unknown strategy momentun; did you mean momentum?");
    expect(unknownStrategy("zzz")).toMatch(/^unknown strategy zzz; known: ma_crossover, /);
  });
});

describe("warm-up", () => {
  const FIRST: readonly [string, Params, number][] = [
    ["ma_crossover", {}, 30],
    ["rsi_mean_reversion", {}, 14],
    ["momentum", {}, 20],
    ["mean_reversion", {}, 19],
    ["quick_test", {}, 1],
    ["multi_timeframe", {}, 49],
    ["volatility_breakout", {}, 20],
    ["volatility_breakout", { volume_confirmation: false }, 15],
  ];

  it.each(FIRST)("%s %j can signal first at bar %d", (id, params, first) => {
    const full = { ...defaultParams(strategy(id).params), ...params };
    expect(strategy(id).warmupBars(full)).toBe(first);
    // Flat until the bar before, then a leap with volume: every rule but RSI's and z's buys, those two sell.
    for (const leapAt of [first - 1, first]) {
      const closes = Array.from({ length: leapAt + 1 }, (__, t) => (t === leapAt ? 110 : 100));
      const bars = barsOfCloses(closes).map((bar, t) => (t === leapAt ? { ...bar, volume: 1000 } : bar));
      const answer = signals(id, full, bars).at(-1);
      expect(answer === _, `leap at bar ${leapAt}`).toBe(leapAt < first);
    }
  });

  it.each(FIRST)("%s %j says how many bars are missing", (id, params, first) => {
    const bars = walk(first + 1);
    const kernel = kernelOf(id, params);
    const reasons = bars.map((bar) => {
      step(kernel, bar);
      return kernel.explain().reason;
    });
    const expected = bars.slice(0, first).map((__, t) => {
      const missing = first - t;
      return `warming up: ${missing} more ${missing === 1 ? "bar" : "bars"} needed`;
    });
    expect(reasons.slice(0, first)).toEqual(expected);
    expect(reasons[first]).not.toMatch(/warming up/);
  });
});

describe("every strategy", () => {
  const cases = strategies.map((each) => each.id);

  it.each(cases)("%s answers alike in one scan and step by step", (id) => {
    const bars = walk(2500, 3);
    const kernel = kernelOf(id);
    const scanned = new Int8Array(bars.length);
    kernel.scan?.(seriesOf(bars), scanned);
    const stepped = signals(id, {}, bars);
    expect(Array.from(scanned, (code) => (code > 0 ? B : code < 0 ? S : _))).toEqual(stepped);
    expect(new Set(stepped).size, "a walk in which nothing happens shows nothing").toBeGreaterThan(1);
  });

  it.each(cases)("%s sees only bars up to the newest", (id) => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 160 }), fc.integer({ min: 1, max: 1000 }), (cut, seed) => {
        const bars = walk(160, seed);
        expect(signals(id, {}, bars.slice(0, cut))).toEqual(signals(id, {}, bars).slice(0, cut));
      }),
      { numRuns: 20 },
    );
  });

  it.each(cases)("%s gives only finite figures", (id) => {
    const kernel = kernelOf(id);
    for (const bar of walk(80, 5)) {
      step(kernel, bar);
      expect(Object.values(kernel.explain().figures).every(Number.isFinite)).toBe(true);
    }
  });
});

describe("ma_crossover", () => {
  const params = { fast_period: 1, slow_period: 2 };

  it.each([
    // fast − slow is (close − close before) / 2.
    ["crosses up after down", [10, 9, 10], [_, _, B]],
    ["crosses up after equal", [10, 10, 11], [_, _, B]],
    ["crosses down after up", [10, 11, 10], [_, _, S]],
    ["crosses down after equal", [10, 10, 9], [_, _, S]],
    ["goes on rising", [10, 11, 12, 13], [_, _, _, _]],
    ["falls to equal", [10, 11, 11], [_, _, _]],
  ])("when the fast average %s", (_name, closes, expected) => {
    expect(signals("ma_crossover", params, barsOfCloses(closes))).toEqual(expected);
  });

  it("takes averages that differ only in rounding for equal", () => {
    // At bar 3 the averages of 1 and of 3 closes are both 0.2 in whole cents, but not as doubles.
    expect((0.1 + 0.3 + 0.2) / 3).not.toBe(0.2);
    const closes = barsOfCloses([0.1, 0.1, 0.3, 0.2, 0.3]);
    // Equal at bar 3, so above at bar 4 is a cross.
    expect(signals("ma_crossover", { fast_period: 1, slow_period: 3 }, closes)).toEqual([_, _, _, _, B]);
  });

  it("explains itself", () => {
    expect(lastReason("ma_crossover", params, barsOfCloses([10, 9, 10]))).toBe(
      "golden cross: 1-bar average 10 rose above 2-bar average 9.5",
    );
    expect(lastReason("ma_crossover", params, barsOfCloses([10, 11, 10]))).toBe(
      "death cross: 1-bar average 10 fell below 2-bar average 10.5",
    );
    expect(lastReason("ma_crossover", params, barsOfCloses([10, 11, 12]))).toBe(
      "no cross: 1-bar average 12 is above 2-bar average 11.5",
    );
  });
});

describe("rsi_mean_reversion", () => {
  const params = { rsi_period: 2, oversold: 30, overbought: 70 };

  it("buys below oversold, sells above overbought, and not at the level itself", () => {
    // Changes −3, −1: RSI 0. Then +7: gain 3.5, loss (2 × 1 + 0) / 2 = 1: RSI 100 − 100 / 4.5 = 77.8.
    expect(signals("rsi_mean_reversion", params, barsOfCloses([20, 17, 16, 23]))).toEqual([_, _, B, S]);
    // Gain 1, loss 1: RSI 50 is not below 50.
    expect(
      signals(
        "rsi_mean_reversion",
        { rsi_period: 2, oversold: 50, overbought: 51 },
        barsOfCloses([20, 21, 20]),
      ).at(-1),
    ).toBe(_);
  });

  it("holds and says so while the close has never moved", () => {
    const bars = barsOfCloses([5, 5, 5, 5]);
    expect(signals("rsi_mean_reversion", params, bars)).toEqual([_, _, _, _]);
    expect(lastReason("rsi_mean_reversion", params, bars)).toBe(
      "RSI is undefined: the close has never moved",
    );
  });

  it("explains itself", () => {
    expect(lastReason("rsi_mean_reversion", params, barsOfCloses([20, 17, 16]))).toBe(
      "oversold: RSI(2) 0 is below 30",
    );
  });
});

describe("momentum and quick_test", () => {
  it("follow a move of more than the threshold, not one of just that much", () => {
    const params = { lookback_period: 2, momentum_threshold: 0.5 };
    // 1.5 / 1 − 1 = 0.5 exactly: not more.
    expect(signals("momentum", params, barsOfCloses([1, 1, 1.5, 1.75, 0.5]))).toEqual([_, _, _, B, S]);
    expect(signals("quick_test", {}, barsOfCloses([100, 100.2, 100.2, 100]))).toEqual([_, B, _, S]);
  });

  it("explain themselves", () => {
    expect(lastReason("quick_test", {}, barsOfCloses([100, 100.2]))).toBe(
      "up 0.2% on one bar, more than 0.1%",
    );
    expect(lastReason("momentum", { lookback_period: 2 }, barsOfCloses([100, 100, 99]))).toBe(
      "down 1% over 2 bars, not more than 2%",
    );
    expect(lastReason("quick_test", {}, barsOfCloses([100, 100]))).toBe(
      "unchanged on one bar, not more than 0.1%",
    );
  });
});

describe("mean_reversion", () => {
  it("buys far below the mean and sells far above", () => {
    // Four closes of 10 and one of x: |z| = 4/√5 ≈ 1.789 whatever x is.
    const params = { lookback_period: 5, z_score_threshold: 1.7 };
    expect(signals("mean_reversion", params, barsOfCloses([10, 10, 10, 10, 9])).at(-1)).toBe(B);
    expect(signals("mean_reversion", params, barsOfCloses([10, 10, 10, 10, 12])).at(-1)).toBe(S);
    expect(
      signals("mean_reversion", { ...params, z_score_threshold: 1.8 }, barsOfCloses([10, 10, 10, 10, 9])).at(
        -1,
      ),
    ).toBe(_);
  });

  it("holds without a deviation and says so", () => {
    const params = { lookback_period: 3 };
    expect(lastReason("mean_reversion", params, barsOfCloses([0.1, 0.1, 0.1]))).toBe(
      "no deviation in the last 3 closes",
    );
  });

  it("explains itself", () => {
    expect(
      lastReason(
        "mean_reversion",
        { lookback_period: 5, z_score_threshold: 1.7 },
        barsOfCloses([10, 10, 10, 10, 9]),
      ),
    ).toBe("close is 1.789 deviations below the 5-bar mean 9.8, more than 1.7");
  });
});

describe("multi_timeframe", () => {
  const params = { periods: [1, 2, 3], min_alignment: 0.66 };

  it.each([
    // A close equals its own average of one bar: equal is bearish.
    ["2 of 3 averages bullish", [1, 2, 3], B],
    ["3 of 3 averages bearish", [3, 2, 1], S],
    ["2 of 3 averages bearish", [1, 4, 3], S],
  ])("%s", (reason, closes, expected) => {
    expect(signals("multi_timeframe", params, barsOfCloses(closes)).at(-1)).toBe(expected);
    expect(lastReason("multi_timeframe", params, barsOfCloses(closes))).toBe(reason);
  });

  it("holds when no side has the share", () => {
    const all = { periods: [1, 2, 3], min_alignment: 0.7 };
    expect(signals("multi_timeframe", all, barsOfCloses([1, 2, 3])).at(-1)).toBe(_);
    expect(lastReason("multi_timeframe", all, barsOfCloses([1, 2, 3]))).toBe(
      "2 of 3 averages bullish: no side has a share of 0.7",
    );
  });

  it("takes each vote on the bars that its slot is fed, and names the bars that are missing there", () => {
    const kernel = kernelOf("multi_timeframe", {
      periods: [2, 2],
      timeframes: ["5Min", "1Hour"],
      min_alignment: 1,
    });
    const bar = barsOfCloses([10])[0]!;
    kernel.feed?.(0, 10);
    expect(step(kernel, bar)).toBe(_);
    expect(kernel.explain().reason).toBe("warming up: 1 more 5Min bar, 2 more 1Hour bars needed");
    kernel.feed?.(0, 11);
    kernel.feed?.(1, 10);
    kernel.feed?.(1, 12);
    expect(step(kernel, bar)).toBe(B);
    expect(kernel.explain()).toEqual({
      reason: "2 of 2 averages bullish (5Min, 1Hour)",
      figures: { bullish: 2, votes: 2, min_alignment: 1, sma_2_5Min: 10.5, sma_2_1Hour: 11 },
    });
  });
});

describe("volatility_breakout", () => {
  const params = { atr_period: 2, breakout_multiplier: 2, volume_confirmation: false };
  // True ranges 2, 2: ATR 2 at bar 2; the levels around the close of 10 are 6 and 14.
  const quiet = [
    [10, 11, 9, 10],
    [10, 11, 9, 10],
    [10, 11, 9, 10],
  ] as const;

  it.each([
    [14, _],
    [14.01, B],
    [6, _],
    [5.99, S],
  ])("closes at %d: %s", (close, expected) => {
    const bars = barsOfRows([...quiet, [10, Math.max(10, close), Math.min(10, close), close]]);
    expect(signals("volatility_breakout", params, bars).at(-1)).toBe(expected);
  });

  it("wants volume above its average of the 20 bars before", () => {
    const rows = Array.from({ length: 20 }, () => [10, 11, 9, 10, 100] as const);
    const confirming = { ...params, volume_confirmation: true, volume_factor: 1.5 };
    const withVolume = (volume: number): Bar[] => barsOfRows([...rows, [10, 20, 10, 20, volume]]);
    expect(signals("volatility_breakout", confirming, withVolume(150)).at(-1)).toBe(_);
    expect(signals("volatility_breakout", confirming, withVolume(151)).at(-1)).toBe(B);
    expect(lastReason("volatility_breakout", confirming, withVolume(150))).toBe(
      "close 20 broke above 14 (10 + 2 × ATR 2), not confirmed: volume 150 against 1.5 × 100",
    );
  });

  it("explains a bar without a breakout", () => {
    expect(lastReason("volatility_breakout", params, barsOfRows([...quiet, [10, 11, 9, 10]]))).toBe(
      "no breakout: close 10 lies between 6 and 14",
    );
  });
});
