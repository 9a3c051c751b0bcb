import { register as registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Strategy } from "../../core/strategies/contract.ts";
import { failureReason, StrategyFailure } from "../../core/strategies/failure.ts";
import { registerOwnStrategies, type OwnStrategies } from "../../core/strategies/index.ts";
import { readDefinition } from "./read-definition.ts";

const HOOKS = new URL("../../../bin/strategy-hooks.mjs", import.meta.url);
/** How long a file may take to be loaded, or tried out. */
export const DEADLINE_MS = 15_000;

/**
 * Loads files that have been tried out, and makes them known to this process or thread. What cannot be loaded all the same is
 * left out beside those that are `faulty`. Never throws.
 */
export async function loadFiles(
  directory: string,
  files: readonly string[],
  faulty: OwnStrategies["leftOut"],
): Promise<OwnStrategies> {
  const loaded: OwnStrategies["loaded"][number][] = [];
  const leftOut = [...faulty];
  const load = files.length === 0 ? undefined : await fileLoader(directory);
  for (const file of files) {
    try {
      if (load !== undefined) loaded.push({ file, strategy: await withinDeadline(load(file)) });
    } catch (error) {
      leftOut.push({ file, reason: reasonOf(error) });
    }
  }
  return registerOwnStrategies({ directory, loaded, leftOut });
}

/** What a file waits for when it is loaded may have come in its trial and not come now. */
async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = DEADLINE_MS / 1_000;
    timer = setTimeout(() => reject(new Error(`loading did not end within ${seconds} s`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Loads files of this directory, TypeScript and JavaScript alike, from sources and from dist; rejects with what is wrong with one. */
export async function fileLoader(directory: string): Promise<(file: string) => Promise<Strategy>> {
  // Sources run by tsx already; dist has nobody yet who reads TypeScript.
  if (!import.meta.url.endsWith(".ts")) {
    const { register } = await import("tsx/esm/api");
    register();
  }
  const base = pathToFileURL(join(directory, "/")).href;
  registerHooks(HOOKS, { data: { directory: base } });
  return async (file) =>
    readDefinition(file, defaultOf(await import(new URL(encodeURIComponent(file), base).href)));
}

/** CommonJS puts a module's default export into another one. */
function defaultOf(module: unknown): unknown {
  if (typeof module !== "object" || module === null || !("default" in module)) return undefined;
  const { default: exported } = module;
  const again = typeof exported === "object" && exported !== null && "__esModule" in exported;
  return again && "default" in exported ? exported.default : exported;
}

/** What is wrong with a file, in one line; what the file itself threw keeps its kind. */
export function reasonOf(error: unknown): string {
  const plain = error instanceof StrategyFailure || (error instanceof Error && error.name === "Error");
  const text = plain ? error.message : failureReason(error);
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}
