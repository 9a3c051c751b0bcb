import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { processLives } from "./ownership.ts";

/** Which version of a file was read or written: rename gives each one another inode and time. Undefined: there is none. */
export type Stamp = string | undefined;

/** Another process replaced the file in between: read again and decide again. */
export class FileChangedError extends Error {}

/** The work under the lock takes microseconds: whoever holds it for so long is gone or stopped. */
const STALE_MS = 5_000;
/** A draft that is older than the file by so much is nobody's, whatever machine it comes from. */
const LEFT_OVER_MS = 60_000;
/** Host, process and a unique part: containers that share a volume may all be process 1. */
const DRAFT_NAME = /^(.+)\.(\d+)\.[0-9a-f-]{36}$/;
const WAIT_MS = 2;
const ATTEMPTS = 1_000;
/** What a rename onto a folder that is not empty is answered with; Windows refuses any folder that exists. */
const TAKEN = new Set(process.platform === "win32" ? ["EPERM", "EEXIST"] : ["ENOTEMPTY", "EEXIST"]);

export function stampOf(file: string): Stamp {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}

/**
 * Puts `content` in the place of the version `expected`, whole and synced, or throws FileChangedError when that is no longer the
 * file's version. A kill at any moment leaves the old or the new one. Returns the new stamp.
 *
 * The lock is a folder with the holder's draft in it, so that the rename of the draft is commit and release in one. Who finds a
 * holder gone removes that draft, by its unique name: should the holder only have been stopped, it has nothing left to commit, and
 * no other holder's lock can be hit. Throws when a living holder does not let go.
 */
export function replaceFile(file: string, content: string, expected: Stamp): Stamp {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const name = `${hostname()}.${process.pid}.${randomUUID()}`;
  const staging = `${file}.${name}.tmp`;
  const lock = `${file}.lock`;
  const draft = join(lock, name);
  let stamp: Stamp;
  try {
    mkdirSync(staging, { mode: 0o700 });
    const staged = join(staging, name);
    writeSynced(staged, content);
    // Before anybody else can touch it: a stamp taken of the file later may be another process's version.
    stamp = stampOf(staged);
    acquire(lock, staging, statSync(staged).mtimeMs);
    const found = stampOf(file);
    if (found !== expected && found !== undefined) throw changed(file);
    renameSync(draft, file);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    rmSync(draft, { force: true });
    // The draft was taken from us while we were stopped.
    throw codeOf(error) === "ENOENT" ? changed(file, error) : error;
  } finally {
    removeEmpty(lock);
  }
  syncFolder(folder);
  return stamp;
}

/** Removes the drafts that processes left beside the file when they were killed. */
export function removeLeftovers(file: string): void {
  const fileMs = mtimeOf(file);
  const prefix = `${basename(file)}.`;
  const suffix = ".tmp";
  for (const entry of namesIn(dirname(file))) {
    if (!entry.startsWith(prefix) || !entry.endsWith(suffix)) continue;
    const name = entry.slice(prefix.length, -suffix.length);
    if (!DRAFT_NAME.test(name)) continue;
    const path = join(dirname(file), entry);
    const olderMs = (fileMs ?? -Infinity) - (mtimeOf(path) ?? Infinity);
    if (writerIsDead(name) || olderMs > LEFT_OVER_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** `freshMs` is when our draft was written: its time and the holder's come from one file system, so no clock decides. */
function acquire(lock: string, staging: string, freshMs: number): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (take(lock, staging)) return;
    if (!breakStale(lock, freshMs)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
  throw new Error(`${lock} is held by another process; if none runs, remove it`);
}

/** An empty folder is a free lock, and so is none. */
function take(lock: string, staging: string): boolean {
  try {
    renameSync(staging, lock);
    return true;
  } catch (error) {
    if (TAKEN.has(codeOf(error))) return false;
    throw error;
  }
}

/** Whether the lock may be free now. */
function breakStale(lock: string, freshMs: number): boolean {
  for (const name of namesIn(lock)) {
    const draft = join(lock, name);
    if (!writerIsDead(name) && freshMs - (mtimeOf(draft) ?? freshMs) <= STALE_MS) return false;
    rmSync(draft, { force: true });
  }
  removeEmpty(lock);
  return true;
}

/** Whether a draft's name tells of a process of this machine that is gone. */
function writerIsDead(name: string): boolean {
  const [, host, digits] = DRAFT_NAME.exec(name) ?? [];
  if (host !== hostname()) return false;
  const pid = Number(digits);
  // Inside one process the work never overlaps: its own id is that of a dead predecessor (a container's process 1).
  return pid === process.pid || !processLives(pid);
}

function writeSynced(path: string, content: string): void {
  const handle = openSync(path, "wx", 0o600);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The rename itself must survive a power cut; Windows cannot open a folder and needs no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Leaves a folder that somebody has moved into meanwhile, or that is gone. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Tidiness only: an empty lock is a free one.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function mtimeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function changed(file: string, cause?: unknown): FileChangedError {
  return new FileChangedError(`${file} was changed by another process`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
