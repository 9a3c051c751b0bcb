import PgBoss from "pg-boss";
import { and, eq, notExists, sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ChunkQueue, Log } from "../../ports.ts";
import { connectPostgres, parseDatabaseUrl } from "./connect-postgres.ts";
import type { Execute } from "./connection.ts";
import { Pool } from "./pool.ts";
import { studyChunks } from "./schema.ts";
import { ownerSessionSql } from "./session.ts";
import { inTransaction } from "./transaction.ts";

export interface QueueOptions {
  readonly databaseUrl: string;
  /** Unique to this process: by it others see whether it lives. */
  readonly owner: string;
  readonly log: Log;
}

export const QUEUE_SCHEMA = "jobs";
const CHUNKS = "study-chunks";
const HOPELESS = "study-chunks-hopeless";
/** One for what is asked, one for the queue's own upkeep: trading has other connections. */
const POOL_SIZE = 2;
const CLOSE_GRACE_MS = 5_000;
/** A chunk takes seconds; a server that holds one for so long hangs. */
const EXPIRE_S = 900;
/** So often is a chunk given to another server before it is held to be what kills them. */
const RETRIES = 3;
const UPKEEP_S = 60;
/** Any constant: everyone who starts a queue takes the same lock. */
const START_LOCK = 4_702_111_235;
const KEPT_S = 3_600;

const chunkShape = z.object({
  id: z.string(),
  study: z.number(),
  trials: z.array(z.object({ number: z.number(), trial: z.unknown() })),
});
const outputShape = z.object({ reason: z.string() });
const rowsShape = z.array(z.record(z.string(), z.unknown()));

/** pg-boss on the connections of the ledger's own making: it needs no driver of its own here. */
export function openQueue({ databaseUrl, owner, log }: QueueOptions): ChunkQueue {
  const server = parseDatabaseUrl(databaseUrl);
  const pool = new Pool(POOL_SIZE, () => connectPostgres(server, { owner, log }));

  /** What pg-boss asks a database; several statements at once give several results, which nobody reads. */
  const asked = (execute: Execute): PgBoss.Db => ({
    async executeSql(text, values) {
      const found: unknown = await execute("queue", (db) => db.execute(withValues(text, values)));
      return { rows: rowsShape.safeParse(found).data ?? [] };
    },
  });

  function newBoss(): PgBoss {
    const made = new PgBoss({
      db: {
        executeSql: (text, values) =>
          pool.use(async (connection) => {
            try {
              return await asked(connection.execute).executeSql(text, values);
            } catch (error) {
              // Where it broke off between BEGIN and COMMIT of its text, the connection would stay in that transaction.
              connection.destroy();
              throw error;
            }
          }),
      },
      schema: QUEUE_SCHEMA,
      schedule: false,
      maintenanceIntervalSeconds: UPKEEP_S,
      archiveCompletedAfterSeconds: KEPT_S,
      archiveFailedAfterSeconds: KEPT_S,
      deleteAfterSeconds: KEPT_S,
    });
    made.on("error", (error) => log.warn({ error }, "the queue of studies is not served for a moment"));
    return made;
  }
  let boss = newBoss();

  /** What becomes of a chunk and who holds it are written together: a chunk that nobody holds would be lost until it expires. */
  async function together<T>(work: (execute: Execute, db: PgBoss.Db) => Promise<T>): Promise<T> {
    await started();
    return pool.use((connection) => inTransaction(connection, (execute) => work(execute, asked(execute))));
  }

  /** Chunks whose server has died go to another at once, not when they expire. */
  async function takeFromTheDead(execute: Execute, db: PgBoss.Db): Promise<void> {
    const dead = await execute("chunks of the dead", (ledger) =>
      ledger
        .delete(studyChunks)
        .where(
          notExists(
            sql`(select 1 from pg_stat_activity where application_name = ${ownerSessionSql(studyChunks.owner)})`,
          ),
        )
        .returning({ id: studyChunks.id }),
    );
    for (const { id } of dead)
      await boss.fail(CHUNKS, id, { reason: "the process that ran it died" }, { db });
  }

  async function release(execute: Execute, id: string): Promise<void> {
    await execute("release chunk", (db) =>
      db.delete(studyChunks).where(and(eq(studyChunks.id, id), eq(studyChunks.owner, owner))),
    );
  }

  let starting: Promise<void> | undefined;

  /** With the first use, and again where that failed: a desk trades without its queue. */
  function started(): Promise<void> {
    starting ??= start().catch(async (error: unknown) => {
      // One that failed to start takes itself for starting for ever.
      const failed = boss;
      boss = newBoss();
      starting = undefined;
      await failed.stop({ graceful: false });
      throw error;
    });
    return starting;
  }

  async function start(): Promise<void> {
    // pg-boss makes a table a queue, and two that make them at once deadlock.
    await pool.use((connection) =>
      inTransaction(connection, async (execute) => {
        await execute("start queue", (db) => db.execute(sql`select pg_advisory_xact_lock(${START_LOCK})`));
        await makeQueues();
      }),
    );
  }

  async function makeQueues(): Promise<void> {
    await boss.start();
    await boss.createQueue(HOPELESS);
    await boss.createQueue(CHUNKS, {
      name: CHUNKS,
      deadLetter: HOPELESS,
      retryLimit: RETRIES,
      expireInSeconds: EXPIRE_S,
    });
  }

  return {
    async stop() {
      await boss.stop({ graceful: false });
      await pool.close(CLOSE_GRACE_MS);
    },

    async put(chunks) {
      await started();
      await boss.insert(chunks.map((chunk) => ({ id: chunk.id, name: CHUNKS, data: chunk })));
    },

    async take() {
      // Before, not with it: pg-boss gives a job that failed again only after the moment in which it did.
      await together(takeFromTheDead);
      return together(async (execute, db) => {
        const [job] = await boss.fetch(CHUNKS, { db });
        if (job === undefined) return undefined;
        const held = { owner, takenAtMs: sql`clock_timestamp()` };
        await execute("hold chunk", (ledger) =>
          ledger
            .insert(studyChunks)
            .values({ id: job.id, ...held })
            .onConflictDoUpdate({ target: studyChunks.id, set: held }),
        );
        return chunkShape.parse(job.data);
      });
    },

    done: ({ id }) =>
      together(async (execute, db) => {
        await boss.complete(CHUNKS, id, {}, { db });
        await release(execute, id);
      }),

    giveBack: ({ id }, reason) =>
      together(async (execute, db) => {
        await boss.fail(CHUNKS, id, { reason }, { db });
        await release(execute, id);
      }),

    async takeHopeless() {
      await started();
      const jobs = await boss.fetch(HOPELESS, { batchSize: 20, includeMetadata: true });
      const taken = jobs.map(({ data, output }) => ({
        chunk: chunkShape.parse(data),
        reason: outputShape.safeParse(output).data?.reason ?? "it took too long",
      }));
      const ids = jobs.map(({ id }) => id);
      if (ids.length > 0) await boss.complete(HOPELESS, ids);
      return taken;
    },

    async drop(study) {
      await together((execute) =>
        execute("drop chunks", (db) =>
          db.execute(
            sql`delete from ${sql.raw(QUEUE_SCHEMA)}.job where name = ${CHUNKS} and state < 'active' and (data->>'study')::bigint = ${study}`,
          ),
        ),
      );
    },
  };
}

/** pg-boss writes $1; drizzle numbers its parameters itself. Lists go as Postgres writes them, objects as JSON. */
function withValues(text: string, values: readonly unknown[] = []): SQL {
  // Upkeep is several statements in one text, which take no parameters.
  if (values.length === 0) return sql.raw(text);
  const parts = text.split(/\$(\d+)/);
  return sql.join(
    parts.map((part, index) =>
      index % 2 === 0 ? sql.raw(part) : sql`${sql.param(valueOf(values[Number(part) - 1]))}`,
    ),
  );
}

function valueOf(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return `{${value.map((each) => JSON.stringify(String(each))).join(",")}}`;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : value;
}
