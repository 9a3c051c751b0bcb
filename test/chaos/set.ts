import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../support/postgres.ts";
import type { FaultKind } from "./faults.ts";
import { planOf } from "./plan.ts";
import { reproduction, runLine } from "./report.ts";
import { runOnce, type RunResult } from "./run.ts";

export interface SetOptions {
  readonly seed: number;
  readonly runs: number;
  readonly parallel: number;
  /** Where the program that is to be disturbed stands. */
  readonly program: string;
  readonly mutation?: string;
  readonly database?: "postgres" | "pglite";
  readonly faults?: readonly FaultKind[];
  readonly standby?: boolean;
  /** Ends the set with the first violation that begins so. */
  readonly untilBroken?: string;
  readonly write: (line: string) => void;
}

const SHOWN = 8;

/** Runs seeds one after another on `parallel` lanes, each with a Postgres of its own. */
export async function runSet(options: SetOptions): Promise<readonly RunResult[]> {
  const results: RunResult[] = [];
  let next = options.seed;
  const last = options.seed + options.runs - 1;

  async function lane(): Promise<void> {
    const server = options.database === "pglite" ? null : await startPostgres();
    try {
      while (next <= last) {
        const seed = next;
        next += 1;
        const { faults, standby, database } = options;
        const plan = planOf(seed, {
          ...(faults === undefined ? {} : { faults }),
          ...(standby === undefined ? {} : { standby }),
          ...(database === undefined ? {} : { database }),
        });
        const result = await runOnce(plan, options.program, server);
        results.push(result);
        await tell(result);
        const { untilBroken: by } = options;
        if (by !== undefined && result.violations.some((text) => text.startsWith(by))) next = last + 1;
      }
    } finally {
      await server?.stop();
    }
  }

  async function tell(result: RunResult): Promise<void> {
    options.write(runLine(result));
    if (result.violations.length === 0) return;
    const log = join(tmpdir(), `alphaflow-chaos-${result.plan.seed}.log`);
    await writeFile(log, result.log);
    for (const violation of result.violations.slice(0, SHOWN)) options.write(`  ✗ ${violation}`);
    if (result.violations.length > SHOWN) options.write(`  … and ${result.violations.length - SHOWN} more`);
    options.write(`  again: ${reproduction(result, options.mutation)}   log: ${log}`);
  }

  await Promise.all(Array.from({ length: options.parallel }, lane));
  return results;
}
