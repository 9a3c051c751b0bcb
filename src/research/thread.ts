import { availableParallelism } from "node:os";
import { Worker, parentPort, workerData } from "node:worker_threads";
import { ownStrategies } from "../core/strategies/index.ts";

/** What a thread does: one job, telling how far it is. Job, progress and result cross as structured clones. */
type Work = (job: never, progress: (progress: unknown) => void) => unknown;

type Said<W extends Work> =
  | { readonly kind: "progress"; readonly progress: Parameters<Parameters<W>[1]>[0] }
  | { readonly kind: "result"; readonly result: ReturnType<W> };

const ENDING = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const START = new URL("../../bin/thread.mjs", import.meta.url);
/** Threads at a time: one core is the bot's own. */
const MOST = Math.max(1, availableParallelism() - 1);
const MEMORY_MB = 2_048;

let running = 0;
const waiting: (() => void)[] = [];

/** A job for a thread, and what of it is handed over instead of copied. */
export interface ThreadTask<Job> {
  /** The address of a module that calls `serveTask`, without its ending: .ts in a clone, .js where it was built. */
  readonly module: string;
  readonly job: Job;
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Does in a thread of its own what `W` does, so that the bot's clock goes on ticking; further tasks wait for a free core.
 * Rejects when the thread throws, runs out of memory or ends without a result.
 */
export async function inThread<W extends Work>(
  task: ThreadTask<Parameters<W>[0]>,
  onProgress: Parameters<W>[1],
): Promise<ReturnType<W>> {
  if (running >= MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await run<W>(task, onProgress);
  } finally {
    const next = waiting.shift();
    // The core goes straight to the first who waits.
    if (next === undefined) running -= 1;
    else next();
  }
}

function run<W extends Work>(
  task: ThreadTask<Parameters<W>[0]>,
  onProgress: Parameters<W>[1],
): Promise<ReturnType<W>> {
  return new Promise((resolve, reject) => {
    const thread = startThread(task);
    thread.on("message", (said: Said<W>) => {
      if (said.kind === "progress") onProgress(said.progress);
      else resolve(said.result);
    });
    thread.once("error", reject);
    thread.once("exit", (code) =>
      reject(new Error(`a thread ended with ${code} and no result: ${task.module}`)),
    );
  });
}

/** The files of the desk's own strategies that are known here, for the thread to load too; undefined where there are none. */
function ownFiles():
  | { readonly directory: string | undefined; readonly files: readonly string[] }
  | undefined {
  const { directory, loaded } = ownStrategies();
  return loaded.length === 0 ? undefined : { directory, files: loaded.map(({ file }) => file) };
}

/** A thread that has begun with its task; whoever starts it listens to it and ends it. */
export function startThread<Job>({ module, job, transfer }: ThreadTask<Job>): Worker {
  return new Worker(START, {
    workerData: { module: module + ENDING, job, strategies: ownFiles() },
    transferList: [...transfer],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
}

/** What a thread that serves messages is started with, and what it is then sent. */
interface Exchange {
  readonly job: unknown;
  readonly message: unknown;
}

/** In the thread: makes ready for the job that it was started with, then answers every message. */
export function serveMessages<E extends Exchange>(
  prepare: (job: E["job"]) => (message: E["message"]) => unknown,
): void {
  const given: { readonly job: E["job"] } = workerData;
  const answer = prepare(given.job);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.on("message", (message: E["message"]) => parentPort?.postMessage(answer(message)));
}

/** In the thread: does the job that it was started with. */
export function serveTask(work: Work): void {
  const given: { readonly job: never } = workerData;
  say({ kind: "result", result: work(given.job, (progress) => say({ kind: "progress", progress })) });
}

function say(said: Said<Work>): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(said);
}
