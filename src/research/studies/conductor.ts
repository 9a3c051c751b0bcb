import type { Chunk, ChunkQueue, Clock, Log, StudyRow, StudyStore } from "../../ports.ts";
import { UsageError } from "../../core/errors.ts";
import { loopOf, type Loop } from "../../core/repeat.ts";
import type { PlannedTrial } from "../optimize/contract.ts";
import { failedTrial } from "../optimize/failed-trial.ts";
import type { StudyRun } from "../optimize/run-study.ts";
import { nextTrials } from "../optimize/search.ts";
import { chunkOf, chunkSize } from "./chunks.ts";
import { readPlanned, readRecord, readTrial, type StudyRecord } from "./record.ts";
import { reportInThread } from "./write-report.ts";

const ROUND_MS = 1_000;
/** Chunks of one study in the queue at a time: enough for many workers, and another study's turn comes soon. */
const AHEAD = 32;
const MOST_FAILURES = 5;

export interface ConductorParts {
  readonly store: StudyStore;
  readonly queue: ChunkQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** One process at a time conducts. */
  readonly leads: () => boolean;
}

export interface Conductor extends Loop {
  /** One look at every running study, for whoever does not want to wait. */
  round(): Promise<void>;
}

/** What is still to be done of a running study: made anew from the kept trials by whoever begins to conduct it. */
interface Score {
  readonly record: StudyRecord;
  /** Planned trials that are in no chunk yet, in order. */
  waiting: readonly PlannedTrial[];
  /** Numbers that are not kept yet, by chunk in the queue. */
  readonly queued: Map<string, ReadonlySet<number>>;
  /** Trials that were kept when it was looked last. */
  seen: number;
}

/**
 * Leads each running study from its rows to its report: asks the search what to try, keeps the queue filled, and when the
 * search has enough, has the report written. It remembers nothing that the rows do not say, so it goes on after a crash where
 * the kept trials are.
 */
export function createConductor(parts: ConductorParts): Conductor {
  const { store, queue, clock, log } = parts;
  const scores = new Map<number, Score>();
  const failures = new Map<number, number>();

  async function adopt(row: StudyRow): Promise<Score> {
    const score: Score = { record: readRecord(row.definition), waiting: [], queued: new Map(), seen: -1 };
    // Chunks of before are cut otherwise: what nobody serves yet is planned anew.
    await queue.drop(row.number);
    return score;
  }

  /** Asks the search once everything it asked for is kept. */
  async function plan(row: StudyRow, score: Score): Promise<void> {
    const trials = (await store.trials(row.number)).map(({ trial }) => readTrial(trial));
    const { study } = score.record;
    const { trials: wanted, skipped, total } = nextTrials(study, study.walkForward?.windows ?? 1, trials);
    if (total !== row.planned) await store.setPlanned(row.number, total);
    if (wanted.length === 0) await finish(row, score, { trials, skipped, total, stopped: false });
    else score.waiting = wanted;
  }

  async function conduct(row: StudyRow): Promise<void> {
    const score = scores.get(row.number) ?? (await adopt(row));
    scores.set(row.number, score);
    if (row.finished !== score.seen) forgetKept(score, new Set(await store.trialNumbers(row.number)));
    score.seen = row.finished;
    if (score.waiting.length === 0 && score.queued.size === 0) await plan(row, score);
    await fillQueue(row, score);
  }

  async function fillQueue(row: StudyRow, score: Score): Promise<void> {
    const size = chunkSize(score.record.bars);
    const chunks: Chunk[] = [];
    while (score.queued.size + chunks.length < AHEAD && score.waiting.length > 0) {
      chunks.push(chunkOf(row.number, score.waiting.slice(0, size)));
      score.waiting = score.waiting.slice(size);
    }
    if (chunks.length === 0) return;
    for (const { id, trials } of chunks) score.queued.set(id, new Set(trials.map(({ number }) => number)));
    await queue.put(chunks);
  }

  async function finish(row: StudyRow, { record }: Score, found: StudyRun): Promise<void> {
    const report = await reportInThread(store, row.number, record, found);
    await store.end(row.number, { state: "done", text: "", report, atMs: clock.nowMs() });
    scores.delete(row.number);
    log.info({ study: row.number, trials: found.trials.length }, "a study is done");
  }

  async function giveUp(row: StudyRow, error: unknown): Promise<void> {
    const text = error instanceof Error ? error.message : String(error);
    log.error({ study: row.number, error }, "a study cannot go on");
    await store.end(row.number, { state: "failed", text, report: null, atMs: clock.nowMs() });
  }

  /** Trials that end every process that runs them are told apart from those that are only slow. */
  async function buryHopeless(): Promise<void> {
    for (const { chunk, reason } of await queue.takeHopeless()) {
      const trials = chunk.trials.map(({ trial }) => failedTrial(readPlanned(trial), reason));
      await store.addTrials(
        chunk.study,
        trials.map((trial) => ({ number: trial.number, trial })),
      );
      log.warn({ study: chunk.study, trials: trials.length, reason }, "trials are given up");
    }
  }

  /** A study that is cancelled or was ended by another process. */
  async function forgetEnded(running: readonly StudyRow[]): Promise<void> {
    const numbers = new Set(running.map(({ number }) => number));
    for (const number of scores.keys()) {
      if (numbers.has(number)) continue;
      scores.delete(number);
      await queue.drop(number);
    }
  }

  async function round(): Promise<void> {
    if (!parts.leads()) {
      scores.clear();
      return;
    }
    const running = await store.running();
    if (running.length > 0) await buryHopeless();
    await forgetEnded(running);
    for (const row of running)
      try {
        await conduct(row);
        failures.delete(row.number);
      } catch (error) {
        await failed(row, error);
      }
  }

  /** It begins anew from the rows; what fails again and again while the database answers will not come right by itself. */
  async function failed(row: StudyRow, error: unknown): Promise<void> {
    scores.delete(row.number);
    // Throws while the database is away: that is no failure of the study.
    await store.study(row.number);
    const times = (failures.get(row.number) ?? 0) + 1;
    failures.set(row.number, times);
    log.warn({ study: row.number, times, error }, "a study was not conducted");
    if (error instanceof UsageError || times >= MOST_FAILURES) await giveUp(row, error);
  }

  return { ...loopOf(parts, "conducting studies", ROUND_MS, round), round };
}

function forgetKept(score: Score, kept: ReadonlySet<number>): void {
  for (const [id, numbers] of score.queued) {
    const left = new Set([...numbers].filter((number) => !kept.has(number)));
    if (left.size === 0) score.queued.delete(id);
    else score.queued.set(id, left);
  }
}
