import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { fileLoader, reasonOf } from "./load-files.ts";
import type { TrialJob, TrialSaid } from "./try-files.ts";
import { tryOut } from "./try-out.ts";

const { job }: { readonly job: TrialJob } = workerData;
const load = await fileLoader(job.directory);
// A thread that waits for nothing but a promise would end; how long that may last is counted outside.
parentPort?.ref();
say({ kind: "ended", fault: await faultOf(job.file) });

async function faultOf(file: string): Promise<string | null> {
  const begins = (part: string): void => say({ kind: "begins", part });
  try {
    begins("loading");
    tryOut(await load(file), begins);
    // What it left behind to be thrown by itself ends the thread before the answer.
    await nextTurn();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function say(said: TrialSaid): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(said);
}
