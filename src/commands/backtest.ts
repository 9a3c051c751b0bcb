import { findVersion } from "../app/ml-filter.ts";
import { barsPerSession, type Timeframe } from "../core/bar.ts";
import { isBuiltIn, type BuiltInModel } from "../core/filter/score-entry.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/risk/limits.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { Desk, Ledger, Outcome } from "../ports.ts";
import { inThread } from "../research/thread.ts";
import { refusal } from "./answers.ts";
import { backtestTask, type runBacktest } from "./backtest-job.ts";
import { BACKTEST_SPECS, readWish, type Wish } from "./backtest-wish.ts";
import type { ArgSpec, CommandSpec } from "./contract.ts";
import { counted } from "./format.ts";
import { STRATEGY } from "./strategy-args.ts";

/** Calendar days that are tested unless said: some hundreds to thousands of bars. */
const DAYS: Readonly<Record<Timeframe, number>> = {
  "1Min": 5,
  "5Min": 20,
  "15Min": 60,
  "30Min": 120,
  "1Hour": 240,
  "1Day": 1_000,
};
/** As many bars as can be fetched and tested while somebody waits, all symbols together; more: `alphaflow backtest`. */
const MOST_BARS = 1_000_000;
/** Wilder averages depend on where they start; live runs fetch ten times the longest period, too. */
export const HISTORY_FACTOR = 10;

const SETTINGS: ArgSpec = {
  name: "params",
  kind: "settings",
  required: false,
  description: `parameters and options of a run, and ${BACKTEST_SPECS.map(({ name }) => name).join(", ")}, as name=value`,
};

export const backtest: CommandSpec = {
  path: ["backtest"],
  summary: "a strategy on past bars: figures, equity curve and its trades as a CSV file; places no order",
  examples: [
    "/backtest momentum AAPL,MSFT timeframe=1Hour days=180",
    "/backtest ma_crossover AAPL fraction=0.5",
  ],
  args: [
    STRATEGY,
    {
      name: "symbols",
      kind: "symbols",
      required: true,
      description: "symbols on one equity, e.g. AAPL,MSFT",
    },
    {
      name: "days",
      kind: "integer",
      required: false,
      named: true,
      min: 1,
      max: 5_000,
      description: "calendar days back from now",
    },
    SETTINGS,
  ],
  role: () => "trader",
  effect: "reads",
  run: async ({ desk, ledger, progress }, { values, symbols, settings }) => {
    const strategy = strategyById(values["strategy"] ?? "");
    if (strategy === undefined) return refusal(`unknown strategy ${values["strategy"] ?? ""}`);
    const wish = readWish(strategy, settings);
    if ("errors" in wish) return refusal(wish.errors.join("\n"));
    const { timeframe } = wish.options;
    const days = Number(values["days"] ?? DAYS[timeframe]);
    const tooMany = tooManyBars(days, timeframe, symbols.length, "alphaflow backtest");
    if (tooMany !== undefined) return refusal(tooMany);
    const longest = Math.max(strategy.longestPeriod(wish.params), strategy.warmupBars(wish.params));
    progress({ done: 0, note: "fetching bars" });
    const found = await desk.pastBars({ symbols, timeframe, days, warmupBars: HISTORY_FACTOR * longest });
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
  const row = await ledger.filterModel(version.value.id);
  const named = row === undefined ? undefined : { label: `model ${row.id}`, model: row.model };
  return named !== undefined && isBuiltIn(named)
    ? { kind: "done", value: named, text: "" }
    : {
        kind: "refused",
        text: `model ${version.value.id} is an ONNX file, which is not run here: alphaflow backtest --ml-filter ${options.mlFilter} --ml-model ${version.value.id}`,
      };
}

/** Why so much cannot be asked for in a chat; `instead` is what can do it. */
export function tooManyBars(
  days: number,
  timeframe: Timeframe,
  symbols: number,
  instead: string,
): string | undefined {
  const bars = barsIn(days, timeframe) * symbols;
  return bars > MOST_BARS
    ? `about ${bars.toLocaleString("en-US")} bars of ${timeframe} in ${counted(days, "day")}: at most ${MOST_BARS.toLocaleString("en-US")} here; fewer days, longer bars, or ${instead} on the command line`
    : undefined;
}

/** Five sessions a week. */
function barsIn(days: number, timeframe: Timeframe): number {
  return Math.ceil(((days * 5) / 7) * barsPerSession(timeframe));
}

/** The desk's own limits, which the gates are asked with. */
async function limitsOf(desk: Desk): Promise<Limits> {
  const { limits } = await desk.risk();
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(limits.map(({ name, limit }) => [name, limit])) };
}
