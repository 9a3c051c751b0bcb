import { describe, expect, it } from "vitest";
import type { Study } from "../../../src/research/optimize/contract.ts";
import { evaluateTrials } from "../../../src/research/optimize/evaluate.ts";
import { reportStudy } from "../../../src/research/optimize/report.ts";
import { runStudy } from "../../../src/research/optimize/run-study.ts";
import { nextTrials } from "../../../src/research/optimize/search.ts";
import { studyBars } from "../../../src/research/optimize/study-bars.ts";
import { hours, STUDY } from "./study.ts";

const LONG = { timeout: 480_000 };
const BARS = [hours(40_000)];
/** 40,000 bars 500 times: enough that threads are started. */
const LARGE: Study = {
  ...STUDY,
  space: [
    { name: "fast_period", kind: "range", low: 2, high: 30, step: 1, log: false },
    { name: "slow_period", kind: "range", low: 31, high: 90, step: 1, log: false },
  ],
  search: "random",
  trials: 500,
};
/** Whose later trials hang on the earlier. */
const SEARCHED: Study = {
  ...LARGE,
  search: "tpe",
  trials: 250,
  walkForward: { windows: 2, inSampleParts: 1, anchored: false },
};

describe("a study in threads", () => {
  it("has the trials and the report of one thread, in whatever order they end", LONG, async () => {
    const alone = await runStudy(SEARCHED, BARS, { threads: 1 });
    const together = await runStudy(SEARCHED, BARS, { threads: 3 });
    expect(alone.trials).toHaveLength(500);
    expect(together).toEqual(alone);
    const bars = studyBars(SEARCHED, BARS);
    expect(reportStudy(SEARCHED, bars, together)).toEqual(reportStudy(SEARCHED, bars, alone));
  });

  it("begins no more when it is cancelled in the middle, and keeps what was done", LONG, async () => {
    const abort = new AbortController();
    const { trials, ...stopped } = await runStudy(LARGE, BARS, {
      threads: 3,
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done > 30) abort.abort();
      },
    });
    expect(stopped).toMatchObject({ stopped: true, total: 500 });
    // Beyond the thirty: the chunk that told of them, and one under way in each of the other threads, of 21 trials each.
    expect(trials.length).toBeGreaterThan(30);
    expect(trials.length).toBeLessThanOrEqual(30 + 3 * 21);
    const done = new Set(trials.map(({ number }) => number));
    const planned = nextTrials(LARGE, 1, []).trials.filter(({ number }) => done.has(number));
    expect(trials).toEqual(evaluateTrials(LARGE, studyBars(LARGE, BARS), planned));
  });
});
