import { describe, expect, it } from "vitest";
import { evaluateTrials } from "../../../src/research/optimize/evaluate.ts";
import { nextTrials } from "../../../src/research/optimize/search.ts";
import { studyBars } from "../../../src/research/optimize/study-bars.ts";
import { valueAtPlace, valuesOf } from "../../../src/research/optimize/values.ts";
import type { Dimension, Study } from "../../../src/research/optimize/contract.ts";
import { hours, STUDY } from "./study.ts";

describe("a dimension", () => {
  const range = { name: "x", kind: "range", low: 0.1, high: 0.3, step: 0.1, log: false } as const;

  it.each<[string, Dimension, readonly unknown[]]>([
    ["a list", { name: "x", kind: "list", values: [true, false] }, [true, false]],
    ["steps as a person writes them", range, [0.1, 0.2, 0.3]],
    ["steps that do not reach the end", { ...range, high: 0.35 }, [0.1, 0.2, 0.3]],
    ["one value", { ...range, high: 0.1 }, [0.1]],
  ])("has the values of %s", (_name, dimension, values) => {
    expect(valuesOf(dimension)).toEqual(values);
  });

  it.each<[string, Dimension, number, number]>([
    ["the first step", range, 0, 0.1],
    ["the last step just before 1", range, 0.999, 0.3],
    ["half-way by distance", { ...range, step: null }, 0.5, 0.2],
    // 0.01 × (1 / 0.01)^0.5 = 0.1
    ["half-way by ratio", { ...range, low: 0.01, high: 1, step: null, log: true }, 0.5, 0.1],
    // 1 × 100^0.5 = 10
    ["the nearest step by ratio", { ...range, low: 1, high: 100, step: 3, log: true }, 0.5, 10],
  ])("finds %s", (_name, dimension, place, value) => {
    expect(valueAtPlace(dimension, place)).toBe(value);
  });
});

describe("a grid search", () => {
  it("tries every combination that does not contradict itself, in each window", () => {
    const { trials, skipped, total } = nextTrials(STUDY, 2, []);
    expect({ skipped, total }).toEqual({ skipped: 1, total: 16 });
    expect(trials.slice(0, 4)).toEqual([
      { number: 0, window: 0, params: { fast_period: 5, slow_period: 20 } },
      { number: 1, window: 1, params: { fast_period: 5, slow_period: 20 } },
      { number: 2, window: 0, params: { fast_period: 5, slow_period: 30 } },
      { number: 3, window: 1, params: { fast_period: 5, slow_period: 30 } },
    ]);
  });

  it("refuses a size that nobody waits for, with the count", () => {
    const periods = { kind: "range", low: 1, high: 1000, step: 1, log: false } as const;
    const study: Study = {
      ...STUDY,
      space: [
        { ...periods, name: "fast_period" },
        { ...periods, name: "slow_period" },
      ],
    };
    expect(() => nextTrials(study, 2, [])).toThrow(
      "the grid has 2,000,000 trials (fast_period 1000 × slow_period 1000 × 2 windows), at most 100,000",
    );
  });

  it("names the dimension without a step", () => {
    const stopAtr = { name: "stop_atr", kind: "range", low: 1, high: 3, step: null, log: false } as const;
    expect(() => nextTrials({ ...STUDY, space: [stopAtr] }, 1, [])).toThrow("stop_atr=1:3:STEP");
  });
});

describe("a random search", () => {
  const study: Study = {
    ...STUDY,
    search: "random",
    space: [
      { name: "fast_period", kind: "range", low: 2, high: 60, step: 1, log: true },
      { name: "slow_period", kind: "range", low: 10, high: 90, step: 1, log: false },
      { name: "stop_atr", kind: "range", low: 0.5, high: 4, step: null, log: false },
    ],
  };

  it("draws as many as asked, the same for the same seed and others for another", () => {
    const { trials, total } = nextTrials(study, 1, []);
    expect(total).toBe(20);
    expect(nextTrials(study, 1, []).trials).toEqual(trials);
    expect(nextTrials({ ...study, seed: 8 }, 1, []).trials).not.toEqual(trials);
    expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(20);
  });

  it("counts what contradicts itself and draws on", () => {
    const { trials, skipped } = nextTrials(study, 1, []);
    expect(skipped).toBeGreaterThan(0);
    expect(trials.every(({ params }) => Number(params["fast_period"]) < Number(params["slow_period"]))).toBe(
      true,
    );
  });

  it("ends where a small space has no more", () => {
    const space: Study["space"] = [{ name: "fast_period", kind: "list", values: [5, 10, 30, 31] }];
    const { total, skipped } = nextTrials({ ...study, space }, 1, []);
    expect({ total, skipped }).toEqual({ total: 2, skipped: 2 });
  });

  it("goes on after a crash with what is missing", () => {
    const bars = studyBars(study, [hours(200)]);
    const { trials } = nextTrials(study, 1, []);
    const finished = evaluateTrials(study, bars, [...trials.slice(0, 5), ...trials.slice(9)].toReversed());
    expect(nextTrials(study, 1, finished).trials).toEqual(trials.slice(5, 9));
  });
});
