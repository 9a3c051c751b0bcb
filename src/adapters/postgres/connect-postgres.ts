import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Log } from "../../ports.ts";
import type { Db, Link } from "./connection.ts";
import { connectionCodeOf, driverError, LedgerUnavailable, reasonOf, sqlStateOf } from "./failure.ts";
import { greeting } from "./session.ts";

const CONNECT_TIMEOUT_S = 10;
const KEEPALIVE_S = 15;
/** Longer than the server's own statement timeout, so it only ever speaks when the line is dead. */
const SILENCE_MS = 20_000;

/** Where DATABASE_URL leads, without its password. */
export interface Server {
  readonly url: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/** Reads DATABASE_URL. Throws LedgerUnavailable without any of the text: parts of a password may sit anywhere in it. */
export function parseDatabaseUrl(databaseUrl: string): Server {
  const server = readAddress(databaseUrl);
  if (server === undefined)
    throw new LedgerUnavailable(
      "DATABASE_URL is not an address of Postgres: expected postgres://user:password@host:port/database, with special characters of the password percent-encoded",
    );
  return server;
}

function readAddress(databaseUrl: string): Server | undefined {
  if (!URL.canParse(databaseUrl)) return undefined;
  const url = new URL(databaseUrl);
  if (!/^postgres(ql)?:$/.test(url.protocol)) return undefined;
  // An unescaped / ? or # in the password makes URL read the user as the host, and nobody is left before the @.
  if (databaseUrl.includes("@") && url.username === "") return undefined;
  try {
    const user = decodeURIComponent(url.username);
    decodeURIComponent(url.password);
    return {
      url: databaseUrl,
      host: url.hostname === "" ? "localhost" : url.hostname,
      port: url.port === "" ? "5432" : url.port,
      database: url.pathname.length > 1 ? url.pathname.slice(1) : user,
      user,
    };
  } catch {
    return undefined; // a lone % sign
  }
}

export interface ConnectOptions {
  readonly owner: string;
  readonly log: Log;
  /** How long the server may be silent after a statement, ms. */
  readonly silenceMs?: number;
}

/** Opens one connection to a server that takes writes, and makes it ready. Throws LedgerUnavailable with the line for people. */
export async function connectPostgres(server: Server, options: ConnectOptions): Promise<Link> {
  const { owner, log, silenceMs = SILENCE_MS } = options;
  let alive = true;
  const client = postgres(server.url, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    keep_alive: KEEPALIVE_S,
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    onnotice: (notice) => log.debug({ notice: notice["message"] }, "postgres notice"),
    // Called before anything that waits on this connection learns of its end.
    onclose: () => {
      alive = false;
    },
  });
  const link: Link = {
    db: drizzle(client),
    alive: () => alive,
    destroy: () => {
      alive = false;
      void client.end({ timeout: 0 });
    },
    end: async () => {
      alive = false;
      await client.end({ timeout: 1 });
    },
    deadlineMs: silenceMs,
    unavailable: (error) => unavailable(server, error),
  };
  const timer = setTimeout(() => link.destroy(), SILENCE_MS);
  try {
    await link.db.execute(greeting(owner));
    // After a failover the address may still lead to the server of before: what is read there may be old, also later on.
    if (await readsOnly(link.db)) throw new Error(READ_ONLY);
    return link;
  } catch (error) {
    link.destroy();
    const cause = driverError(error);
    throw unavailable(server, cause) ?? new LedgerUnavailable(`${place(server)}: ${reasonOf(cause)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** True on a standby, and where writing was switched off, as providers do before the disk is full. */
async function readsOnly(db: Db): Promise<boolean> {
  const [session] = await db
    .select({ readOnly: sql<boolean>`current_setting('transaction_read_only')::boolean` })
    .from(sql`(values (1)) as one`);
  return session?.readOnly === true;
}

function place(server: Server): string {
  return `DATABASE_URL: Postgres at ${server.host}:${server.port}, database "${server.database}"`;
}

function unavailable(server: Server, error: unknown): LedgerUnavailable | undefined {
  const code = sqlStateOf(error) ?? connectionCodeOf(error) ?? "";
  const advice = code.startsWith("08") ? LOST : ADVICE[code]?.(server);
  if (advice === undefined) return undefined;
  // Never the error itself as the cause: what a driver hangs on it is not ours to vouch for.
  return new LedgerUnavailable(`${place(server)}: ${advice} (${reasonOf(error)})`);
}

const LOST = "the connection was lost; the next use connects again";
const NO_ANSWER = "no answer; check host, port and firewall";
const UNKNOWN_HOST = "the host name is not known; correct it or check the name service";
const READ_ONLY =
  "the server takes no writes; wait for the failover, correct the address if it is a standby's, or free its disk";
const NOT_NOW = "the server is starting up or shutting down; try again in a moment";

/** What is wrong and what to do, for every SQLSTATE and every connection code that means the database is not there for us. */
const ADVICE: Readonly<Record<string, (server: Server) => string>> = {
  ECONNREFUSED: () => "nothing listens there; start Postgres or correct host and port",
  ENOTFOUND: () => UNKNOWN_HOST,
  EAI_AGAIN: () => UNKNOWN_HOST,
  CONNECT_TIMEOUT: () => NO_ANSWER,
  ETIMEDOUT: () => NO_ANSWER,
  EHOSTUNREACH: () => NO_ANSWER,
  ENETUNREACH: () => NO_ANSWER,
  "25006": () => READ_ONLY,
  "28P01": ({ user }) => `the password of user "${user}" is refused; correct user or password`,
  "28000": ({ user }) => `user "${user}" is not let in; check the user and the server's pg_hba.conf`,
  "3D000": () => "that database does not exist; create it or correct the name",
  "42501": ({ user }) => `user "${user}" lacks a right it needs; grant it all rights on the database`,
  "53100": () => "the disk of the server is full; free space on it",
  "53300": () => "the server has no connection left; close some or raise max_connections",
  "57P01": () => NOT_NOW,
  "57P02": () => NOT_NOW,
  "57P03": () => NOT_NOW,
  CONNECTION_CLOSED: () => LOST,
  CONNECTION_DESTROYED: () => LOST,
  CONNECTION_ENDED: () => LOST,
  ECONNRESET: () => LOST,
  EPIPE: () => LOST,
};
