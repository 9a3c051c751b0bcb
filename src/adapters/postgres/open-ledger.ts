import { sql } from "drizzle-orm";
import type { Ledger, LedgerOps, Log } from "../../ports.ts";
import { connectPglite } from "./connect-pglite.ts";
import { connectPostgres, parseDatabaseUrl } from "./connect-postgres.ts";
import { Connection, type Execute } from "./connection.ts";
import { LedgerRefused } from "./failure.ts";
import { migrate } from "./migrate.ts";
import { trackNesting } from "./nesting.ts";
import { alertPlaceOperations } from "./operations/alert-places.ts";
import { alertRoutingOperations } from "./operations/alert-routing.ts";
import { barOperations } from "./operations/bars.ts";
import { cardOperations } from "./operations/cards.ts";
import { filterModelOperations } from "./operations/filter-models.ts";
import { controlOperations, type Scope } from "./operations/control.ts";
import { approvalOperations } from "./operations/approvals.ts";
import { intakeOperations } from "./operations/intake.ts";
import { journalOperations } from "./operations/journal.ts";
import { orderOperations } from "./operations/orders.ts";
import { positionOperations } from "./operations/positions.ts";
import { tradeOperations } from "./operations/trades.ts";
import { priceAlertOperations } from "./operations/price-alerts.ts";
import { runOperations } from "./operations/runs.ts";
import { studyOperations } from "./operations/studies.ts";
import { Pool } from "./pool.ts";
import { leases } from "./schema.ts";
import { inTransaction } from "./transaction.ts";

export interface LedgerOptions {
  /** Postgres; absent: PGlite in `dataDir`/pglite. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  /** The folder with the generated SQL and meta/. */
  readonly migrationsDir: string;
  /** Names of everything alerts are delivered to: each alert gets one delivery for each. */
  readonly sinks: readonly string[];
  /** Unique to this start of the program: by it others on the same server see whether it lives. */
  readonly owner: string;
  readonly log: Log;
}

const POOL_SIZE = 6;
const CLOSE_GRACE_MS = 5_000;
const ATTEMPTS = 3;
const NESTING_PATIENCE_MS = 2_000;
const MIGRATION_SILENCE_MS = 305_000;

/**
 * Opens the ledger, migrated to the newest schema. Throws LedgerUnavailable with one line for people when the database cannot
 * be reached, entered or, for PGlite, is in use by another process.
 *
 * Inside `transaction` use only the operations it passes in: PGlite has one connection, so the ledger itself would wait for
 * the transaction that waits for it; on both databases that throws after two seconds. A transaction whose commit was not answered
 * throws LedgerUnavailable and is never repeated; one that the database itself broke off to end a deadlock is repeated, so
 * its work should touch nothing but the operations. To have no deadlocks lock in one order: lease, control, order, position.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { pool, description } =
    options.databaseUrl === undefined
      ? await openPglite(options)
      : await openPostgres(options, options.databaseUrl);
  return ledgerOn(pool, description, options);
}

async function openPostgres(
  options: LedgerOptions,
  databaseUrl: string,
): Promise<{ pool: Pool; description: string }> {
  const { owner, log, migrationsDir } = options;
  const server = parseDatabaseUrl(databaseUrl);
  const migrator = new Connection(
    await connectPostgres(server, { owner, log, silenceMs: MIGRATION_SILENCE_MS }),
  );
  try {
    await migrate(migrator, migrationsDir);
  } finally {
    await migrator.end();
  }
  const pool = new Pool(POOL_SIZE, async () => connectPostgres(server, { owner, log }));
  return { pool, description: `Postgres at ${server.host}:${server.port}/${server.database}` };
}

async function openPglite(options: LedgerOptions): Promise<{ pool: Pool; description: string }> {
  const { owner, dataDir, migrationsDir } = options;
  const pool = new Pool(1, async () => connectPglite(dataDir, owner));
  try {
    await pool.use(async (connection) => {
      await migrate(connection, migrationsDir);
      // The lock file lets one process in at a time: whoever held a lease is dead, and nobody need wait for it to run out.
      await connection.execute("openPglite", (db) =>
        db.update(leases).set({ owner: null, expiresAt: sql`clock_timestamp()` }),
      );
    });
  } catch (error) {
    await pool.close(CLOSE_GRACE_MS);
    throw error;
  }
  return { pool, description: `PGlite in ${dataDir}` };
}

/** Every operation on `execute`; the ledger's own ones and those of a transaction differ only in it and in the scope. */
function operations(execute: Execute, scope: Scope, sinks: readonly string[]) {
  return {
    ...controlOperations(execute, scope),
    ...runOperations(execute, scope),
    ...orderOperations(execute),
    ...positionOperations(execute, scope),
    ...tradeOperations(execute),
    ...journalOperations(execute, sinks),
    ...alertRoutingOperations(execute, scope),
    ...alertPlaceOperations(execute),
    ...priceAlertOperations(execute),
    ...filterModelOperations(execute),
    ...intakeOperations(execute),
    ...approvalOperations(execute),
    ...cardOperations(execute),
    ...barOperations(execute),
  };
}

function ledgerOn(pool: Pool, description: string, { sinks, log }: LedgerOptions): Ledger {
  const nesting = trackNesting(NESTING_PATIENCE_MS);

  const execute: Execute = async (operation, statement) => {
    await nesting.outside(operation);
    return pool.use(async (connection) => connection.execute(operation, statement));
  };

  const once = async <T>(work: (tx: LedgerOps) => Promise<T>): Promise<T> =>
    pool.use(async (connection) =>
      // The commit is part of it: another connection must not read what is not there yet.
      nesting.inside(async () =>
        inTransaction(connection, async (inside) => work(operations(inside, "transaction", sinks))),
      ),
    );

  const transaction: Ledger["transaction"] = async (work) => {
    await nesting.outside("transaction");
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !wasBrokenOff(error)) throw error;
        log.warn({ attempt, error }, "the database broke a transaction off; trying it again");
      }
    }
  };

  const withinOne = async <T>(work: (inside: Execute) => Promise<T>): Promise<T> => {
    await nesting.outside("studies");
    return pool.use(async (connection) => inTransaction(connection, work));
  };

  return {
    ...operations(execute, "alone", sinks),
    studies: studyOperations(execute, withinOne),
    insertAlert: async (alert) => transaction(async (tx) => tx.insertAlert(alert)),
    saveBars: async (...save) => transaction(async (tx) => tx.saveBars(...save)),
    description,
    transaction,
    ping: async () => {
      // Changes nothing, but is refused where nothing can be written.
      await execute("ping", (db) =>
        db
          .update(leases)
          .set({ epoch: sql`${leases.epoch}` })
          .where(sql`false`),
      );
    },
    close: async () => pool.close(CLOSE_GRACE_MS),
  };
}

/** Deadlock or serialization failure: rolled back for certain. */
function wasBrokenOff(error: unknown): boolean {
  return error instanceof LedgerRefused && (error.sqlState === "40P01" || error.sqlState === "40001");
}
