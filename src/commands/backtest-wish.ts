import { backtestGates } from "../core/risk/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/risk/limits.ts";
import { parseRun, type RunOptions } from "../core/run-options.ts";
import { sizingOf } from "../core/size/options.ts";
import type { ParamSpec, Params, Strategy } from "../core/strategies/contract.ts";
import { parseParams } from "../core/strategies/params.ts";
import { numberParam } from "../core/strategies/read-params.ts";
import type { BacktestRules } from "../research/backtest.ts";

/** What a backtest is told beside what a run can be told. */
export const BACKTEST_SPECS = [
  {
    name: "cash",
    kind: "number",
    default: 100_000,
    above: 0,
    max: 1e9,
    description: "cash at the start, USD",
  },
  {
    name: "commission",
    kind: "number",
    default: 0,
    min: 0,
    max: 0.1,
    description: "fraction of traded value, on entry and exit",
  },
  {
    name: "slippage_bps",
    kind: "number",
    default: 0,
    min: 0,
    max: 1_000,
    description: "every fill but a take-profit is this much worse, in 1/100 of a percent",
  },
  {
    name: "spread",
    kind: "number",
    default: 0,
    min: 0,
    max: 1_000,
    description: "distance of bid and ask in USD; every fill but a take-profit pays half of it",
  },
  {
    name: "gates",
    kind: "boolean",
    default: false,
    description: "apply the risk gates that bars can answer",
  },
] as const satisfies readonly ParamSpec[];

/** The cash and the costs of a backtest or study, as its rules name them. */
export function costRules(
  costs: Params,
): Pick<BacktestRules, "cash" | "commission" | "slippageBps" | "spread"> {
  return {
    cash: numberParam(costs, "cash"),
    commission: numberParam(costs, "commission"),
    slippageBps: numberParam(costs, "slippage_bps"),
    spread: numberParam(costs, "spread"),
  };
}

/** What was asked for beside symbols and days. */
export interface Wish {
  readonly params: Params;
  readonly options: RunOptions;
  readonly costs: Params;
  /** The settings that a run can be started with, as they were written. */
  readonly settings: readonly string[];
}

/** Reads `name=value` texts; every fault is told. */
export function readWish(
  strategy: Strategy,
  texts: readonly string[],
): Wish | { readonly errors: readonly string[] } {
  const isOwn = (text: string): boolean => BACKTEST_SPECS.some(({ name }) => text.startsWith(`${name}=`));
  const settings = texts.filter((text) => !isOwn(text));
  const costs = parseParams(BACKTEST_SPECS, texts.filter(isOwn));
  const run = parseRun(strategy, settings);
  const errors = [
    ...(costs.kind === "invalid" ? costs.errors : []),
    ...(run.kind === "invalid" ? run.errors : untestable(run.options)),
  ];
  if (errors.length > 0 || costs.kind === "invalid" || run.kind === "invalid") return { errors };
  return { params: run.params, options: run.options, costs: costs.params, settings };
}

/** What the bars are traded by: the run's own options, stops rounded as live, and the gates with the limits of the desk where there are any. */
export function rulesOf({ options, costs }: Wish, riskLimits: Limits | null): BacktestRules {
  return {
    ...options,
    sizing: sizingOf(options),
    ...costRules(costs),
    roundToTick: true,
    gates: riskLimits === null ? [] : backtestGates,
    riskLimits: riskLimits ?? DEFAULT_LIMITS,
  };
}

/** Options of a run whose fills bars cannot tell. */
function untestable({ fractional, entryOrder, extendedHours }: RunOptions): readonly string[] {
  const kind = entryOrder?.kind ?? "market";
  return [
    ...(fractional ? ["fractional=true: a backtest buys whole shares"] : []),
    ...(kind === "limit" || kind === "stop_limit"
      ? [`entry=${kind}: bars do not tell whether it fills; a backtest enters at market`]
      : []),
    ...(extendedHours ? ["extended_hours=true: a backtest has bars of the regular session only"] : []),
  ];
}
