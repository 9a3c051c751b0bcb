import { ApiError, RateLimitError } from "@alpacahq/alpaca-trade-api";
import type { Placement } from "../../ports.ts";
import { LimiterFull } from "./limiter.ts";

/** The keys are wrong or may not do this: no retry will help. */
class AlpacaAuthError extends Error {
  override readonly name = "AlpacaAuthError";
}

const DEFAULT_RETRY_AFTER_MS = 2_000;

/** What came of a POST that did not answer with an order (ORDERS.md, States). Everything but a definite 4xx is unknown. */
export function placementOf(error: unknown): Exclude<Placement, { kind: "answered" }> {
  if (error instanceof LimiterFull) return { kind: "rate_limited", retryAfterMs: error.retryAfterMs };
  if (error instanceof RateLimitError || (error instanceof ApiError && error.status === 429))
    return { kind: "rate_limited", retryAfterMs: error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS };
  if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408) {
    if (/client.?order.?id must be unique/i.test(error.message)) return { kind: "duplicate" };
    return { kind: "rejected", reason: `${error.message} (${error.status})` };
  }
  return { kind: "unknown", reason: describe(error) };
}

/** One line of what went wrong; the library's messages carry no keys. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return error instanceof ApiError ? `${error.message} (${error.status})` : `${error.message}${cause}`;
}

/** A failed read, with its cause; wrong keys are told apart. */
export function readFailure(what: string, error: unknown): Error {
  if (error instanceof ApiError && error.status === 401)
    return new AlpacaAuthError(
      `Alpaca refused the keys when reading ${what}: check ALPACA_API_KEY and ALPACA_SECRET_KEY (paper keys work only for paper)`,
      { cause: error },
    );
  return new Error(`Alpaca: ${what}: ${describe(error)}`, { cause: error });
}
