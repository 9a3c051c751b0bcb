import { readdir } from "node:fs/promises";
import { register as registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Strategy } from "../../core/strategies/contract.ts";
import { failureReason, StrategyFailure } from "../../core/strategies/failure.ts";
import { registerOwnStrategies, type OwnStrategies } from "../../core/strategies/index.ts";
import { readDefinition } from "./read-definition.ts";
import { tryOut } from "./try-out.ts";

const IS_STRATEGY = /^[^._].*\.[mc]?[jt]s$/;
const IS_SOMETHING_ELSE = /\.(?:d|test|spec|config)\.[mc]?[jt]s$/;
const HOOKS = new URL("../../../bin/strategy-hooks.mjs", import.meta.url);
const LOAD_DEADLINE_MS = 15_000;

/**
 * Loads the strategies in a directory, a file each, TypeScript or JavaScript, and makes them known to this process or thread.
 * A file that is no sound strategy is left out with the reason. A directory that is not there has none. Never throws.
 */
export async function loadOwnStrategies(directory: string): Promise<OwnStrategies> {
  const files = await filesIn(directory);
  if (files.length === 0) return registerOwnStrategies({ directory, loaded: [], leftOut: [] });
  const loaded: OwnStrategies["loaded"][number][] = [];
  const leftOut: OwnStrategies["leftOut"][number][] = [];
  const load = await importerOf(directory);
  for (const file of files) {
    try {
      loaded.push({ file, strategy: await loadFile(file, () => load(file)) });
    } catch (error) {
      leftOut.push({ file, reason: reasonOf(error) });
    }
  }
  return registerOwnStrategies({ directory, loaded, leftOut });
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => IS_STRATEGY.test(name) && !IS_SOMETHING_ELSE.test(name))
    .toSorted();
}

/** Imports TypeScript and JavaScript alike, from sources and from dist. */
async function importerOf(directory: string): Promise<(file: string) => Promise<unknown>> {
  // Sources run by tsx already; dist has nobody yet who reads TypeScript.
  if (!import.meta.url.endsWith(".ts")) {
    const { register } = await import("tsx/esm/api");
    register();
  }
  const base = pathToFileURL(join(directory, "/")).href;
  registerHooks(HOOKS, { data: { directory: base } });
  return (file) => import(new URL(encodeURIComponent(file), base).href);
}

async function loadFile(file: string, load: () => Promise<unknown>): Promise<Strategy> {
  const strategy = readDefinition(file, defaultOf(await withinDeadline(load())));
  tryOut(strategy);
  return strategy;
}

/** CommonJS puts a module's default export into another one. */
function defaultOf(module: unknown): unknown {
  if (typeof module !== "object" || module === null || !("default" in module)) return undefined;
  const { default: exported } = module;
  const again = typeof exported === "object" && exported !== null && "__esModule" in exported;
  return again && "default" in exported ? exported.default : exported;
}

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = LOAD_DEADLINE_MS / 1_000;
    timer = setTimeout(
      () => reject(new Error(`did not finish loading within ${seconds} s`)),
      LOAD_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** In one line; what the file itself threw keeps its kind. */
function reasonOf(error: unknown): string {
  const plain = error instanceof StrategyFailure || (error instanceof Error && error.name === "Error");
  const text = plain ? error.message : failureReason(error);
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}
