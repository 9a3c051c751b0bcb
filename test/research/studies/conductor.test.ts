import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import type { Chunk, ChunkQueue, StudyRow, StudyStore } from "../../../src/ports.ts";
import type { Study, Trial } from "../../../src/research/optimize/contract.ts";
import { runStudy } from "../../../src/research/optimize/run-study.ts";
import { chunkOf, chunkSize } from "../../../src/research/studies/chunks.ts";
import { createConductor } from "../../../src/research/studies/conductor.ts";
import { localQueue } from "../../../src/research/studies/local-queue.ts";
import { readReport, readTrial } from "../../../src/research/studies/record.ts";
import { barsToBytes } from "../../../src/research/studies/series-bytes.ts";
import { createChunkServer } from "../../../src/research/studies/server.ts";
import { fakeStudies } from "../../support/fake-studies.ts";
import { silentLog } from "../../support/silent-log.ts";
import { hours, STUDY } from "../optimize/study.ts";

const BARS = [hours(600)];
const clock = { ...systemClock, sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(5, signal) };

async function ask(store: StudyStore, study: Study, key = "slack d1"): Promise<StudyRow> {
  return store.insert(
    {
      key,
      title: "MA Crossover · T",
      definition: { study, symbols: ["T"], bars: 600 },
      asked: { actor: "slack:UANN", name: "ann", platform: "slack", channel: "C1" },
      atMs: 0,
    },
    await barsToBytes(BARS),
  );
}

/** A conductor and a server of chunks on one queue. */
function ground(store = fakeStudies(), queue: ChunkQueue = localQueue()) {
  const parts = { store, queue, clock, log: silentLog };
  return {
    store,
    queue,
    conductor: createConductor({ ...parts, leads: () => true }),
    server: createChunkServer({ ...parts, threads: 1, idleMs: 5 }),
  };
}

async function ended(store: StudyStore, number: number): Promise<StudyRow> {
  for (;;) {
    const row = await store.study(number);
    if (row !== undefined && row.state !== "running") return row;
    await systemClock.sleep(10);
  }
}

async function kept(store: StudyStore, number: number): Promise<readonly Trial[]> {
  return (await store.trials(number)).map(({ trial }) => readTrial(trial));
}

describe("a study that is conducted", () => {
  it.each([
    ["a grid", STUDY],
    [
      "a TPE search, whose later trials hang on the earlier",
      { ...STUDY, search: "tpe" as const, trials: 12 },
    ],
    ["a walk-forward", { ...STUDY, walkForward: { windows: 2, inSampleParts: 2, anchored: false } }],
  ])("has the trials and the report of the same study run at once: %s", async (_name, study) => {
    const { store, conductor, server } = ground();
    const { number } = await ask(store, study);
    conductor.start();
    server.start();
    const row = await ended(store, number);
    await Promise.all([conductor.stop(), server.stop(1_000)]);
    const whole = await runStudy(study, BARS, { threads: 1 });
    expect(row).toMatchObject({ state: "done", planned: whole.total, finished: whole.trials.length });
    expect(await kept(store, number)).toEqual(JSON.parse(JSON.stringify(whole.trials)));
    expect(readReport(row.report)?.verdict.length).toBeGreaterThan(0);
    expect(await store.bars(number)).toEqual([]);
  });

  it("goes on from the kept trials when its conductor died, and tries none of them again", async () => {
    const store = fakeStudies();
    const { number } = await ask(store, STUDY);
    const whole = await runStudy(STUDY, BARS, { threads: 1 });
    const first = whole.trials.slice(0, 5).map((trial) => ({ number: trial.number, trial }));
    await store.addTrials(number, first);
    const queue = localQueue();
    const tried: number[] = [];
    const watched: ChunkQueue = {
      ...queue,
      async put(chunks) {
        tried.push(...chunks.flatMap(({ trials }) => trials.map((trial) => trial.number)));
        await queue.put(chunks);
      },
    };
    const { conductor, server } = ground(store, watched);
    conductor.start();
    server.start();
    await ended(store, number);
    await Promise.all([conductor.stop(), server.stop(1_000)]);
    expect(tried.toSorted((a, b) => a - b)).toEqual(whole.trials.slice(5).map((trial) => trial.number));
    expect(await kept(store, number)).toEqual(JSON.parse(JSON.stringify(whole.trials)));
  });

  it("is dropped from the queue when it is cancelled, and keeps what was tried", async () => {
    const { store, queue, conductor } = ground();
    const { number } = await ask(store, STUDY);
    await conductor.round();
    await store.end(number, { state: "cancelled", text: "by ann", report: null, atMs: 1 });
    await conductor.round();
    expect(await queue.take()).toBeUndefined();
  });

  it("fails with a sentence when its search cannot be made", async () => {
    const { store, conductor } = ground();
    const space = [{ name: "stop_atr", kind: "range", low: 1, high: 4, step: null, log: false } as const];
    const { number } = await ask(store, { ...STUDY, space });
    await conductor.round();
    expect(await store.study(number)).toMatchObject({ state: "failed" });
    expect((await store.study(number))?.text).toContain("stop_atr: a grid needs a step");
  });

  it("counts trials as failed that end every process that tries them", async () => {
    const { store, queue, conductor } = ground();
    const { number } = await ask(store, STUDY);
    await conductor.round();
    for (let time = 0; time < 4; time += 1) {
      const chunk = await queue.take();
      if (chunk !== undefined) await queue.giveBack(chunk, "out of memory");
    }
    await conductor.round();
    await conductor.round();
    const trials = await kept(store, number);
    expect(trials.map(({ state, text }) => ({ state, text }))).toContainEqual({
      state: "failed",
      text: "out of memory",
    });
    expect(await store.study(number)).toMatchObject({ state: "done" });
  });

  it("is left alone by a process that does not lead", async () => {
    const { store, queue } = ground();
    await ask(store, STUDY);
    const standby = createConductor({ store, queue, clock, log: silentLog, leads: () => false });
    await standby.round();
    expect(await queue.take()).toBeUndefined();
  });
});

describe("chunks", () => {
  it("are seconds of work, whatever the bars", () => {
    expect([1, 1_000, 120_000, 1_000_000, 100_000_000].map(chunkSize)).toEqual([500, 500, 500, 60, 1]);
  });

  it("have the same id for the same trials of the same study", () => {
    const trial = { number: 3, window: 0, params: { a: 1 } };
    const one: Chunk = chunkOf(7, [trial]);
    expect(chunkOf(7, [{ ...trial }]).id).toBe(one.id);
    expect(chunkOf(8, [trial]).id).not.toBe(one.id);
    expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
