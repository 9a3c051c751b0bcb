import { describe, expect, it } from "vitest";
import type { Params } from "../../../src/core/strategies/contract.ts";
import type { PlannedTrial, Study, Trial } from "../../../src/research/optimize/contract.ts";
import { nextTrials } from "../../../src/research/optimize/search.ts";
import { STUDY, trialOf } from "./study.ts";

/** Three numbers and a choice, of which the best are near 0.3, 20 and 0.01, and `true`. */
const SPACE: Study = {
  ...STUDY,
  strategyId: "volatility_breakout",
  params: { atr_period: 14, breakout_multiplier: 2, volume_confirmation: true, volume_factor: 1.5 },
  search: "tpe",
  trials: 100,
  space: [
    { name: "breakout_multiplier", kind: "range", low: 0.1, high: 5, step: null, log: false },
    { name: "atr_period", kind: "range", low: 2, high: 100, step: 1, log: false },
    { name: "volume_factor", kind: "range", low: 0.001, high: 10, step: null, log: true },
    { name: "volume_confirmation", kind: "list", values: [false, true] },
  ],
};

function sharpeOf({ params }: PlannedTrial): number {
  const apart = [
    (Number(params["breakout_multiplier"]) - 0.3) / 5,
    (Number(params["atr_period"]) - 20) / 100,
    Math.log(Number(params["volume_factor"]) / 0.01) / Math.log(10_000),
    params["volume_confirmation"] === true ? 0 : 0.5,
  ];
  return -apart.reduce((sum, each) => sum + each * each, 0);
}

/** All trials of a study whose Sharpe ratios are `sharpeOf`, as one that runs them all answers. */
function searched(study: Study, kept = (trial: Trial): Trial => trial, windows = 1): readonly Trial[] {
  const finished: Trial[] = [];
  for (;;) {
    const { trials } = nextTrials(study, windows, finished);
    if (trials.length === 0) return finished;
    finished.push(...trials.map((trial) => kept(trialOf(trial, { sharpe: sharpeOf(trial) }))));
  }
}

/** As jsonb gives them back. */
function byName(params: Params): Params {
  return Object.fromEntries(Object.entries(params).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function best(trials: readonly Trial[]): number {
  return Math.max(...trials.map(({ inSample }) => inSample?.sharpe ?? Number.NEGATIVE_INFINITY));
}

function inWindow(found: readonly PlannedTrial[], wanted: number): readonly unknown[] {
  return found.flatMap(({ window, params }) => (window === wanted ? [params] : []));
}

describe("a TPE search", () => {
  it("comes nearer to the best than a random search, whatever the seed", () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const nearer = seeds.filter(
      (seed) => best(searched({ ...SPACE, seed })) > best(searched({ ...SPACE, seed, search: "random" })),
    );
    expect(nearer).toHaveLength(seeds.length);
  });

  it("tries as many as asked, none twice, and the same for the same seed", () => {
    const trials = searched(SPACE);
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(100);
    expect(searched(SPACE)).toEqual(trials);
    expect(searched({ ...SPACE, seed: 8 })).not.toEqual(trials);
  });

  it("asks for batches, and for the same whatever the order in which trials were finished", () => {
    const start = nextTrials(SPACE, 1, []).trials;
    const finished = start.map((trial) => trialOf(trial, { sharpe: sharpeOf(trial) }));
    const { trials } = nextTrials(SPACE, 1, finished);
    expect([start.length, trials.length]).toEqual([20, 16]);
    expect(nextTrials(SPACE, 1, finished.toReversed()).trials).toEqual(trials);
  });

  it("goes on after a crash in the middle of a batch with what is missing of it", () => {
    const trials = searched(SPACE);
    for (const kept of [0, 7, 20, 29, 36, 99]) {
      const [next] = nextTrials(SPACE, 1, trials.slice(0, kept)).trials;
      expect(next).toEqual({ number: kept, window: 0, params: trials[kept]?.params });
    }
    const holed = [...trials.slice(0, 25), ...trials.slice(27, 36)];
    expect(nextTrials(SPACE, 1, holed).trials.map(({ params }) => params)).toEqual(
      trials.slice(25, 27).map(({ params }) => params),
    );
  });

  it("tries nothing again where a database kept the names in another order", () => {
    const study: Study = {
      ...STUDY,
      search: "tpe",
      trials: 60,
      space: [
        { name: "slow_period", kind: "range", low: 20, high: 29, step: 1, log: false },
        { name: "fast_period", kind: "range", low: 5, high: 14, step: 1, log: false },
      ],
    };
    const reordered = (trial: Trial): Trial => ({ ...trial, params: byName(trial.params) });
    const kept = searched(study, reordered);
    expect(new Set(kept.map(({ params }) => JSON.stringify(params))).size).toBe(kept.length);
    expect(kept).toEqual(searched(study));
  });

  it("learns in each window from that window alone", () => {
    const trials = searched({ ...SPACE, trials: 40 }, undefined, 2);
    expect(trials).toHaveLength(80);
    const moved = trials
      .slice(0, 40)
      .map((trial) => (trial.window === 1 ? trialOf(trial, { sharpe: -sharpeOf(trial) }) : trial));
    const one = nextTrials({ ...SPACE, trials: 40 }, 2, trials.slice(0, 40)).trials;
    const other = nextTrials({ ...SPACE, trials: 40 }, 2, moved).trials;
    expect(inWindow(other, 0)).toEqual(inWindow(one, 0));
    expect(inWindow(other, 1)).not.toEqual(inWindow(one, 1));
  });

  it.each<[string, number, Study["space"]]>([
    [
      // Fast 10 to 30 and slow 20 to 40: 10 with all three, 20 with two, 30 with one.
      "one with contradictions",
      6,
      [
        { name: "fast_period", kind: "list", values: [10, 20, 30] },
        { name: "slow_period", kind: "list", values: [20, 30, 40] },
      ],
    ],
    [
      "one of which draws find the high end seldom",
      101,
      [{ name: "slow_period", kind: "range", low: 11, high: 5_011, step: 50, log: true }],
    ],
  ])("plans no more than a small space has, and tries all of it: %s", (_name, has, space) => {
    const study: Study = { ...STUDY, search: "tpe", trials: 200, space };
    expect(nextTrials(study, 2, []).total).toBe(2 * has);
    const trials = searched(study, undefined, 2);
    expect(trials).toHaveLength(2 * has);
    expect(nextTrials(study, 2, trials)).toMatchObject({ trials: [], total: 2 * has });
  });

  it("has planned what it tried once a large space turns out to have no more", () => {
    const study: Study = {
      ...STUDY,
      search: "tpe",
      trials: 200,
      // Six of ten thousand do not contradict themselves.
      space: [
        { name: "fast_period", kind: "range", low: 98, high: 197, step: 1, log: false },
        { name: "slow_period", kind: "range", low: 2, high: 101, step: 1, log: false },
      ],
    };
    const trials = searched(study);
    expect(trials.length).toBeLessThanOrEqual(6);
    expect(nextTrials(study, 1, trials).total).toBe(trials.length);
  });

  it("ends where a small space has no more, and never tries what contradicts itself", () => {
    const trials = searched({
      ...STUDY,
      search: "tpe",
      trials: 500,
      space: [
        { name: "fast_period", kind: "range", low: 5, high: 14, step: 1, log: false },
        { name: "slow_period", kind: "range", low: 10, high: 19, step: 1, log: false },
      ],
    });
    // 10 × 10 less those with fast ≥ slow: fast 10 to 14 against slow 10 to 14, 1 + 2 + 3 + 4 + 5.
    expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(85);
    expect(trials).toHaveLength(85);
    expect(trials.every(({ params }) => Number(params["fast_period"]) < Number(params["slow_period"]))).toBe(
      true,
    );
  });
});
