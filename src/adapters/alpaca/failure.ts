import { ApiError, RateLimitError } from "@alpacahq/alpaca-trade-api";
import type { Placement } from "../../ports.ts";
import { LimiterFull } from "./limiter.ts";

/** The keys are wrong or may not do this: no retry will help. */
export class BrokerRefusedKeys extends Error {
  override readonly name = "BrokerRefusedKeys";
}

/** How the read of the account is called: only there does a 403 mean the keys. */
export const ACCOUNT = "the account";

const DEFAULT_RETRY_AFTER_MS = 2_000;
/**
 * Where Alpaca names a moment instead of a pause, the library subtracts this machine's clock: a wrong one must neither stop
 * exits for long nor let a refused call hammer. Alpaca's window is a minute.
 */
const SHORTEST_RETRY_AFTER_MS = 250;
const LONGEST_RETRY_AFTER_MS = 60_000;

/** What came of a POST that did not answer with an order (ORDERS.md, States). Everything but a definite 4xx is unknown. */
export function placementOf(error: unknown): Exclude<Placement, { kind: "answered" }> {
  if (error instanceof LimiterFull) return { kind: "rate_limited", retryAfterMs: error.retryAfterMs };
  const retryAfterMs = rateLimitPause(error);
  if (retryAfterMs !== undefined) return { kind: "rate_limited", retryAfterMs };
  if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408) {
    if (/client.?order.?id must be unique/i.test(error.message)) return { kind: "duplicate" };
    return { kind: "rejected", reason: `${error.message} (${error.status})` };
  }
  return { kind: "unknown", reason: describe(error) };
}

/** How long nobody should call after this answer, 250 ms to a minute; undefined where it was no 429. */
export function rateLimitPause(error: unknown): number | undefined {
  if (!(error instanceof RateLimitError || (error instanceof ApiError && error.status === 429)))
    return undefined;
  const asked = error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS;
  return Math.min(LONGEST_RETRY_AFTER_MS, Math.max(SHORTEST_RETRY_AFTER_MS, asked));
}

/** Whether a call had no answer in its time; the library wraps what the signal said. */
export function timedOut(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || timedOut(error.cause));
}

/** One line of what went wrong; the library's messages carry no keys. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error instanceof ApiError ? `${error.message} (${error.status})` : `${error.message}${cause}`;
}

/** A failed read, with its cause; wrong keys are told apart. `keys` names the variables they come from. */
export function readFailure(what: string, keys: string, error: unknown): Error {
  // For keys it does not know Alpaca answers 401 or 403; elsewhere 403 may be a feed that is not subscribed to.
  const refused =
    error instanceof ApiError && (error.status === 401 || (error.status === 403 && what === ACCOUNT));
  if (refused)
    return new BrokerRefusedKeys(
      `${keys}: found keys that Alpaca refuses, expected a pair of the same account (paper keys work for paper only)`,
      { cause: error },
    );
  return new Error(`Alpaca: ${what}: ${describe(error)}`, { cause: error });
}
