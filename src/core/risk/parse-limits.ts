import { parseValue } from "../strategies/params.ts";
import { unknownName } from "../suggest.ts";
import { limitValue, LIMITS, type LimitName, type Limits } from "./limits.ts";

const SESSION_MINUTES = 390;

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
      given.set(spec.name, parsed.kind === "ok" ? limitValue(parsed.value) : null);
    }
  }
  if (errors.length > 0) return { kind: "invalid", errors };
  const limits = { ...base, ...Object.fromEntries(given) };
  const contradictions = contradictionsIn(limits);
  return contradictions.length > 0 ? { kind: "invalid", errors: contradictions } : { kind: "ok", limits };
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
