import { EXIT_KEYS, EXIT_OPTIONS, exitFault, exitRulesOf, type ExitRules } from "../core/exits/rules.ts";
import type { Gate } from "../core/risk/contract.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/risk/limits.ts";
import { parseLimits } from "../core/risk/parse-limits.ts";
import { MAX_POSITION_PCT } from "../core/run-options.ts";
import {
  FRACTION,
  KELLY_FRACTION,
  readSizing,
  RISK_PCT,
  SIZING,
  sizingOf,
  TARGET_VOL_PCT,
  unusedNumbers,
} from "../core/size/options.ts";
import type { ParamSpec, ParamValue } from "../core/strategies/contract.ts";
import { parseValue } from "../core/strategies/params.ts";
import type { BacktestRules } from "./backtest.ts";

/** What the command line says of the rules of a backtest: texts, unchecked. */
export interface BacktestRuleOptions extends Partial<Readonly<Record<keyof ExitRules, string | undefined>>> {
  readonly cash?: string | undefined;
  readonly sizing?: string | undefined;
  readonly fraction?: string | undefined;
  readonly riskPct?: string | undefined;
  readonly targetVolPct?: string | undefined;
  readonly kellyFraction?: string | undefined;
  readonly maxPositionPct?: string | undefined;
  readonly stopAtr?: string | undefined;
  readonly commission?: string | undefined;
  readonly slippageBps?: string | undefined;
  readonly spread?: string | undefined;
  readonly tick?: boolean | undefined;
  /** `name=value` of risk limits, for the gates. */
  readonly limit?: readonly string[] | undefined;
}

/** The options of `backtest` that take a value, for parsing and for `--help`. */
export const BACKTEST_OPTIONS = {
  cash: { name: "cash", kind: "number", default: 100_000, above: 0, description: "cash at the start, USD" },
  sizing: SIZING,
  fraction: FRACTION,
  riskPct: { ...RISK_PCT, name: "risk-pct" },
  targetVolPct: { ...TARGET_VOL_PCT, name: "target-vol-pct" },
  kellyFraction: { ...KELLY_FRACTION, name: "kelly-fraction" },
  // Live it is 10; the backtest of STRATEGIES.md has no cap.
  maxPositionPct: { ...MAX_POSITION_PCT, name: "max-position-pct", default: "none" },
  stopAtr: {
    name: "stop-atr",
    kind: "number",
    default: 2,
    min: 0,
    max: 20,
    description: "distance of the stop-loss in ATR(14)s, 0 for none",
  },
  takeProfitPct: { ...EXIT_OPTIONS.takeProfitPct, name: "take-profit-pct" },
  takeProfitR: { ...EXIT_OPTIONS.takeProfitR, name: "take-profit-r" },
  trailPct: { ...EXIT_OPTIONS.trailPct, name: "trail-pct" },
  trailAtr: { ...EXIT_OPTIONS.trailAtr, name: "trail-atr" },
  trailAfterR: { ...EXIT_OPTIONS.trailAfterR, name: "trail-after-r" },
  breakevenR: { ...EXIT_OPTIONS.breakevenR, name: "breakeven-r" },
  timeStopBars: { ...EXIT_OPTIONS.timeStopBars, name: "time-stop-bars" },
  partialR: { ...EXIT_OPTIONS.partialR, name: "partial-r" },
  partialFraction: { ...EXIT_OPTIONS.partialFraction, name: "partial-fraction" },
  commission: {
    name: "commission",
    kind: "number",
    default: 0,
    min: 0,
    below: 1,
    description: "fraction of traded value, taken on entry and exit",
  },
  slippageBps: {
    name: "slippage-bps",
    kind: "number",
    default: 0,
    min: 0,
    max: 1_000,
    description: "every fill but a take-profit is this much worse, in 1/100 of a percent",
  },
  spread: {
    name: "spread",
    kind: "number",
    default: 0,
    min: 0,
    max: 1_000,
    description: "distance of bid and ask in USD; every fill but a take-profit pays half of it",
  },
} as const satisfies Readonly<Record<string, ParamSpec>>;

/** The rules that the options ask for; what is wrong with them goes to `problems`, a sentence each. */
export function backtestRules(
  options: BacktestRuleOptions,
  gates: readonly Gate[],
  problems: string[],
): BacktestRules {
  const valueOf = (name: keyof typeof BACKTEST_OPTIONS): ParamValue => {
    const spec: ParamSpec = BACKTEST_OPTIONS[name];
    const text = options[name];
    if (text === undefined) return spec.default;
    const parsed = parseValue(spec, text, `--${spec.name} ${text}`);
    if (parsed.kind === "invalid") problems.push(parsed.error);
    return parsed.kind === "ok" ? parsed.value : spec.default;
  };
  const exits = exitRulesOf(
    Object.fromEntries(EXIT_KEYS.map((key) => [EXIT_OPTIONS[key].name, valueOf(key)])),
  );
  const fault = exitFault(exits, written);
  if (fault !== undefined) problems.push(fault);
  const maxPositionPct = valueOf("maxPositionPct");
  const sizing = readSizing({
    sizing: valueOf("sizing"),
    fraction: valueOf("fraction"),
    risk_pct: valueOf("riskPct"),
    target_vol_pct: valueOf("targetVolPct"),
    kelly_fraction: valueOf("kellyFraction"),
  });
  problems.push(...unusedNumbers(sizing.sizing, givenNumbers(options), written));
  return {
    cash: Number(valueOf("cash")),
    sizing: sizingOf(sizing),
    ...(typeof maxPositionPct === "number" ? { maxPositionPct } : {}),
    stopAtr: Number(valueOf("stopAtr")),
    ...exits,
    commission: Number(valueOf("commission")),
    slippageBps: Number(valueOf("slippageBps")),
    spread: Number(valueOf("spread")),
    roundToTick: options.tick === true,
    gates,
    riskLimits: riskLimitsOf(options, gates, problems),
  };
}

function givenNumbers(options: BacktestRuleOptions): ReadonlySet<string> {
  const { fraction, riskPct, targetVolPct, kellyFraction } = options;
  const numbers = {
    fraction,
    risk_pct: riskPct,
    target_vol_pct: targetVolPct,
    kelly_fraction: kellyFraction,
  };
  return new Set(Object.entries(numbers).flatMap(([name, text]) => (text === undefined ? [] : [name])));
}

function written(name: string, value?: string): string {
  return [`--${name.replaceAll("_", "-")}`, ...(value === undefined ? [] : [value])].join(" ");
}

/** The live defaults, and what `--limit` says; a limit without the gates would be forgotten silently. */
function riskLimitsOf(
  { limit = [] }: BacktestRuleOptions,
  gates: readonly Gate[],
  problems: string[],
): Limits {
  if (limit.length > 0 && gates.length === 0)
    problems.push("--limit needs --gates: without them no limit is asked for");
  const parsed = parseLimits(limit, DEFAULT_LIMITS);
  if (parsed.kind === "invalid") problems.push(...parsed.errors);
  return parsed.kind === "ok" ? parsed.limits : DEFAULT_LIMITS;
}
