import { readdir } from "node:fs/promises";
import type { OwnStrategies } from "../../core/strategies/index.ts";
import { DEADLINE_MS, loadFiles } from "./load-files.ts";
import { tryFiles, type StartTrial } from "./try-files.ts";

const IS_STRATEGY = /^[^._].*\.[mc]?[jt]s$/;
const IS_SOMETHING_ELSE = /\.(?:d|test|spec|config)\.[mc]?[jt]s$/;

/**
 * Loads the strategies in a directory, a file each, TypeScript or JavaScript, and makes them known to this process. Each is tried
 * out in a thread first: one that never returns would hold the bot, and with it the stops that it watches. A file that is no
 * sound strategy is left out with the reason. A directory that is not there has none. Never throws.
 */
export async function loadOwnStrategies(directory: string, start: StartTrial): Promise<OwnStrategies> {
  const files = await filesIn(directory);
  const faulty = await tryFiles(directory, files, start, DEADLINE_MS);
  const sound = files.filter((file) => faulty.every((each) => each.file !== file));
  return loadFiles(directory, sound, faulty);
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => IS_STRATEGY.test(name) && !IS_SOMETHING_ELSE.test(name))
    .toSorted();
}
