import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { OwnStrategies } from "../../core/strategies/index.ts";
import { reasonOf } from "./load-files.ts";

/** One file to try out. */
export interface TrialJob {
  readonly directory: string;
  readonly file: string;
}

/** What a trial's thread tells: each part before it begins with it, and at the end what is wrong, null where nothing is. */
export type TrialSaid =
  | { readonly kind: "begins"; readonly part: string }
  | { readonly kind: "ended"; readonly fault: string | null };

/** Starts a thread on a module (its address without the ending) that finds the job in its `workerData`. */
export type StartTrial = (task: {
  readonly module: string;
  readonly job: TrialJob;
  readonly transfer: readonly ArrayBuffer[];
}) => Worker;

const TRIAL = new URL("./trial-thread", import.meta.url).href;
/** Two even where there is one core: the others need not wait for a file that never ends. */
const TRIALS_AT_A_TIME = Math.max(2, availableParallelism());

/**
 * Tries each file in a thread of its own, so that one which never returns, ends the program or fills the memory harms nobody.
 * A trial has `deadlineMs` from when its thread stands ready. Returns the faulty ones in the order of `files`.
 */
export async function tryFiles(
  directory: string,
  files: readonly string[],
  start: StartTrial,
  deadlineMs: number,
): Promise<OwnStrategies["leftOut"]> {
  const faults = new Map<string, string>();
  const waiting = [...files];
  const tryNext = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const fault = await tryFile(
        start({ module: TRIAL, job: { directory, file }, transfer: [] }),
        deadlineMs,
      );
      if (fault !== null) faults.set(file, fault);
    }
  };
  await Promise.all(Array.from({ length: Math.min(files.length, TRIALS_AT_A_TIME) }, tryNext));
  return files.flatMap((file) => {
    const reason = faults.get(file);
    return reason === undefined ? [] : [{ file, reason }];
  });
}

/** What the thread finds wrong, or what becomes of it instead of an answer. */
async function tryFile(thread: Worker, deadlineMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string | null>((resolve) => {
      let part = "";
      thread.on("message", (said: TrialSaid) => {
        if (said.kind === "ended") return resolve(said.fault);
        part = said.part;
        timer ??= setTimeout(() => resolve(`${part} did not end within ${deadlineMs / 1_000} s`), deadlineMs);
      });
      thread.on("error", (error) => resolve(reasonOf(error)));
      thread.once("exit", (code) => resolve(`it ends the program, with code ${code}`));
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
