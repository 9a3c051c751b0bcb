import { createHash } from "node:crypto";
import { sql, type SQL } from "drizzle-orm";

/** Longest statement and longest pause inside a transaction before the server ends it: a stuck one must not hold locks. */
const STATEMENT_TIMEOUT_MS = 15_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/**
 * The name under which every connection of `owner` shows in pg_stat_activity: by it others see whether that process lives.
 * `ownerSessionSql` is the same in SQL.
 */
function sessionName(owner: string): string {
  return `alphaflow ${createHash("md5").update(owner).digest("hex")}`;
}

export function ownerSessionSql(owner: unknown): SQL {
  return sql`'alphaflow ' || md5(${owner})`;
}

/**
 * First statement on every connection. UTC and ISO dates so that times parse; keepalives from the server's side so that the
 * locks of a host that vanished are free after a minute, not after hours. Sent as a statement, because connection poolers
 * refuse most of these as start-up parameters.
 */
export function greeting(owner: string): SQL {
  const settings: Readonly<Record<string, string>> = {
    application_name: sessionName(owner),
    TimeZone: "UTC",
    DateStyle: "ISO",
    statement_timeout: String(STATEMENT_TIMEOUT_MS),
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_TIMEOUT_MS),
    tcp_keepalives_idle: "30",
    tcp_keepalives_interval: "10",
    tcp_keepalives_count: "3",
  };
  const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, false)`);
  return sql`select ${sql.join(calls, sql`, `)}`;
}
