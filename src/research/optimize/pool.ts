import { startThread } from "../thread.ts";
import type { SymbolBars } from "../portfolio.ts";
import type { PlannedTrial, Study, Trial } from "./contract.ts";
import { failedTrial } from "./failed-trial.ts";
import { sharedSymbols } from "./shared-bars.ts";

/** What a thread of the pool is started with. */
export interface PoolJob {
  readonly study: Study;
  readonly symbols: readonly SymbolBars[];
}

/** A chunk on its way to a thread. */
export interface Chunk {
  readonly id: number;
  readonly trials: readonly PlannedTrial[];
}

/** A thread's answer to a chunk. */
export interface ChunkResult {
  readonly id: number;
  readonly trials: readonly Trial[];
}

export interface TrialPool {
  /** The results of the trials, those left over when `signal` was aborted without one. `onTrials` hears of each chunk. */
  run(
    trials: readonly PlannedTrial[],
    onTrials: (trials: readonly Trial[]) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}

/** Chunks a thread is to get of one batch: few enough to cost nothing, enough that no thread waits long for the last. */
const CHUNKS_A_THREAD = 8;
/** Bars × trials of a chunk at most: half a second or so until a cancelled study ends. */
const CHUNK_BARS = 20_000_000;
/** A chunk whose thread ends is given to another, once. */
const MOST_STARTS = 2;

type Thread = ReturnType<typeof startThread>;

/** A module that answers each chunk by its trials evaluated; its address without the ending. */
const TRIALS = new URL("./trial-thread", import.meta.url).href;

/**
 * Threads that evaluate trials on bars they share. Which thread evaluates what changes nothing: a trial's figures are those of
 * its settings. A thread that ends is replaced, its chunk done again; trials of a chunk that ends a second one have failed.
 */
export function openPool(job: PoolJob, threads: number, module: string = TRIALS): TrialPool {
  const shared: PoolJob = { ...job, symbols: sharedSymbols(job.symbols) };
  const bars = job.symbols.reduce((sum, { series }) => sum + series.length, 0);
  const idle: Thread[] = [];

  function start(): Thread {
    const thread = startThread({ module, job: shared, transfer: [] });
    // Whoever waits for its answer hears of its end, too; one that ends while it waits for work is only missed.
    thread.on("error", () => undefined);
    thread.once("exit", () => {
      if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    });
    return thread;
  }

  /** Gives the chunk to a thread; rejects when the thread ends before it answers. */
  function attempt(chunk: Chunk): Promise<readonly Trial[]> {
    const thread = idle.pop() ?? start();
    return new Promise((resolve, reject) => {
      const ended = (error: unknown): void => {
        thread.off("message", answered);
        reject(error instanceof Error ? error : new Error(`it ended with ${String(error)}`));
      };
      const answered = ({ trials }: ChunkResult): void => {
        thread.off("error", ended);
        thread.off("exit", ended);
        idle.push(thread);
        resolve(trials);
      };
      thread.once("error", ended);
      thread.once("exit", ended);
      thread.once("message", answered);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(chunk);
    });
  }

  async function evaluate(chunk: Chunk): Promise<readonly Trial[]> {
    let reason = "";
    for (let starts = 0; starts < MOST_STARTS; starts += 1)
      try {
        return await attempt(chunk);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    return chunk.trials.map((trial) =>
      failedTrial(trial, `its thread ended ${MOST_STARTS} times: ${reason}`),
    );
  }

  return {
    async run(trials, onTrials, signal) {
      const chunks = chunksOf(trials, threads, bars);
      const serve = async (): Promise<void> => {
        for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
          if (signal?.aborted === true) return;
          onTrials(await evaluate(chunk));
        }
      };
      await Promise.all(Array.from({ length: threads }, serve));
    },
    async close() {
      await Promise.all(idle.splice(0).map((thread) => thread.terminate()));
    },
  };
}

function chunksOf(trials: readonly PlannedTrial[], threads: number, bars: number): Chunk[] {
  const share = Math.ceil(trials.length / (threads * CHUNKS_A_THREAD));
  const size = Math.max(1, Math.min(share, Math.floor(CHUNK_BARS / bars)));
  return Array.from({ length: Math.ceil(trials.length / size) }, (_, id) => ({
    id,
    trials: trials.slice(id * size, (id + 1) * size),
  }));
}
