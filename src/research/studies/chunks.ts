import { createHash } from "node:crypto";
import type { Chunk } from "../../ports.ts";
import type { PlannedTrial } from "../optimize/contract.ts";

/** Bars times trials of a chunk: seconds of work, so that little is lost with a process that dies and a cancel is soon felt. */
const BARS_A_CHUNK = 60_000_000;
const MOST_TRIALS = 500;

/** How many trials of a study with so many bars a chunk has. */
export function chunkSize(bars: number): number {
  return Math.max(1, Math.min(MOST_TRIALS, Math.floor(BARS_A_CHUNK / Math.max(1, bars))));
}

/** The same trials always make the same chunk, so that it is queued once. */
export function chunkOf(study: number, trials: readonly PlannedTrial[]): Chunk {
  const name = `${study} ${trials.map(({ number }) => number).join(" ")}`;
  return { id: uuidOf(name), study, trials: trials.map((trial) => ({ number: trial.number, trial })) };
}

/** A UUID of version 8 (RFC 9562): the hash of a name. */
function uuidOf(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
