import { readFileSync } from "node:fs";
import { replaceFile, stampOf, type Stamp } from "./replace-file.ts";
import { parseState, printState, type SandboxState } from "./state.ts";

/** Undefined when there is no file. Throws one line that names the file and says what to do: money is never silently reset. */
export function readState(file: string): { readonly state: SandboxState; readonly stamp: Stamp } | undefined {
  // The stamp first: with an older one than what is read, the next write is refused; with a newer one it would undo a change.
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

/** Returns the new stamp; throws FileChangedError when the file is no longer the one of `expected`. */
export function writeState(file: string, state: SandboxState, expected: Stamp): Stamp {
  return replaceFile(file, printState(state), expected);
}
