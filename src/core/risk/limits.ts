import type { ParamSpec } from "../strategies/contract.ts";
import type { Unit } from "./contract.ts";

/** A limit of the desk: declared once, for parsing, `/risk`, help and the gates. */
export interface LimitSpec extends ParamSpec {
  readonly name: LimitName;
  readonly kind: "integer" | "percent" | "number";
  readonly default: number | "none";
  readonly unit: Unit;
  /** Which way is stricter. "none" is always the loosest. */
  readonly tighter: "lower" | "higher";
}

export type LimitName =
  | "heat_pct"
  | "day_loss_pct"
  | "drawdown_pct"
  | "correlated_pct"
  | "correlation"
  | "max_positions"
  | "max_positions_strategy"
  | "max_positions_symbol"
  | "max_position_value"
  | "orders_per_minute"
  | "trades_per_day"
  | "cooldown_minutes"
  | "losing_streak"
  | "no_entry_open_minutes"
  | "no_entry_close_minutes"
  | "spread_pct"
  | "stale_seconds"
  | "price_band_pct"
  | "two_person_order_usd";

/** Null: no limit. */
export type Limits = Readonly<Record<LimitName, number | null>>;

const PERCENT = { kind: "percent", unit: "%", above: 0, max: 100, tighter: "lower" } as const;
const COUNT = {
  kind: "integer",
  unit: "count",
  default: "none",
  min: 1,
  max: 1_000,
  tighter: "lower",
} as const;
const USD = { kind: "number", unit: "$", default: "none", above: 0, max: 1e9, tighter: "lower" } as const;
const MINUTES = { kind: "number", unit: "min", default: "none", above: 0, tighter: "higher" } as const;

/** Every limit, in the order in which they are shown. Off by default where nobody named a figure. */
export const LIMITS: readonly LimitSpec[] = [
  {
    ...PERCENT,
    name: "heat_pct",
    default: 25,
    description: "lost of equity if every stop is hit, working entries included",
  },
  {
    ...PERCENT,
    name: "day_loss_pct",
    default: 2,
    description: "loss since the last session's close that ends entries until the next session",
  },
  {
    ...PERCENT,
    name: "drawdown_pct",
    default: "none",
    description: "fall of equity from its peak that ends entries",
  },
  {
    ...PERCENT,
    name: "correlated_pct",
    default: 15,
    max: 400,
    description: "of equity in one symbol and those that move with it",
  },
  {
    name: "correlation",
    kind: "number",
    default: 0.7,
    min: 0,
    below: 1,
    unit: "ratio",
    tighter: "lower",
    description: "60-day daily returns that correlate above this move together",
  },
  {
    ...COUNT,
    name: "max_positions",
    description: "open positions and working entries, external holdings and buy orders included",
  },
  {
    ...COUNT,
    name: "max_positions_strategy",
    description: "open positions of one strategy, over all its runs",
  },
  { ...COUNT, name: "max_positions_symbol", description: "open positions in one symbol" },
  { ...USD, name: "max_position_value", description: "USD that one entry may cost" },
  { ...COUNT, name: "orders_per_minute", description: "entries within a minute" },
  { ...COUNT, name: "trades_per_day", max: 100_000, description: "entries on one New York day" },
  {
    ...MINUTES,
    name: "cooldown_minutes",
    max: 10_080,
    description: "a run stays out of a symbol after a stop-loss there",
  },
  {
    ...COUNT,
    name: "losing_streak",
    max: 100,
    description: "losses in a row that lock a symbol until the next day",
  },
  { ...MINUTES, name: "no_entry_open_minutes", max: 389, description: "no entries so long after the open" },
  {
    ...MINUTES,
    name: "no_entry_close_minutes",
    max: 389,
    description: "no entries so long before the close, half days included",
  },
  { ...PERCENT, name: "spread_pct", default: "none", description: "of the mid price between bid and ask" },
  {
    name: "stale_seconds",
    kind: "number",
    default: "none",
    above: 0,
    max: 86_400,
    unit: "s",
    tighter: "lower",
    description: "age of the latest trade, in market time",
  },
  {
    ...PERCENT,
    name: "price_band_pct",
    default: 5,
    description: "an order's distance from the latest trade",
  },
  {
    ...USD,
    name: "two_person_order_usd",
    description: "USD that a buy by hand may cost before a second trader must confirm it",
  },
];

export const DEFAULT_LIMITS: Limits = limitsOf((spec) => limitValue(spec.default));

/** Stored limits as they were set; what is missing or was renamed since has its default. */
export function readLimits(stored: unknown): Limits {
  const known = typeof stored === "object" && stored !== null ? new Map(Object.entries(stored)) : new Map();
  return limitsOf((spec) => {
    const value: unknown = known.get(spec.name);
    return typeof value === "number" || value === null ? value : limitValue(spec.default);
  });
}

export function specOf(name: LimitName): LimitSpec {
  const spec = LIMITS.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`no limit is called ${name}`);
  return spec;
}

/** A parsed value as a limit: "none" is null. */
export function limitValue(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function limitsOf(value: (spec: LimitSpec) => number | null): Limits {
  const of = (name: LimitName): number | null => value(specOf(name));
  return {
    heat_pct: of("heat_pct"),
    day_loss_pct: of("day_loss_pct"),
    drawdown_pct: of("drawdown_pct"),
    correlated_pct: of("correlated_pct"),
    correlation: of("correlation"),
    max_positions: of("max_positions"),
    max_positions_strategy: of("max_positions_strategy"),
    max_positions_symbol: of("max_positions_symbol"),
    max_position_value: of("max_position_value"),
    orders_per_minute: of("orders_per_minute"),
    trades_per_day: of("trades_per_day"),
    cooldown_minutes: of("cooldown_minutes"),
    losing_streak: of("losing_streak"),
    no_entry_open_minutes: of("no_entry_open_minutes"),
    no_entry_close_minutes: of("no_entry_close_minutes"),
    spread_pct: of("spread_pct"),
    stale_seconds: of("stale_seconds"),
    price_band_pct: of("price_band_pct"),
    two_person_order_usd: of("two_person_order_usd"),
  };
}
