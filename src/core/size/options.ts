import type { ParamSpec, Params } from "../strategies/contract.ts";
import { numberParam } from "../strategies/read-params.ts";
import { SIZING_RULES, type Sizing } from "./index.ts";

/** A sizing as it is set: the rule, and the number of each rule, used or not. */
export interface SizingOptions {
  readonly sizing: Sizing["rule"];
  /** Fraction of equity a position, (0, 1]. */
  readonly fraction: number;
  /** Percent of equity between entry and stop, (0, 100]. */
  readonly riskPct: number;
  /** Percent of equity that a position swings in a day, (0, 100]. */
  readonly targetVolPct: number;
  /** Part of the shrunk Kelly stake, (0, 1]. */
  readonly kellyFraction: number;
}

export const FRACTION: ParamSpec = {
  name: "fraction",
  kind: "number",
  default: 0.01,
  above: 0,
  max: 1,
  description: "fraction of equity a position",
};
export const SIZING: ParamSpec = {
  name: "sizing",
  kind: "choice",
  default: "fixed_fraction",
  choices: SIZING_RULES,
  description: "what decides how many shares are bought",
};
export const RISK_PCT: ParamSpec = {
  name: "risk_pct",
  kind: "percent",
  default: 0.5,
  above: 0,
  max: 100,
  description: "sizing=fixed_risk: percent of equity lost between entry and stop",
};
export const TARGET_VOL_PCT: ParamSpec = {
  name: "target_vol_pct",
  kind: "percent",
  default: 0.2,
  above: 0,
  max: 100,
  description: "sizing=volatility: percent of equity that a position swings in a day, by ATR(14)",
};
export const KELLY_FRACTION: ParamSpec = {
  name: "kelly_fraction",
  kind: "number",
  default: 0.5,
  above: 0,
  max: 1,
  description:
    "sizing=kelly: part of the Kelly stake, shrunk, from the run's own trades (30 at least; fraction before)",
};

/** In the order of `/strategy info`. */
export const SIZING_SPECS: readonly ParamSpec[] = [
  SIZING,
  FRACTION,
  RISK_PCT,
  TARGET_VOL_PCT,
  KELLY_FRACTION,
];

/** Which rules look at which of the numbers. Every other option is looked at whatever the rule. */
const USED_BY: Readonly<Record<string, readonly Sizing["rule"][]>> = {
  fraction: ["fixed_fraction", "kelly"],
  risk_pct: ["fixed_risk"],
  target_vol_pct: ["volatility"],
  kelly_fraction: ["kelly"],
};

/** The sizing that parameters name; the specs above have checked them. */
export function readSizing(params: Params): SizingOptions {
  const named = SIZING_RULES.find((rule) => rule === params["sizing"]);
  if (named === undefined) throw new TypeError(`sizing is ${String(params["sizing"])}`);
  return {
    sizing: named,
    fraction: numberParam(params, "fraction"),
    riskPct: numberParam(params, "risk_pct"),
    targetVolPct: numberParam(params, "target_vol_pct"),
    kellyFraction: numberParam(params, "kelly_fraction"),
  };
}

/**
 * What is wrong with `given` names that the chosen rule does not look at, a sentence each: whoever sets one expects it to do
 * something. `written` is how a name and its value are written where they were given: `sizing=kelly`, `--sizing kelly`.
 */
export function unusedNumbers(
  rule: Sizing["rule"],
  given: ReadonlySet<string>,
  written: (name: string, value?: string) => string,
): readonly string[] {
  return Object.entries(USED_BY).flatMap(([name, rules]) =>
    given.has(name) && !isUsed(rule, name)
      ? [
          `${written(name)} does nothing with ${written("sizing", rule)}; it belongs to ${rules.map((each) => written("sizing", each)).join(" and ")}`,
        ]
      : [],
  );
}

/** Whether the option of this name means something with the rule. */
export function isUsed(rule: Sizing["rule"], name: string): boolean {
  return USED_BY[name]?.includes(rule) ?? true;
}

/** The rule with the numbers it looks at. */
export function sizingOf(options: SizingOptions): Sizing {
  const { fraction, riskPct, targetVolPct, kellyFraction } = options;
  switch (options.sizing) {
    case "fixed_fraction":
      return { rule: "fixed_fraction", fraction };
    case "fixed_risk":
      return { rule: "fixed_risk", riskPct };
    case "volatility":
      return { rule: "volatility", targetVolPct };
    case "kelly":
      return { rule: "kelly", kellyFraction, fraction };
  }
}
