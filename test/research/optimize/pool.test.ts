import { describe, expect, it } from "vitest";
import type { Study, Trial } from "../../../src/research/optimize/contract.ts";
import { evaluateTrials } from "../../../src/research/optimize/evaluate.ts";
import { openPool } from "../../../src/research/optimize/pool.ts";
import { nextTrials } from "../../../src/research/optimize/search.ts";
import { studyBars } from "../../../src/research/optimize/study-bars.ts";
import { hours, STUDY } from "./study.ts";

const BARS = hours(300);
const STUDIED: Study = { ...STUDY, search: "random", trials: 24 };
const { trials: PLANNED } = nextTrials(STUDIED, 1, []);
const CRASHING = new URL("../../support/crashing-thread", import.meta.url).href;

async function pooled(threads: number, study = STUDIED, module?: string): Promise<readonly Trial[]> {
  const pool = openPool({ study, symbols: [BARS] }, threads, module);
  const found: Trial[] = [];
  await pool.run(PLANNED, (trials) => found.push(...trials));
  await pool.close();
  return found.toSorted((one, two) => one.number - two.number);
}

describe("a pool of threads", () => {
  it("finds what one thread finds, however many there are", async () => {
    const alone = evaluateTrials(STUDIED, studyBars(STUDIED, [BARS]), PLANNED);
    expect(await pooled(1)).toEqual(alone);
    expect(await pooled(3)).toEqual(alone);
  });

  it("does a chunk again, once, when its thread ends", async () => {
    // The module ends its thread the first time it is given trial 0.
    const found = await pooled(1, { ...STUDIED, seed: 1 }, CRASHING);
    expect(found.map(({ state }) => state)).toEqual(PLANNED.map(() => "done"));
  });

  it("fails the trials of a chunk whose thread ends again, and goes on with the others", async () => {
    const found = await pooled(2, { ...STUDIED, seed: 2 }, CRASHING);
    expect(found.filter(({ state }) => state === "done").length).toBeGreaterThan(0);
    const failed = found.filter(({ state }) => state === "failed");
    expect(failed.map(({ number }) => number)).toContain(0);
    expect(failed[0]?.text).toBe("its thread ended 2 times: it ended with 3");
    expect(found).toHaveLength(PLANNED.length);
  });

  it("begins nothing more once it is told to stop", async () => {
    const pool = openPool({ study: STUDIED, symbols: [BARS] }, 1);
    const abort = new AbortController();
    const found: Trial[] = [];
    await pool.run(
      PLANNED,
      (trials) => {
        found.push(...trials);
        abort.abort();
      },
      abort.signal,
    );
    await pool.close();
    expect(found).toHaveLength(1); // of eight sound combinations in eight chunks
  });
});
