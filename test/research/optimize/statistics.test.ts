import { describe, expect, it } from "vitest";
import {
  deflateSharpe,
  expectedBestSharpe,
  probabilisticSharpe,
} from "../../../src/research/optimize/deflated-sharpe.ts";
import { equityReturns, monteCarlo, percentile } from "../../../src/research/optimize/monte-carlo.ts";
import { normalCdf, normalQuantile } from "../../../src/research/optimize/normal.ts";
import { shapeOf } from "../../../src/research/optimize/return-shape.ts";

describe("the normal distribution", () => {
  // Φ from tables (NIST): 0.5, 0.841344746, 0.975, 0.998650102; Φ(−6) = 9.8659e−10.
  it.each([
    [0, 0.5],
    [1, 0.841_344_746_068_543],
    [1.959_963_984_540_054, 0.975],
    [-1.959_963_984_540_054, 0.025],
    [3, 0.998_650_101_968_37],
    [-6, 9.865_876_45e-10],
    [9, 1],
    [-9, 0],
  ])("lies below %f with probability %f", (x, p) => {
    expect(normalCdf(x)).toBeCloseTo(p, 13);
  });

  it.each([0.000_001, 0.025, 0.3, 0.5, 0.9, 0.99, 0.999_999])("finds where %f of it lies below", (p) => {
    expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 14);
  });
});

describe("the shape of returns", () => {
  it("is written out", () => {
    // Mean 1; apart −2, 0, 0, 2: squares 8, cubes 0, fourths 32. Sample deviation √(8/3); population variance 2.
    expect(shapeOf([-1, 1, 1, 3])).toEqual({
      count: 4,
      sharpe: 1 / Math.sqrt(8 / 3),
      skewness: 0,
      kurtosis: 32 / 4 / 2 ** 2,
    });
    // Mean 1; apart −1, −1, −1, 3: squares 12, cubes 24, fourths 84. Population variance 3.
    expect(shapeOf([0, 0, 0, 4])).toEqual({
      count: 4,
      sharpe: 1 / Math.sqrt(12 / 3),
      skewness: 24 / 4 / 3 ** 1.5,
      kurtosis: 84 / 4 / 3 ** 2,
    });
  });

  it.each([[[]], [[0.1]], [[0.1, 0.1, 0.1]]])("is not defined for %j", (returns) => {
    expect(shapeOf(returns)).toMatchObject({ sharpe: null, skewness: null, kurtosis: null });
  });
});

describe("the deflated Sharpe ratio", () => {
  // The example of the paper (2014, "A numerical example"): an annual ratio of 2.5 over 1,250 days of a year of 250, skewness −3 and
  // kurtosis 10, the best of 100 trials whose annual ratios have variance 1/2.
  const PAPER = { count: 1250, sharpe: 2.5 / Math.sqrt(250), skewness: -3, kurtosis: 10 };
  const VARIANCE = 1 / 2 / 250;

  it("expects of luck what the paper says", () => {
    // √(1/500) × (0.4228 × 2.3263 + 0.5772 × 2.6803) = 0.0447 × 2.5306
    expect(expectedBestSharpe(100, VARIANCE)).toBeCloseTo(0.1132, 4);
  });

  it.each([
    // (0.1581 − 0.1132) × √1249 ÷ √(1 + 3 × 0.1581 + 9/4 × 0.025) = 1.2836; Φ(1.2836) = 0.9004
    ["100 trials", 100, PAPER, 0.9004],
    ["46 trials", 46, PAPER, 0.9505],
    ["88 trials of normal returns", 88, { ...PAPER, skewness: 0, kurtosis: 3 }, 0.9505],
  ])("is that of the paper for %s", (_name, trials, shape, deflated) => {
    expect(probabilisticSharpe(shape, expectedBestSharpe(trials, VARIANCE))).toBeCloseTo(deflated, 4);
  });

  it("is the probabilistic ratio against 0 when there was one trial", () => {
    const shape = { count: 101, sharpe: 0.1, skewness: 0, kurtosis: 3 };
    // 0.1 × √100 ÷ √(1 + 0.5 × 0.01) = 1 ÷ 1.0025 = 0.99751; Φ = 0.84074
    const found = deflateSharpe(shape, [0.1]);
    expect(found?.probabilistic).toBeCloseTo(0.84074, 5);
    expect(found).toMatchObject({ trials: 1, expectedByLuck: 0, deflated: found?.probabilistic });
  });

  it("falls with the number and the scatter of the trials", () => {
    const shape = { count: 500, sharpe: 0.1, skewness: 0, kurtosis: 3 };
    const few = deflateSharpe(shape, [0.1, 0.05, 0]);
    const many = deflateSharpe(shape, [0.1, 0.05, 0, 0.1, 0.05, 0, 0.1, 0.05, 0]);
    const wide = deflateSharpe(shape, [0.1, 0, -0.1]);
    expect(many?.deflated).toBeLessThan(few?.deflated ?? 0);
    expect(wide?.deflated).toBeLessThan(few?.deflated ?? 0);
    expect(few?.probabilistic).toBe(many?.probabilistic);
  });

  it("does not depend on the order of the trials beyond rounding", () => {
    const ratios = Array.from({ length: 50 }, (_, index) => Math.sin(index) / 10);
    const shape = { count: 500, sharpe: 0.1, skewness: -1, kurtosis: 5 };
    expect(deflateSharpe(shape, ratios.toReversed())?.deflated).toBeCloseTo(
      deflateSharpe(shape, ratios)?.deflated ?? 0,
      14,
    );
  });

  it("is not defined where equity never moved", () => {
    expect(deflateSharpe(shapeOf([0, 0, 0]), [0.1])).toBeNull();
  });
});

describe("the Monte Carlo of trades", () => {
  it("takes P&L as parts of the equity before it", () => {
    expect(equityReturns([100, -110, 99], 1000)).toEqual([0.1, -110 / 1100, 99 / 990]);
  });

  it.each([
    [0.5, 2.5],
    [0, 1],
    [1, 4],
    [0.25, 1.75], // place 0.75 between 1 and 2
  ])("finds percentile %f of 1, 2, 3 and 4", (part, value) => {
    expect(percentile(Float64Array.of(1, 2, 3, 4), part)).toBe(value);
  });

  it("keeps the end when trades change places, not the drawdown", () => {
    // Half up, a third down: in either order the end is 1.5 × 2/3 = 1, and the fall −1/3.
    const found = monteCarlo([0.5, -1 / 3], 1000, 1);
    expect(found?.shuffled.maxDrawdownPercent.p5).toBeCloseTo(-100 / 3, 10);
    expect(found?.shuffled.maxDrawdownPercent.p95).toBeCloseTo(-100 / 3, 10);
    // Drawn with replacement: 2.25, 1, 1 or 0.444 times the cash, each once in four.
    expect(found?.resampled.finalEquity.p95).toBeCloseTo(2250, 8);
    expect(found?.resampled.finalEquity.p50).toBeCloseTo(1000, 8);
    expect(found?.resampled.finalEquity.p5).toBeCloseTo(4000 / 9, 8);
    // Even is no loss: 0.25 of the runs, with a standard error of √(0.25 × 0.75 ÷ 1000) = 0.014.
    expect(Math.abs((found?.resampled.lossProbability ?? 0) - 0.25)).toBeLessThan(0.05);
  });

  it("spreads the drawdown of many trades around what the one order had", () => {
    const trades = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? -0.04 : 0.03));
    const found = monteCarlo(trades, 1000, 1);
    const { p5 = 0, p50 = 0, p95 = 0 } = found?.shuffled.maxDrawdownPercent ?? {};
    expect(p5).toBeLessThan(p50);
    expect(p50).toBeLessThan(p95);
    // −4 % is the least there can be: it is one trade.
    expect(p95).toBeLessThanOrEqual(-4 + 1e-9);
  });

  it("is the same for the same seed, and nothing for fewer than two trades", () => {
    const trades = [0.1, -0.05, 0.02, -0.01];
    expect(monteCarlo(trades, 1000, 5)).toEqual(monteCarlo(trades, 1000, 5));
    expect(monteCarlo(trades, 1000, 5)).not.toEqual(monteCarlo(trades, 1000, 6));
    expect(monteCarlo([0.1], 1000, 5)).toBeNull();
  });
});
