import { sql } from "drizzle-orm";
import type { Connection, Execute } from "./connection.ts";
import { LedgerRefused, LedgerUnavailable } from "./failure.ts";

/**
 * BEGIN, work, COMMIT on one connection; anything that goes wrong rolls back and is thrown. A failed operation dooms the
 * transaction even when the work caught its error: Postgres has aborted it by then, and would answer COMMIT with a rollback.
 * An operation that was not awaited, or comes after the end, fails and commits nothing.
 */
export async function inTransaction<T>(
  connection: Connection,
  work: (execute: Execute) => Promise<T>,
): Promise<T> {
  await connection.execute("begin", (db) => db.execute(sql`begin isolation level read committed`));
  const statements = new Statements(connection);
  let result: T;
  try {
    result = await work(statements.execute);
    await statements.finish();
  } catch (error) {
    await statements.abandon();
    await rollBack(connection);
    throw error;
  }
  await commit(connection);
  return result;
}

async function commit(connection: Connection): Promise<void> {
  try {
    await connection.execute("commit", (db) => db.execute(sql`commit`));
  } catch (error) {
    if (error instanceof LedgerRefused) throw error; // the server answered: it has rolled back
    connection.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new LedgerUnavailable(`no answer to COMMIT, so whether it was committed is not known; ${reason}`, {
      cause: error,
    });
  }
}

async function rollBack(connection: Connection): Promise<void> {
  if (!connection.alive) return; // the server rolls back by itself when a connection goes
  try {
    await connection.execute("rollback", (db) => db.execute(sql`rollback`));
  } catch {
    connection.destroy(); // and so it does when we hang up; the first error is the one worth telling
  }
}

/** The statements of one transaction: knows which are on their way, and whether one has failed. */
class Statements {
  readonly #connection: Connection;
  readonly #underWay = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #over = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  readonly execute: Execute = async (operation, statement) => {
    if (this.#over) throw new Error(`ledger, ${operation}: its transaction is over`);
    if (this.#failure !== undefined) throw this.#failure.error;
    const running = this.#connection.execute(operation, statement);
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#underWay.delete(running);
    }
  };

  async finish(): Promise<void> {
    const forgotten = this.#underWay.size;
    await this.abandon();
    if (this.#failure !== undefined) throw this.#failure.error;
    if (forgotten > 0)
      throw new Error(`the transaction's work ended without awaiting ${forgotten} of its operations`);
  }

  /** Nothing more is let in; what is under way ends before the connection is used for anything else. */
  async abandon(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#underWay);
  }
}
