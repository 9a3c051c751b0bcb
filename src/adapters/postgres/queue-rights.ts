import { sql } from "drizzle-orm";
import { z } from "zod";
import { connectPostgres, parseDatabaseUrl } from "./connect-postgres.ts";
import { Connection } from "./connection.ts";
import { QUEUE_SCHEMA, type QueueOptions } from "./open-queue.ts";

/** Whether the queue can be used: what was found, and what to do where it cannot. */
interface QueueRights {
  readonly ok: boolean;
  readonly text: string;
  /** Empty when there is nothing to fix. */
  readonly fix: string;
}

const rightsShape = z.tuple([
  z.object({
    user: z.string(),
    database: z.string(),
    made: z.boolean(),
    make: z.boolean(),
    use: z.boolean(),
  }),
]);

// `create schema if not exists` needs the right to create even where the schema is there; a list of rights is held with any of them.
const RIGHTS = sql`
  with queue as (select oid from pg_namespace where nspname = ${QUEUE_SCHEMA}),
    tables as (select oid from pg_class where relnamespace in (select oid from queue) and relkind in ('r', 'p'))
  select current_user::text as user, current_database()::text as database,
    exists (select from pg_class where relnamespace in (select oid from queue) and relname = 'version') as made,
    has_database_privilege(current_database(), 'create') as make,
    coalesce((select has_schema_privilege(oid, 'usage') from queue), false) and not exists (
      select from tables where not (has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
        and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))) as use`;

/** Looks, without making anything, whether the user may make the queue's schema or use the one that is there. Throws LedgerUnavailable. */
export async function queueRights({ databaseUrl, owner, log }: QueueOptions): Promise<QueueRights> {
  const connection = new Connection(await connectPostgres(parseDatabaseUrl(databaseUrl), { owner, log }));
  try {
    const found: unknown = await connection.execute("queue rights", (db) => db.execute(RIGHTS));
    const [{ user, database, made, make, use }] = rightsShape.parse(found);
    const to = quoted(user);
    if (made)
      return use
        ? { ok: true, text: `the schema ${QUEUE_SCHEMA} is there and may be used`, fix: "" }
        : {
            ok: false,
            text: `user "${user}" may not use the schema ${QUEUE_SCHEMA}, which another user made: studies of /optimize stand still`,
            fix: `as who made it: GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO ${to}; GRANT ALL ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO ${to};`,
          };
    return make
      ? { ok: true, text: `the schema ${QUEUE_SCHEMA} can be made with the first use`, fix: "" }
      : {
          ok: false,
          text: `user "${user}" may not create the schema ${QUEUE_SCHEMA} in database "${database}": studies of /optimize stand still`,
          fix: `as owner of the database: GRANT CREATE ON DATABASE ${quoted(database)} TO ${to};`,
        };
  } finally {
    await connection.end();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
