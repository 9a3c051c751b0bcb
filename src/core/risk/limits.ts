import type { ParamSpec } from "../strategies/contract.ts";
import { parseValue } from "../strategies/params.ts";
import { unknownName } from "../suggest.ts";
import type { Unit } from "./contract.ts";
import { amountText } from "./measure.ts";

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

/** Every limit, in the order in which they are shown. Off by default where nobody named a figure. */
export const LIMITS: readonly LimitSpec[] = [
  {
    name: "heat_pct",
    kind: "percent",
    default: 25,
    above: 0,
    max: 100,
    unit: "%",
    tighter: "lower",
    description: "lost of equity if every stop is hit, working entries included",
  },
  {
    name: "day_loss_pct",
    kind: "percent",
    default: 2,
    above: 0,
    max: 100,
    unit: "%",
    tighter: "lower",
    description: "loss since the last session's close that ends entries until the next session",
  },
  {
    name: "drawdown_pct",
    kind: "percent",
    default: "none",
    above: 0,
    max: 100,
    unit: "%",
    tighter: "lower",
    description: "fall of equity from its peak that ends entries",
  },
  {
    name: "correlated_pct",
    kind: "percent",
    default: 15,
    above: 0,
    max: 400,
    unit: "%",
    tighter: "lower",
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
    name: "max_positions",
    kind: "integer",
    default: "none",
    min: 1,
    max: 1_000,
    unit: "count",
    tighter: "lower",
    description: "open positions, working entries and external holdings included",
  },
  {
    name: "max_positions_strategy",
    kind: "integer",
    default: "none",
    min: 1,
    max: 1_000,
    unit: "count",
    tighter: "lower",
    description: "open positions of one strategy, over all its runs",
  },
  {
    name: "max_positions_symbol",
    kind: "integer",
    default: "none",
    min: 1,
    max: 1_000,
    unit: "count",
    tighter: "lower",
    description: "open positions in one symbol",
  },
  {
    name: "max_position_value",
    kind: "number",
    default: "none",
    above: 0,
    max: 1e9,
    unit: "$",
    tighter: "lower",
    description: "USD that one entry may cost",
  },
  {
    name: "orders_per_minute",
    kind: "integer",
    default: "none",
    min: 1,
    max: 1_000,
    unit: "count",
    tighter: "lower",
    description: "entries within a minute",
  },
  {
    name: "trades_per_day",
    kind: "integer",
    default: "none",
    min: 1,
    max: 100_000,
    unit: "count",
    tighter: "lower",
    description: "entries on one New York day",
  },
  {
    name: "cooldown_minutes",
    kind: "number",
    default: "none",
    above: 0,
    max: 10_080,
    unit: "min",
    tighter: "higher",
    description: "a run stays out of a symbol after a stop-loss there",
  },
  {
    name: "losing_streak",
    kind: "integer",
    default: "none",
    min: 1,
    max: 100,
    unit: "count",
    tighter: "lower",
    description: "losses in a row that lock a symbol until the next day",
  },
  {
    name: "no_entry_open_minutes",
    kind: "number",
    default: "none",
    above: 0,
    max: 389,
    unit: "min",
    tighter: "higher",
    description: "no entries so long after the open",
  },
  {
    name: "no_entry_close_minutes",
    kind: "number",
    default: "none",
    above: 0,
    max: 389,
    unit: "min",
    tighter: "higher",
    description: "no entries so long before the close, half days included",
  },
  {
    name: "spread_pct",
    kind: "percent",
    default: "none",
    above: 0,
    max: 100,
    unit: "%",
    tighter: "lower",
    description: "of the mid price between bid and ask",
  },
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
    name: "price_band_pct",
    kind: "percent",
    default: 5,
    above: 0,
    max: 100,
    unit: "%",
    tighter: "lower",
    description: "an order's distance from the latest trade",
  },
  {
    name: "two_person_order_usd",
    kind: "number",
    default: "none",
    above: 0,
    max: 1e9,
    unit: "$",
    tighter: "lower",
    description: "USD that a buy by hand may cost before a second trader must confirm it",
  },
];

export const DEFAULT_LIMITS: Limits = limitsOf((spec) => valueOf(spec.default));

export type ParsedLimits =
  | { readonly kind: "ok"; readonly limits: Limits }
  /** One sentence each, all problems at once. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** `name=value` texts over the limits as they are. Limits that contradict each other are refused with the reason. */
export function parseLimits(texts: readonly string[], base: Limits): ParsedLimits {
  const errors: string[] = [];
  const given = new Map<LimitName, number | null>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = (equals < 0 ? text : text.slice(0, equals)).trim();
    const spec = LIMITS.find((each) => each.name === name);
    if (equals < 0) errors.push(`${text}: expected name=value`);
    else if (spec === undefined)
      errors.push(
        unknownName(
          "limit",
          name,
          LIMITS.map((each) => each.name),
        ),
      );
    else if (given.has(spec.name)) errors.push(`${name} is given twice`);
    else {
      const parsed = parseValue(spec, text.slice(equals + 1));
      if (parsed.kind === "invalid") errors.push(parsed.error);
      given.set(spec.name, parsed.kind === "ok" ? valueOf(parsed.value) : null);
    }
  }
  if (errors.length > 0) return { kind: "invalid", errors };
  const limits = { ...base, ...Object.fromEntries(given) };
  const contradictions = contradictionsIn(limits);
  return contradictions.length > 0 ? { kind: "invalid", errors: contradictions } : { kind: "ok", limits };
}

/** Stored limits as they were set; what is missing or was renamed since has its default. */
export function readLimits(stored: unknown): Limits {
  const known = typeof stored === "object" && stored !== null ? new Map(Object.entries(stored)) : new Map();
  return limitsOf((spec) => {
    const value: unknown = known.get(spec.name);
    return typeof value === "number" || value === null ? value : valueOf(spec.default);
  });
}

/** A limit that can never bind under another one, or leaves no entry at all, is a mistake: a sentence each. */
function contradictionsIn(limits: Limits): readonly string[] {
  const found: string[] = [];
  const within = (inner: LimitName, outer: LimitName, why: string): void => {
    const [small, large] = [limits[inner], limits[outer]];
    if (small !== null && large !== null && small > large)
      found.push(`${inner}=${small} is above ${outer}=${large}: ${why}`);
  };
  within("max_positions_strategy", "max_positions", "one strategy cannot hold more than all together");
  within("max_positions_symbol", "max_positions", "one symbol cannot hold more than all together");
  within("orders_per_minute", "trades_per_day", "a minute cannot hold more entries than its day");
  within("day_loss_pct", "drawdown_pct", "a day would have to lose more than the account may lose at all");
  const closed = (limits.no_entry_open_minutes ?? 0) + (limits.no_entry_close_minutes ?? 0);
  if (closed >= SESSION_MINUTES)
    found.push(
      `no_entry_open_minutes and no_entry_close_minutes come to ${closed} of the ${SESSION_MINUTES} minutes of a session: no entry could ever be made`,
    );
  return found;
}

const SESSION_MINUTES = 390;

export interface LimitChange {
  readonly name: LimitName;
  readonly from: number | null;
  readonly to: number | null;
  /** More may be risked than before. */
  readonly raises: boolean;
}

/** What differs, in the order of the limits. */
export function limitChanges(before: Limits, after: Limits): readonly LimitChange[] {
  return LIMITS.flatMap(({ name, tighter }) => {
    const [from, to] = [before[name], after[name]];
    if (from === to) return [];
    const raises = to === null || (from !== null && (tighter === "lower" ? to > from : to < from));
    return [{ name, from, to, raises }];
  });
}

/** `heat_pct 25% → 20%` */
export function changeText({ name, from, to }: LimitChange): string {
  const { unit } = specOf(name);
  const text = (value: number | null): string => (value === null ? "none" : amountText(value, unit));
  return `${name} ${text(from)} → ${text(to)}`;
}

function specOf(name: LimitName): LimitSpec {
  const spec = LIMITS.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`no limit is called ${name}`);
  return spec;
}

function valueOf(value: unknown): number | null {
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
