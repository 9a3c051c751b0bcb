import { ApiError } from "@alpacahq/alpaca-trade-api";
import type { Lane } from "../../ports.ts";
import { rateLimitPause, readFailure, timedOut } from "./failure.ts";
import type { Limiter } from "./limiter.ts";

/** What a call to the library is given beside its request. */
export interface Within {
  readonly signal?: AbortSignal;
}

/** Questions, which may be asked twice; they wait for the budget of requests and word their failures. */
export interface Reads {
  readonly read: <T>(what: string, lane: Lane, call: (within: Within) => Promise<T>) => Promise<T>;
  /** As `read`, but a 404 is an answer: there is no such thing. */
  readonly find: <T>(
    what: string,
    lane: Lane,
    call: (within: Within) => Promise<T>,
  ) => Promise<T | undefined>;
}

/** An answer that was lost does not come, and a stop may wait for it; a broker that is slow is given the whole time the next time. */
const FIRST_READ_MS = 3_000;

/** `keys` names the variables that hold them; `deadlineMs` is how long a call may wait for the budget, and the library's own limit. */
export function createReads(keys: string, budget: Limiter, deadlineMs: number): Reads {
  async function ask<T>(lane: Lane, call: (within: Within) => Promise<T>): Promise<T> {
    await budget.pass(lane, deadlineMs);
    try {
      return await call({ signal: AbortSignal.timeout(FIRST_READ_MS) });
    } catch (error) {
      if (!timedOut(error)) throw error;
    }
    await budget.pass(lane, deadlineMs);
    return await call({});
  }

  const reads: Reads = {
    async read(what, lane, call) {
      try {
        return await ask(lane, call);
      } catch (error) {
        const pauseMs = rateLimitPause(error);
        if (pauseMs !== undefined) budget.block(pauseMs);
        throw readFailure(what, keys, error);
      }
    },

    async find(what, lane, call) {
      try {
        return await reads.read(what, lane, call);
      } catch (error) {
        if (error instanceof Error && error.cause instanceof ApiError && error.cause.status === 404)
          return undefined;
        throw error;
      }
    },
  };
  return reads;
}
