import { desc, sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { bigint, pgSchema, serial, text } from "drizzle-orm/pg-core";
import type { Connection } from "./connection.ts";
import { LedgerUnavailable } from "./failure.ts";
import { inTransaction } from "./transaction.ts";

/** Drizzle's own bookkeeping, so that drizzle-kit sees the same state. */
const applied = pgSchema("drizzle").table("__drizzle_migrations", {
  id: serial("id").primaryKey(),
  hash: text("hash").notNull(),
  createdAt: bigint("created_at", { mode: "number" }),
});

/** Any constant: everyone who migrates this database takes the same lock. */
const MIGRATION_LOCK = 4_702_111_234;
const MIGRATION_TIMEOUT_MS = 300_000;

/**
 * Brings the database to the newest migration in `migrationsDir`, in one transaction; of two instances that start at once the
 * second waits and then finds nothing to do. Drizzle's migrator has neither that lock nor our safe BEGIN. Throws
 * LedgerUnavailable when the database is newer than this program.
 */
export async function migrate(connection: Connection, migrationsDir: string): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: migrationsDir });
  await inTransaction(connection, async (execute) => {
    const run = async (statement: string): Promise<void> => {
      await execute("migrate", (db) => db.execute(sql.raw(statement)));
    };
    await run(`set local statement_timeout = ${MIGRATION_TIMEOUT_MS}`);
    await run(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    const [bookkeeping] = await execute("migrate", (db) =>
      db
        .select({ exists: sql<boolean>`to_regclass('drizzle.__drizzle_migrations') is not null` })
        .from(sql`(values (1)) as one`),
    );
    // Only when missing: `if not exists` needs the right to create all the same.
    if (bookkeeping?.exists !== true) {
      await run("create schema if not exists drizzle");
      await run(
        "create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)",
      );
    }
    const [newest] = await execute("migrate", (db) =>
      db.select({ madeAt: applied.createdAt }).from(applied).orderBy(desc(applied.createdAt)).limit(1),
    );
    const newestMadeAt = newest?.madeAt ?? 0;
    if (newestMadeAt > (migrations.at(-1)?.folderMillis ?? 0))
      throw new LedgerUnavailable(
        "the database was migrated by a newer AlphaFlow than this one: update the program",
      );
    for (const migration of migrations.filter(({ folderMillis }) => folderMillis > newestMadeAt)) {
      for (const statement of migration.sql) await run(statement);
      await execute("migrate", (db) =>
        db.insert(applied).values({ hash: migration.hash, createdAt: migration.folderMillis }),
      );
    }
  });
}
