import { UsageError } from "../../core/errors.ts";
import type { Gate } from "../../core/risk/contract.ts";
import type { BarsInput } from "../cli.ts";
import { formatStudy } from "./format.ts";
import { readStudy, type OptimizeOptions } from "./read-study.ts";
import { reportStudy } from "./report.ts";
import { runStudy, type RunOptions } from "./run-study.ts";
import { studyBars } from "./study-bars.ts";

/**
 * What `alphaflow optimize` prints. `gates` are the live risk gates with `--gates`, else none. Throws a UsageError that names
 * every wrong value.
 */
export async function runOptimize(
  strategyId: string,
  symbols: readonly BarsInput[],
  options: OptimizeOptions,
  gates: readonly Gate[],
  watch: Omit<RunOptions, "threads">,
): Promise<string> {
  const { study, threads } = readStudy(strategyId, symbols, options, gates);
  const run = await runStudy(study, symbols, { ...watch, threads });
  if (run.total === 0)
    throw new UsageError(`--space: all ${run.skipped} combinations contradict themselves; nothing to try`);
  const report = reportStudy(study, studyBars(study, symbols), run);
  return options.json === true ? JSON.stringify(report, undefined, 1) : formatStudy(report);
}
