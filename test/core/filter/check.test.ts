import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { filterCheck } from "../../../src/core/filter/check.ts";
import type { Calibration, Classifier, FilterModel } from "../../../src/core/filter/model.ts";
import { calibrated, scoreOf } from "../../../src/core/filter/probability.ts";
import { isBuiltIn, scoreEntry, scoreEntryByOnnx } from "../../../src/core/filter/score-entry.ts";
import { verdictOf } from "../../../src/core/filter/verdict.ts";
import { checksLine } from "../../../src/core/risk/lines.ts";
import { walk } from "../series-builder.ts";

const SERIES = seriesOf(walk(120, 3));

describe("the filter's check of an entry", () => {
  it.each([
    // probability, threshold, what /why shows
    [0.64, 0.7, "ml 0.64 of 0.70 ✗ model 3"],
    [0.6999, 0.7, "ml 0.69 of 0.70 ✗ model 3"],
    // Exactly the threshold is not above it.
    [0.7, 0.7, "ml 0.70 not above 0.70 ✗ model 3"],
    [0.7001, 0.7, "ml 0.7001 of 0.70 ✓ model 3"],
    [0.71, 0.7, "ml 0.71 of 0.70 ✓ model 3"],
    [0.29, 0.28, "ml 0.29 of 0.28 ✓ model 3"],
    [0.6549, 0.655, "ml 0.654 of 0.655 ✗ model 3"],
  ])("of %f against %f reads %s", (probability, threshold, line) => {
    const check = filterCheck({ kind: "scored", probability, label: "model 3" }, threshold);
    expect(checksLine([check])).toBe(line);
    expect(check.code).toBe(check.ok ? undefined : "ML_FILTER");
  });

  it("refuses by name what cannot be asked, and never lets it pass", () => {
    expect(filterCheck({ kind: "not_ready", bars: 40 }, 0.7)).toMatchObject({
      ok: false,
      code: "ML_NOT_READY",
      text: "ml: its features need 100 bars that move, there are 40",
    });
    expect(filterCheck({ kind: "failed", text: "no model" }, 0.7)).toMatchObject({
      ok: false,
      code: "ML_MODEL",
      text: "ml: no model",
    });
  });
});

describe("a probability", () => {
  it.each<[string, Exclude<Classifier, { kind: "onnx" }>, readonly number[], number]>([
    // (3 − 1) / 2 × 0.5 + 0.25 = 0.75; 1 / (1 + e^−0.75)
    [
      "of a logistic regression",
      { kind: "logistic", means: [1], deviations: [2], weights: [0.5], bias: 0.25 },
      [3],
      1 / (1 + Math.exp(-0.75)),
    ],
    // 5 is not below 5: the second leaf; 2 is below 4: the first; (0.8 + 0.2) / 2
    [
      "of a forest",
      {
        kind: "forest",
        trees: [
          [0, 5, 0.1, 0.8],
          [1, 4, [0, 9, 0.2, 0.5], 0.9],
        ],
      },
      [5, 2],
      0.5,
    ],
  ])("%s", (_name, classifier, features, expected) => {
    expect(scoreOf(classifier, features)).toBeCloseTo(expected, 12);
  });

  it.each<[number, Calibration | null, number]>([
    [0.8, null, 0.8],
    [0.8, { slope: 1, intercept: 0 }, 0.8],
    // log-odds of 0.8 are ln 4; half of it is ln 2; 2 / 3
    [0.8, { slope: 0.5, intercept: 0 }, 2 / 3],
    [0.8, { slope: 0, intercept: Math.log(3) }, 0.75],
  ])("of score %f calibrated by %o is %f", (score, calibration, expected) => {
    expect(calibrated(calibration, score)).toBeCloseTo(expected, 12);
  });
});

describe("asking a model about an entry", () => {
  const model: FilterModel = {
    featuresVersion: 1,
    featureNames: [],
    classifier: { kind: "forest", trees: [0.6] },
    calibration: null,
  };
  const onnx: FilterModel = { ...model, classifier: { kind: "onnx", base64: "" } };
  const built = (changes: Partial<FilterModel> = {}) => {
    const named = { label: "model 3", model: { ...model, ...changes }, trainedOn: null };
    if (!isBuiltIn(named)) throw new Error("built in");
    return named;
  };

  it("gives its probability, not ready before bar 99, and a failure for features of another version", () => {
    expect(scoreEntry(built(), SERIES, 110, "1Min")).toEqual({
      kind: "scored",
      probability: 0.6,
      label: "model 3",
    });
    expect(scoreEntry(built(), SERIES, 98, "1Min")).toEqual({ kind: "not_ready", bars: 99 });
    expect(scoreEntry(built({ featuresVersion: 0 }), SERIES, 110, "1Min")).toEqual({
      kind: "failed",
      text: "model 3 was trained on version 0 of the features, here they are version 1; train it again (/ml train)",
    });
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("no runtime")), "model 4 could not be asked: no runtime"],
    ["answers NaN", async () => Number.NaN, "model 4 answered NaN, expected a probability from 0 to 1"],
    ["answers 1.5", async () => 1.5, "model 4 answered 1.5, expected a probability from 0 to 1"],
  ])("of a user's own that %s is a failure, never an exception", async (_name, ask, text) => {
    expect(
      await scoreEntryByOnnx({ label: "model 4", model: onnx, trainedOn: null }, ask, SERIES, 110, "1Min"),
    ).toEqual({
      kind: "failed",
      text,
    });
  });
});

const trades = (count: number) => ({
  trades: count,
  winRatePercent: 50,
  expectancyPercent: 0.1,
  profitFactor: 1,
  returnPercent: 1,
});

describe("the verdict", () => {
  it.each([
    [
      0.05,
      0.5,
      40,
      true,
      "At 0.70 the filter beats no filter: +0.20% a trade, 95% interval +0.05% to +0.50%, on 40 of 100 trades.",
    ],
    [
      -0.1,
      0.5,
      40,
      false,
      "At 0.70 the filter does not beat no filter: +0.20% a trade, 95% interval -0.10% to +0.50%, on 40 of 100 trades; that may be chance.",
    ],
    [
      0.05,
      0.5,
      19,
      false,
      "At 0.70 the filter does not beat no filter: +0.20% a trade, 95% interval +0.05% to +0.50%, on 19 of 100 trades; fewer than 20 trades prove nothing.",
    ],
    [
      -0.5,
      -0.1,
      40,
      false,
      "At 0.70 the filter is worse than no filter: +0.20% a trade, 95% interval -0.50% to -0.10%, on 40 of 100 trades.",
    ],
  ])("of an interval %f to %f on %i trades", (low, high, kept, beats, text) => {
    const comparison = {
      threshold: 0.7,
      unfiltered: trades(100),
      filtered: trades(kept),
      difference: { value: 0.2, low, high },
    };
    expect(verdictOf(comparison)).toEqual({ beats, text });
  });

  it("of a filter that lets nothing through, and of a strategy that made no trade", () => {
    expect(
      verdictOf({ threshold: 0.7, unfiltered: trades(31), filtered: trades(0), difference: null }),
    ).toEqual({
      beats: false,
      text: "At 0.70 the filter does not beat no filter: it let none of 31 trades through.",
    });
    expect(
      verdictOf({ threshold: 0.7, unfiltered: trades(0), filtered: trades(0), difference: null }).text,
    ).toMatch(/nothing can be said/);
  });
});
