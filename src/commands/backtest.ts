import { findVersion, loadFilter } from "../app/ml-filter.ts";
import { isBuiltIn, type BuiltInModel } from "../core/filter/score-entry.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { Ledger, Outcome } from "../ports.ts";
import { inThread } from "../research/thread.ts";
import { warmupBars } from "../research/warm-up.ts";
import { refusal } from "./answers.ts";
import { backtestTask, type runBacktest } from "./backtest-job.ts";
import { BACKTEST_SPECS, readWish, type Wish } from "./backtest-wish.ts";
import { barsWanted, daysOf, limitsOf, TESTED_DAYS, TESTED_SYMBOLS } from "./bars-wanted.ts";
import type { ArgSpec, CommandSpec } from "./contract.ts";
import { STRATEGY } from "./strategy-args.ts";

const SETTINGS: ArgSpec = {
  name: "params",
  kind: "settings",
  required: false,
  description: `parameters and options of a run, and ${BACKTEST_SPECS.map(({ name }) => name).join(", ")}, as name=value`,
};

const IN_SAMPLE: ArgSpec = {
  name: "in_sample",
  kind: "choice",
  required: false,
  named: true,
  choices: ["yes", "no"],
  description: "whether a signal filter is tested even on bars that trained it; the answer says so",
};

export const backtest: CommandSpec = {
  path: ["backtest"],
  summary: "a strategy on past bars: figures, equity curve and its trades as a CSV file; places no order",
  examples: [
    "/backtest momentum AAPL,MSFT timeframe=1Hour days=180",
    "/backtest ma_crossover AAPL fraction=0.5",
  ],
  args: [STRATEGY, TESTED_SYMBOLS, TESTED_DAYS, IN_SAMPLE, SETTINGS],
  role: () => "trader",
  effect: "reads",
  run: async ({ desk, ledger, progress }, args) => {
    const { values, symbols, settings } = args;
    const strategy = strategyById(values["strategy"] ?? "");
    if (strategy === undefined) return refusal(`unknown strategy ${values["strategy"] ?? ""}`);
    const wish = readWish(strategy, settings);
    if ("errors" in wish) return refusal(wish.errors.join("\n"));
    const { timeframe } = wish.options;
    const days = daysOf(args, timeframe);
    const filtered = wish.options.mlFilter !== undefined;
    const warmup = warmupBars(strategy, { params: wish.params, filtered });
    const wanted = { symbols, timeframe, days, warmupBars: warmup };
    const found = await barsWanted(desk, wanted, progress, "alphaflow backtest");
    if (found.kind === "refused") return refusal(found.text);
    const filter = await filterFor(ledger, strategy, wish);
    if (filter?.kind === "refused") return refusal(filter.text);
    const riskLimits = wish.costs["gates"] === true ? await limitsOf(desk) : null;
    return inThread<typeof runBacktest>(
      backtestTask(found.value, {
        strategyId: strategy.id,
        wish,
        days,
        riskLimits,
        filter: filter?.value ?? null,
        inSample: values["in_sample"] === "yes",
      }),
      progress,
    );
  },
};

/** The model that the run would ask; undefined for a run without a filter. */
async function filterFor(
  ledger: Ledger,
  strategy: Strategy,
  { params, options }: Wish,
): Promise<Outcome<BuiltInModel> | undefined> {
  if (options.mlFilter === undefined) return undefined;
  const version = await findVersion(ledger, { strategy, params, options });
  if (version.kind === "refused") return version;
  const named = await loadFilter(ledger, version.value.id);
  return isBuiltIn(named)
    ? { kind: "done", value: named, text: "" }
    : {
        kind: "refused",
        text: `model ${version.value.id} is an ONNX file, which is not run here: alphaflow backtest --ml-filter ${options.mlFilter} --ml-model ${version.value.id}`,
      };
}
