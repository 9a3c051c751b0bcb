// How long the program takes until it does something, each time a new process, from the sources as in a clone.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const ROUNDS = 5;

const STARTS = [
  ["node alone", ["-e", "0"]],
  ["--version", ["bin/alphaflow.mjs", "--version"]],
  [
    "a backtest of 1,250 bars",
    ["bin/alphaflow.mjs", "backtest", "ma_crossover", "--csv", "samples/random-walk.csv"],
  ],
] as const;

/** Best of some rounds of each. */
export function reportStartUp(write: (line: string) => void): void {
  write(`start-up, best of ${ROUNDS}; from a new process to its end`);
  for (const [name, args] of STARTS) {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedMs = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
      if (status !== 0) throw new Error(`${name}: ended with ${status}\n${stderr}`);
      best = Math.min(best, performance.now() - startedMs);
    }
    write(`${name.padEnd(24)} ${best.toFixed(0).padStart(7)} ms`);
  }
}
