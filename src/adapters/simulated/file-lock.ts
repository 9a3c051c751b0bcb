import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { processLives } from "./ownership.ts";

/** The work under the lock takes microseconds: whoever holds it for so long is gone or stopped. */
const STALE_MS = 5_000;
const WAIT_MS = 2;
const ATTEMPTS = 1_000;

/**
 * Runs `work` while no other process is inside the same lock. `fresh` is a file that was written a moment ago: its time and the
 * lock's come from the same file system, so no clock decides whether a lock is stale. Throws when a living holder does not let go.
 */
export function withFileLock<T>(lock: string, fresh: string, work: () => T): T {
  acquire(lock, fresh);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function acquire(lock: string, fresh: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (take(lock)) return;
    if (isStale(lock, fresh)) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
  throw new Error(`${lock} is held by another process; if none runs, remove it`);
}

function take(lock: string): boolean {
  let handle: number;
  try {
    handle = openSync(lock, "wx", 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  writeSync(handle, `${hostname()} ${process.pid}`);
  closeSync(handle);
  return true;
}

function isStale(lock: string, fresh: string): boolean {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (statSync(fresh).mtimeMs - stat.mtimeMs > STALE_MS) return true;
  const [host, pid] = readHolder(lock);
  // Inside one process the work never overlaps: its own id is that of a dead predecessor (a container's process 1).
  return host === hostname() && pid > 0 && (pid === process.pid || !processLives(pid));
}

/** An empty lock is one that is being written. */
function readHolder(lock: string): readonly [host: string, pid: number] {
  try {
    const [host = "", pid = ""] = readFileSync(lock, "utf8").split(" ");
    return [host, Number(pid)];
  } catch {
    // Released between the two looks.
    return ["", 0];
  }
}
