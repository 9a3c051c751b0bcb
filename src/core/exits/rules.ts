import type { ParamSpec, Params } from "../strategies/contract.ts";

/** How a run gets out of its positions beside the stop-loss and the strategy's SELL. An absent member is off. */
export interface ExitRules {
  /** Take-profit in percent of the entry price, (0, 1000]. */
  readonly takeProfitPct?: number;
  /** Take-profit in multiples of the initial risk (R), (0, 100]. */
  readonly takeProfitR?: number;
  /** Trailing stop in percent under the highest price since the entry, [0.1, 50]. */
  readonly trailPct?: number;
  /** Trailing stop in ATR(14)s under the highest price, (0, 20]; the ATR is that of the decision. */
  readonly trailAtr?: number;
  /** The trailing stop begins once the price was this many R over the entry, [0, 100]; absent: at once. */
  readonly trailAfterR?: number;
  /** Moves the stop to the entry price once the price was this many R over it, (0, 100]. */
  readonly breakevenR?: number;
  /** Sells after this many closed bars held, the bar of the entry counted, 1 to 10,000. */
  readonly timeStopBars?: number;
  /** Sells a part once the price is this many R over the entry, (0, 100]. */
  readonly partialR?: number;
  /** That part of the shares, (0, 1); absent: half. */
  readonly partialFraction?: number;
}

const RISK_MULTIPLE = { kind: "number", default: "none", above: 0, max: 100 } as const;

/** The options of `/strategy start` and, with dashes, of `alphaflow backtest`. */
export const EXIT_OPTIONS = {
  takeProfitPct: {
    name: "take_profit_pct",
    kind: "percent",
    default: "none",
    above: 0,
    max: 1000,
    description: "take-profit in percent of the entry price",
  },
  takeProfitR: {
    ...RISK_MULTIPLE,
    name: "take_profit_r",
    description: "take-profit in multiples of the initial risk (R)",
  },
  trailPct: {
    name: "trail_pct",
    kind: "percent",
    default: "none",
    min: 0.1,
    max: 50,
    description: "trailing stop in percent under the highest price",
  },
  trailAtr: {
    name: "trail_atr",
    kind: "number",
    default: "none",
    above: 0,
    max: 20,
    description: "trailing stop in ATR(14)s under the highest price",
  },
  trailAfterR: {
    name: "trail_after_r",
    kind: "number",
    default: 0,
    min: 0,
    max: 100,
    description: "gain in R from which the trailing stop works",
  },
  breakevenR: {
    ...RISK_MULTIPLE,
    name: "breakeven_r",
    description: "gain in R at which the stop moves to the entry price",
  },
  timeStopBars: {
    name: "time_stop_bars",
    kind: "integer",
    default: "none",
    min: 1,
    max: 10_000,
    description: "closed bars held after which the position is sold",
  },
  partialR: { ...RISK_MULTIPLE, name: "partial_r", description: "gain in R at which a part is sold" },
  partialFraction: {
    name: "partial_fraction",
    kind: "number",
    default: 0.5,
    above: 0,
    below: 1,
    description: "the part that partial_r sells",
  },
} as const satisfies Readonly<Record<keyof ExitRules, ParamSpec>>;

/** All of them, in the order in which they are shown. */
export const EXIT_SPECS: readonly ParamSpec[] = Object.values(EXIT_OPTIONS);

/** The members of `ExitRules`, in that order. */
export const EXIT_KEYS = Object.keys(EXIT_OPTIONS).filter(
  (key): key is keyof ExitRules => key in EXIT_OPTIONS,
);

/** The rules that parsed values (by option name) ask for; what stands at its default is left out. */
export function exitRulesOf(params: Params): ExitRules {
  const rules: { -readonly [Key in keyof ExitRules]: ExitRules[Key] } = {};
  for (const key of EXIT_KEYS) {
    const { name, default: fallback } = EXIT_OPTIONS[key];
    const value = params[name];
    if (typeof value === "number" && value !== fallback) rules[key] = value;
  }
  return rules;
}

/** Option values by name, as `exitRulesOf` reads them back. */
export function exitParams(rules: ExitRules): Params {
  return Object.fromEntries(
    EXIT_KEYS.map((key) => [EXIT_OPTIONS[key].name, rules[key] ?? EXIT_OPTIONS[key].default]),
  );
}

/** How an option is written where its user writes it: `trail_pct=2`, or `--trail-pct 2`. */
type Written = (name: string, value?: string) => string;

const asSetting: Written = (name, value) => (value === undefined ? name : `${name}=${value}`);

/** Why these rules contradict each other, in one sentence; undefined when they do not. */
export function exitFault(rules: ExitRules, written: Written = asSetting): string | undefined {
  const { takeProfitPct, takeProfitR, trailPct, trailAtr, trailAfterR, partialR, partialFraction } = rules;
  const both = (one: string, other: string): string =>
    `${written(one)} and ${written(other)} exclude each other`;
  if (takeProfitPct !== undefined && takeProfitR !== undefined)
    return `${both("take_profit_pct", "take_profit_r")}: a position has one target`;
  if (trailPct !== undefined && trailAtr !== undefined)
    return `${both("trail_pct", "trail_atr")}: a position has one trailing stop`;
  if (trailAfterR !== undefined && trailPct === undefined && trailAtr === undefined)
    return `${written("trail_after_r")} needs ${written("trail_pct")} or ${written("trail_atr")}: without one nothing trails`;
  if (partialFraction !== undefined && partialR === undefined)
    return `${written("partial_fraction")} needs ${written("partial_r")}: it says when the part is sold`;
  if (takeProfitR === undefined) return undefined;
  const late = Object.entries({
    partial_r: partialR,
    breakeven_r: rules.breakevenR,
    trail_after_r: trailAfterR,
  }).find(([, at]) => at !== undefined && at >= takeProfitR);
  if (late === undefined) return undefined;
  // Everything is sold at the target, so nothing can happen at or beyond it.
  return `${written(late[0], String(late[1]))} is never reached: ${written("take_profit_r", String(takeProfitR))} sells everything before`;
}
