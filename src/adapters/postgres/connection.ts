import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { driverError, LedgerRefused, reasonOf, sqlStateOf } from "./failure.ts";

/** What both drivers are to drizzle; `execute` differs in its result, so nothing here reads one. */
export type Db = PgDatabase<PgQueryResultHKT>;

/** Runs exactly one statement; `operation` names it in errors. */
export type Execute = <T>(operation: string, statement: (db: Db) => PromiseLike<T>) => Promise<T>;

/** One server connection (or the one PGlite), used for as long as it lives and never reconnected. */
export interface Link {
  readonly db: Db;
  alive(): boolean;
  /** Cuts it off: what is in flight rejects, and it is not alive afterwards. */
  destroy(): void;
  /** Orderly goodbye. */
  end(): Promise<void>;
  /** Longest silence after a statement, ms; null where the database runs in this process. */
  readonly deadlineMs: number | null;
  /** LedgerUnavailable where `error` means that the database is not there; undefined otherwise. */
  unavailable(error: unknown): Error | undefined;
}

/** Thrown in place of a statement that a dead link cannot send, or has not answered in time. */
class LinkLost extends Error {
  readonly code = "CONNECTION_CLOSED";
}

/**
 * Sends statements over one link, strictly one after another. postgres.js 3.4.9 revives a dead connection for whatever is
 * queued on it or comes later, so the rest of a transaction would run outside of it, and its own `begin` crashes the process
 * (porsager/postgres #1154, #1186, #1216). With one statement at a time and none after death it can do neither.
 */
export class Connection {
  readonly #link: Link;
  #last: Promise<unknown> = Promise.resolve();

  constructor(link: Link) {
    this.#link = link;
  }

  get alive(): boolean {
    return this.#link.alive();
  }

  readonly execute: Execute = async (operation, statement) => {
    const turn = this.#last.then(async () => this.#send(operation, statement));
    this.#last = turn.catch(() => undefined);
    return turn;
  };

  destroy(): void {
    this.#link.destroy();
  }

  async end(): Promise<void> {
    await this.#link.end();
  }

  async #send<T>(operation: string, statement: (db: Db) => PromiseLike<T>): Promise<T> {
    const link = this.#link;
    if (!link.alive()) throw this.#named(operation, new LinkLost());
    const timer = link.deadlineMs === null ? undefined : setTimeout(() => link.destroy(), link.deadlineMs);
    try {
      return await statement(link.db);
    } catch (error) {
      const failure = driverError(error);
      // A reset line is not dead to the driver until the socket has closed; a statement in between is never answered.
      if (link.unavailable(failure) !== undefined) link.destroy();
      throw this.#named(operation, failure);
    } finally {
      clearTimeout(timer);
    }
  }

  #named(operation: string, error: unknown): Error {
    const unavailable = this.#link.unavailable(error);
    if (unavailable !== undefined) return unavailable;
    const message = `ledger, ${operation}: ${reasonOf(error)}`;
    const sqlState = sqlStateOf(error);
    return sqlState === undefined
      ? new Error(message, { cause: error })
      : new LedgerRefused(message, sqlState);
  }
}
