import { mkdir } from "node:fs/promises";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Link } from "./connection.ts";
import { LedgerUnavailable, reasonOf } from "./failure.ts";
import { lockDirectory } from "./lock-file.ts";
import { greeting } from "./session.ts";

/** Opens the embedded Postgres in `dataDir`/pglite for this process alone. Throws LedgerUnavailable. */
export async function connectPglite(dataDir: string, owner: string): Promise<Link> {
  const unusable = (error: unknown): LedgerUnavailable =>
    new LedgerUnavailable(
      `the embedded database in ${dataDir} cannot be opened: ${reasonOf(error)}; set ALPHAFLOW_DATA_DIR to a directory this program may write, or DATABASE_URL to a Postgres`,
    );
  await mkdir(dataDir, { recursive: true }).catch((error: unknown) => {
    throw unusable(error);
  });
  const unlock = await lockDirectory(dataDir).catch((error: unknown) => {
    throw error instanceof LedgerUnavailable ? error : unusable(error);
  });
  try {
    const client = await PGlite.create({ dataDir: path.join(dataDir, "pglite") });
    let alive = true;
    const db = drizzle(client);
    await db.execute(greeting(owner));
    const end = async (): Promise<void> => {
      if (!alive) return;
      alive = false;
      try {
        await client.close();
      } finally {
        await unlock();
      }
    };
    return {
      db,
      alive: () => alive,
      destroy: () => void end().catch(() => undefined),
      end,
      deadlineMs: null,
      unavailable: () => undefined,
    };
  } catch (error) {
    await unlock();
    throw unusable(error);
  }
}
