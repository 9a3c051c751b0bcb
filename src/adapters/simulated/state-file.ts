import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "./file-lock.ts";
import { parseState, printState, type SandboxState } from "./state.ts";

/** Which version of the file was read or written: rename gives each one a new inode and time. */
export type Stamp = string | undefined;

/** Another process saved in between: read again and decide again. */
export class StateChangedError extends Error {}

export function stampOf(file: string): Stamp {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}

/** Undefined when there is no file. Throws one line that names the file and says what to do: money is never silently reset. */
export function readState(file: string): { readonly state: SandboxState; readonly stamp: Stamp } | undefined {
  const stamp = stampOf(file);
  if (stamp === undefined) return undefined;
  try {
    return { state: parseState(readFileSync(file, "utf8")), stamp };
  } catch (error) {
    throw new Error(
      `the sandbox's account file ${file} cannot be used (${error instanceof Error ? error.message : String(error)}): ` +
        "restore it from a copy, or move it away to begin with a new simulated account",
      { cause: error },
    );
  }
}

/**
 * Writes beside the file, syncs and renames, so that a kill at any moment leaves the old or the new state, whole. Returns the new
 * stamp; throws StateChangedError when the file is no longer the one of `expected`.
 */
export function writeState(file: string, state: SandboxState, expected: Stamp): Stamp {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const handle = openSync(draft, "w", 0o600);
    try {
      writeFileSync(handle, printState(state));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    withFileLock(`${file}.lock`, draft, () => {
      const found = stampOf(file);
      if (found !== expected && found !== undefined)
        throw new StateChangedError(`${file} was changed by another process`);
      renameSync(draft, file);
    });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(folder);
  return stampOf(file);
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
