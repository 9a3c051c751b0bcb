import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { asAdmin, startPostgres, TEST_PASSWORD, type TestPostgres } from "../../support/postgres.ts";
import { ledgerOptions, MIGRATIONS_DIR } from "./support.ts";

const SECRET = "hunter2-s3cr3t";

describe("opening a ledger that is not there", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  /** What the person at the terminal sees; everything that could be printed of it is searched for passwords. */
  const refusal = async (url: string, changes: Parameters<typeof ledgerOptions>[0] = {}): Promise<string> => {
    const error: unknown = await openLedger(ledgerOptions({ databaseUrl: url, ...changes })).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Error)) throw new Error("it opened");
    expect(error.name).toBe("LedgerUnavailable");
    expect(error.message).not.toContain("\n");
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(
      new RegExp(`${SECRET}|${TEST_PASSWORD}|hunter2`),
    );
    return error.message;
  };

  const changed = (change: (url: URL) => void): string => {
    const url = new URL(databaseUrl);
    change(url);
    return url.href;
  };

  it("names DATABASE_URL, the place and the remedy when nothing listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    const port = address === null || typeof address === "string" ? 0 : address.port;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(await refusal(`postgres://bot:${SECRET}@127.0.0.1:${port}/desk`)).toBe(
      `DATABASE_URL: Postgres at 127.0.0.1:${port}, database "desk": nothing listens there; start Postgres or correct host and port (connect ECONNREFUSED 127.0.0.1:${port})`,
    );
  });

  it("says when the password is wrong, without it", async (context) => {
    if (!postgres.canCrash) context.skip(); // a server that is not ours may let anybody in
    const message = await refusal(changed((url) => (url.password = SECRET)));
    expect(message).toMatch(
      /^DATABASE_URL: Postgres at .*: the password of user "postgres" is refused; correct/,
    );
  });

  it("says when the database does not exist", async () => {
    const message = await refusal(changed((url) => (url.pathname = "/nowhere")));
    expect(message).toMatch(/^DATABASE_URL: .*, database "nowhere": that database does not exist; create it/);
  });

  it("says when the host has no address", async () => {
    const message = await refusal(`postgres://bot:${SECRET}@db.invalid:5432/desk`);
    expect(message).toMatch(
      /^DATABASE_URL: Postgres at db\.invalid:5432, database "desk": the host name is not known/,
    );
  });

  it("says when the user may not create the tables", async () => {
    const role = `weak_${randomUUID().slice(0, 8)}`;
    await asAdmin(databaseUrl, async (sql) => sql.unsafe(`create role ${role} login password '${SECRET}'`));
    const message = await refusal(
      changed((url) => {
        url.username = role;
        url.password = SECRET;
      }),
    );
    await asAdmin(databaseUrl, async (sql) => sql.unsafe(`drop role ${role}`));
    expect(message).toContain(`user "${role}" lacks a right it needs; grant it`);
  });

  it.each([
    ["no address at all", "localhost:5432/desk"],
    ["another scheme", `mysql://bot:${SECRET}@localhost/desk`],
    ["nothing but words", SECRET],
    ["a password with an unescaped slash", `postgres://bot:1/${SECRET}@localhost:5432/desk`],
    ["a password with an unescaped hash", `postgres://bot:1#${SECRET}@localhost:5432/desk`],
    ["a password with an unescaped question mark", `postgres://bot:1?${SECRET}@localhost:5432/desk`],
    ["a password with a lone percent sign", `postgres://bot:%${SECRET}@localhost:5432/desk`],
    ["a broken port", `postgres://bot:${SECRET}@localhost:54x2/desk`],
  ])("shows the form of an address when it is given %s", async (_, url) => {
    expect(await refusal(url)).toMatch(
      /^DATABASE_URL is not an address of Postgres: expected postgres:\/\/user:password@host/,
    );
  });

  it("refuses a database that a newer version has migrated", async () => {
    const ledger = await openLedger(ledgerOptions({ databaseUrl }));
    await ledger.close();
    const old = await mkdtemp(path.join(tmpdir(), "alphaflow-old-"));
    try {
      await mkdir(path.join(old, "meta"));
      await cp(path.join(MIGRATIONS_DIR, "0000_tables.sql"), path.join(old, "0000_tables.sql"));
      const journal = { entries: [{ idx: 0, tag: "0000_tables", when: 1, breakpoints: true }] };
      await writeFile(path.join(old, "meta", "_journal.json"), JSON.stringify(journal));
      expect(await refusal(databaseUrl, { migrationsDir: old })).toMatch(/newer AlphaFlow/);
    } finally {
      await rm(old, { recursive: true });
    }
  });
});
