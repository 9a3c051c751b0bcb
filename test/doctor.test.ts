import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../src/adapters/postgres/open-ledger.ts";
import { openQueue } from "../src/adapters/postgres/open-queue.ts";
import { examine } from "../src/doctor.ts";
import { ledgerOptions, MIGRATIONS_DIR } from "./adapters/postgres/support.ts";
import { asAdmin, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { silentLog } from "./support/silent-log.ts";

const LONG = { timeout: 240_000 };

interface Found {
  readonly ok: boolean;
  readonly text: string;
  readonly fix: string;
}

/** What the doctor says of studies; undefined when it says nothing of them. */
async function studiesIn(databaseUrl: string): Promise<Found | undefined> {
  for await (const { name, ...found } of examine({ DATABASE_URL: databaseUrl }, silentLog, MIGRATIONS_DIR))
    if (name === "studies") return found;
  return undefined;
}

describe("what alphaflow doctor says of the schema of studies", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 240_000);
  afterAll(() => server.stop());

  /** A database that its owner has migrated, and a user who may use its tables and make nothing. */
  async function ground(): Promise<{
    readonly owner: string;
    readonly user: string;
    readonly asUser: string;
    readonly grant: (sentence: string) => Promise<void>;
  }> {
    const owner = await server.freshDatabase();
    const ledger = await openLedger(ledgerOptions({ databaseUrl: owner }));
    await ledger.close();
    const user = `desk ${randomUUID().slice(0, 8)}`;
    const grant = (sentence: string): Promise<void> =>
      asAdmin(owner, async (sql) => {
        await sql.unsafe(sentence);
      });
    await grant(`create user "${user}" password 'desk'; grant usage on schema drizzle to "${user}";
      grant select on all tables in schema drizzle to "${user}"; grant all on all tables in schema public to "${user}"`);
    const url = new URL(owner);
    [url.username, url.password] = [user, "desk"];
    return { owner, user, asUser: url.href, grant };
  }

  it("names the right that is missing, and what grants it is enough", LONG, async () => {
    const { owner, user, asUser, grant } = await ground();
    const database = new URL(owner).pathname.slice(1);
    const found = await studiesIn(asUser);
    expect(found).toEqual({
      ok: false,
      text: `user "${user}" may not create the schema jobs in database "${database}": studies of /optimize stand still`,
      fix: `as owner of the database: GRANT CREATE ON DATABASE "${database}" TO "${user}";`,
    });
    // It tells the truth: so the queue finds it, too.
    const queue = openQueue({ databaseUrl: asUser, owner: randomUUID(), log: silentLog });
    await expect(queue.take()).rejects.toThrow(/permission denied|lacks a right/);
    await grant(found?.fix.split(": ")[1] ?? "");
    expect(await studiesIn(asUser)).toMatchObject({ ok: true, text: expect.stringContaining("can be made") });
    expect(await queue.take()).toBeUndefined();
    await queue.stop();
    expect(await studiesIn(asUser)).toMatchObject({ ok: true, text: expect.stringContaining("is there") });
  });

  it("says so where another user made the schema", LONG, async () => {
    const { owner, user, asUser, grant } = await ground();
    const queue = openQueue({ databaseUrl: owner, owner: randomUUID(), log: silentLog });
    await queue.take();
    await queue.stop();
    const found = await studiesIn(asUser);
    expect(found).toMatchObject({
      ok: false,
      text: `user "${user}" may not use the schema jobs, which another user made: studies of /optimize stand still`,
    });
    await grant(found?.fix.split(": ")[1] ?? "");
    expect(await studiesIn(asUser)).toMatchObject({ ok: true });
    const allowed = openQueue({ databaseUrl: asUser, owner: randomUUID(), log: silentLog });
    expect(await allowed.take()).toBeUndefined();
    await allowed.stop();
  });

  it("is nothing where the database is not there", LONG, async () => {
    expect(await studiesIn("postgres://nobody@127.0.0.1:1/none")).toBeUndefined();
  });
});
