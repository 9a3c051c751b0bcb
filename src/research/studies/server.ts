import type { Chunk, ChunkQueue, Clock, Log, StudyStore } from "../../ports.ts";
import type { Trial } from "../optimize/contract.ts";
import { openPool, type TrialPool } from "../optimize/pool.ts";
import { readPlanned, readRecord } from "./record.ts";
import { barsFromBytes } from "./series-bytes.ts";

/** Threads and bars are given back when no chunk came for so long. */
const KEEP_POOL_MS = 20_000;
const CANCEL_LOOK_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface ServerParts {
  readonly store: StudyStore;
  readonly queue: ChunkQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly threads: number;
  /** How long to wait before asking again when no chunk waits. */
  readonly idleMs: number;
}

/** Serves chunks of trials, one after the other, each with all its threads. */
export interface ChunkServer {
  start(): void;
  /** Takes no more; resolves when the chunk under way is done and kept, or after `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

/** The threads of the study that was served last, with its bars. */
interface Ready {
  readonly study: number;
  readonly pool: TrialPool;
}

export function createChunkServer(parts: ServerParts): ChunkServer {
  const { store, queue, clock, log } = parts;
  const stopping = new AbortController();
  let ready: Ready | undefined;
  let idleSinceMs = 0;
  let loop: Promise<void> = Promise.resolve();

  async function poolOf(study: number, definition: unknown): Promise<TrialPool> {
    if (ready?.study === study) return ready.pool;
    await closePool();
    const symbols = await barsFromBytes(await store.bars(study));
    const pool = openPool({ study: readRecord(definition).study, symbols }, parts.threads);
    ready = { study, pool };
    return pool;
  }

  async function closePool(): Promise<void> {
    const closing = ready;
    ready = undefined;
    await closing?.pool.close();
  }

  /** Aborts when the study is no longer running; `over` ends the looking. */
  async function watchForCancel(study: number, cancelled: AbortController, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await clock.sleep(CANCEL_LOOK_MS, over);
      const now = over.aborted ? undefined : await store.study(study).catch(() => undefined);
      if (now !== undefined && now.state !== "running") return cancelled.abort();
    }
  }

  async function evaluate(chunk: Chunk): Promise<readonly Trial[]> {
    const row = await store.study(chunk.study);
    if (row === undefined || row.state !== "running") return [];
    const pool = await poolOf(row.number, row.definition);
    const results: Trial[] = [];
    const [cancelled, over] = [new AbortController(), new AbortController()];
    const watching = watchForCancel(row.number, cancelled, over.signal);
    try {
      await pool.run(
        chunk.trials.map(({ trial }) => readPlanned(trial)),
        (trials) => results.push(...trials),
        cancelled.signal,
      );
    } finally {
      over.abort();
      await watching;
    }
    return results;
  }

  async function serve(chunk: Chunk): Promise<void> {
    let trials: readonly Trial[];
    try {
      trials = await evaluate(chunk);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ study: chunk.study, chunk: chunk.id, error }, "a chunk of trials could not be run");
      await persist("give a chunk back", () => queue.giveBack(chunk, reason));
      return;
    }
    const rows = trials.map((trial) => ({ number: trial.number, trial }));
    await persist("keep trials", () => store.addTrials(chunk.study, rows));
    await persist("end a chunk", () => queue.done(chunk));
  }

  /** Results are worth waiting for a database that is away. */
  async function persist(what: string, work: () => Promise<void>): Promise<void> {
    for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(LAST_RETRY_MS, pauseMs * 2)) {
      try {
        return await work();
      } catch (error) {
        log.warn({ error }, `could not ${what}; trying again`);
        if (stopping.signal.aborted) return;
        await clock.sleep(pauseMs, stopping.signal);
      }
    }
  }

  async function takeNext(): Promise<Chunk | undefined> {
    try {
      return await queue.take();
    } catch (error) {
      log.warn({ error }, "the queue of studies does not answer; trying again");
      return undefined;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const chunk = await takeNext();
      if (chunk !== undefined) {
        await serve(chunk);
        idleSinceMs = clock.nowMs();
      } else {
        if (clock.nowMs() - idleSinceMs > KEEP_POOL_MS) await closePool();
        await clock.sleep(parts.idleMs, stopping.signal);
      }
    }
  }

  return {
    start() {
      loop = run();
    },
    async stop(patienceMs) {
      stopping.abort();
      const done = new AbortController();
      const late = clock.sleep(patienceMs, done.signal);
      await Promise.race([loop, late]);
      done.abort();
      await closePool();
    },
  };
}
