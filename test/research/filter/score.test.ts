import { describe, expect, it } from "vitest";
import { calibrated } from "../../../src/core/filter/probability.ts";
import { calibrate, winRateOf } from "../../../src/research/filter/calibrate.ts";
import { reliabilityOf, scoresOf } from "../../../src/research/filter/score.ts";

describe("scores of probabilities", () => {
  it("are Brier's, the log loss and the chance to rank a winner first", () => {
    const told = [
      { probability: 0.9, won: true },
      { probability: 0.6, won: false },
      { probability: 0.6, won: true },
      { probability: 0.2, won: false },
    ];
    const { brier, logLoss, auc } = scoresOf(told);
    // 0.1² + 0.6² + 0.4² + 0.2² = 0.01 + 0.36 + 0.16 + 0.04 = 0.57
    expect(brier).toBeCloseTo(0.57 / 4, 12);
    expect(logLoss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.4) + Math.log(0.6) + Math.log(0.8)) / 4, 12);
    // Four pairs of winner and loser: 0.9 over 0.6 and 0.2, 0.6 over 0.2, 0.6 with 0.6 a half: 3.5 of 4.
    expect(auc).toBeCloseTo(3.5 / 4, 12);
    expect(scoresOf(told.map((each) => ({ ...each, won: true }))).auc).toBeNull();
  });

  it("fall into ten bins, 1 into the last", () => {
    const bins = reliabilityOf([
      { probability: 0.62, won: true },
      { probability: 0.68, won: false },
      { probability: 1, won: true },
    ]);
    expect(bins.filter(({ count }) => count > 0)).toEqual([
      { from: 0.6, to: 0.7, count: 2, told: 0.65, won: 0.5 },
      { from: 0.9, to: 1, count: 1, told: 1, won: 1 },
    ]);
    expect(bins[0]).toEqual({ from: 0, to: 0.1, count: 0, told: null, won: null });
  });
});

describe("Platt's calibration", () => {
  it("turns scores that are too sure into the shares that won", () => {
    // Of those scored 0.99 three in four won, of those scored 0.01 one in four.
    const scored = Array.from({ length: 80 }, (_, index) => ({
      score: index < 40 ? 0.99 : 0.01,
      won: index < 40 ? index % 4 !== 0 : index % 4 === 0,
    }));
    const calibration = calibrate(scored);
    expect(calibrated(calibration, 0.99)).toBeCloseTo(0.75, 3);
    expect(calibrated(calibration, 0.01)).toBeCloseTo(0.25, 3);
    expect(calibrated(calibration, 0.5)).toBeCloseTo(0.5, 3);
  });

  it("says the win rate where higher scores won less often", () => {
    const scored = Array.from({ length: 80 }, (_, index) => ({
      score: index < 40 ? 0.9 : 0.1,
      won: index >= 40,
    }));
    const calibration = calibrate(scored);
    expect(calibrated(calibration, 0.9)).toBeCloseTo(41 / 82, 12);
    expect(calibration.slope).toBe(0);
  });

  it("never calls anything certain", () => {
    // (0 + 1) / (3 + 2)
    expect(winRateOf([{ won: false }, { won: false }, { won: false }])).toBe(0.2);
  });
});
