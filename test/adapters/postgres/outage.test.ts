import { randomUUID } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Connection } from "../../../src/adapters/postgres/connection.ts";
import { connectPostgres, parseDatabaseUrl } from "../../../src/adapters/postgres/connect-postgres.ts";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import type { Ledger } from "../../../src/ports.ts";
import { clientOrderId, sampleOrder } from "../../contracts/ledger-samples.ts";
import {
  asAdmin,
  setReadOnly,
  startPostgres,
  terminateOthers,
  type TestPostgres,
} from "../../support/postgres.ts";
import { latch, ledgerOptions, silentLog } from "./support.ts";

/** What the ledger does while Postgres goes and comes: nothing half, nothing twice, and it comes back by itself. */
describe("a ledger whose Postgres goes away", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let ledger: Ledger;
  let accountId: string;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    databaseUrl = await postgres.freshDatabase();
    ledger = await openLedger(ledgerOptions({ databaseUrl }));
    accountId = randomUUID();
    await ledger.ensureAccount({ id: accountId, mode: "paper", broker: "Alpaca", accountNumber: null });
  });
  afterEach(async () => {
    await ledger.close();
  });

  const newOrder = () => sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId });

  it("says so in one line while the server is away and works again when it is back", async (context) => {
    if (!postgres.canCrash) context.skip();
    await postgres.crash();
    const outage = await ledger.ping().catch((error: unknown) => error);
    expect(outage).toMatchObject({ name: "LedgerUnavailable" });
    expect(String(outage)).toMatch(
      /DATABASE_URL: Postgres at 127\.0\.0\.1:\d+, database "\w+": nothing listens there/,
    );
    await expect(ledger.transaction(async () => 1)).rejects.toMatchObject({ name: "LedgerUnavailable" });
    await postgres.restart();
    await expect.poll(async () => ledger.ping().then(() => "back", String), { timeout: 10_000 }).toBe("back");
    const order = newOrder();
    await ledger.transaction(async (tx) => tx.insertOrder(order));
    expect(await ledger.order(order.clientOrderId)).toEqual(order);
  });

  it("loses nothing that was committed when the server crashes", async (context) => {
    if (!postgres.canCrash) context.skip();
    const order = newOrder();
    await ledger.transaction(async (tx) => tx.insertOrder(order));
    await postgres.crash();
    await postgres.restart();
    await expect
      .poll(async () => ledger.order(order.clientOrderId).catch(() => null), { timeout: 10_000 })
      .toEqual(order);
  });

  it("takes a server that takes no writes for one that is away, and works again when it takes them", async () => {
    await setReadOnly(databaseUrl, true);
    const outage = await ledger.ping().catch((error: unknown) => error);
    expect(outage).toMatchObject({ name: "LedgerUnavailable" });
    expect(String(outage)).toMatch(/DATABASE_URL: Postgres at .*: the server takes no writes; .*/);
    // What a standby says may be old.
    await expect(ledger.control()).rejects.toMatchObject({ name: "LedgerUnavailable" });
    await expect(ledger.takeLease(accountId, "one", 1_000)).rejects.toThrow("takes no writes");
    await setReadOnly(databaseUrl, false);
    expect(await ledger.takeLease(accountId, "one", 1_000)).toMatchObject({ owner: "one" });
    await expect(ledger.ping()).resolves.toBeUndefined();
  });

  it("hangs up on a server that ceases to take writes in the middle", async (context) => {
    if (!postgres.canCrash) context.skip(); // the setting is that of the whole server
    const link = await connectPostgres(parseDatabaseUrl(databaseUrl), { owner: "test", log: silentLog });
    const connection = new Connection(link);
    const readOnly = (setting: "on" | "off"): Promise<unknown> =>
      asAdmin(databaseUrl, async (admin) => {
        await admin`alter system set default_transaction_read_only = ${admin.unsafe(setting)}`;
        await admin`select pg_reload_conf()`;
      });
    const write = (): Promise<unknown> =>
      connection.execute("write", (db) => db.execute(sql`update leases set epoch = epoch where false`));
    await readOnly("on");
    try {
      await expect.poll(() => outcomeOf(ledger.ping()), { timeout: 10_000 }).toContain("takes no writes");
      await expect.poll(() => outcomeOf(write()), { timeout: 10_000 }).toContain("LedgerUnavailable");
      expect(connection.alive).toBe(false);
    } finally {
      await readOnly("off");
    }
    await expect.poll(() => outcomeOf(ledger.ping()), { timeout: 10_000 }).toBe("writes");
  });

  it("says when the disk of the server is full", async () => {
    await asAdmin(databaseUrl, async (admin) =>
      admin.unsafe(`
        create function no_room() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file "base/5/16384"' using errcode = '53100'; end $$;
        create trigger no_room before insert on orders execute function no_room();`),
    );
    const refused = ledger.insertOrder(newOrder());
    await expect(refused).rejects.toMatchObject({
      name: "LedgerUnavailable",
      message: expect.stringContaining("the disk of the server is full; free space on it (could not extend"),
    });
  });

  it("writes nothing of a transaction whose connection died between two statements, though the work goes on", async () => {
    const [first, second, bystander] = [newOrder(), newOrder(), newOrder()];
    let secondOutcome: unknown;
    const dying = ledger.transaction(async (tx) => {
      await tx.insertOrder(first);
      await asAdmin(databaseUrl, terminateOthers);
      // What follows must neither crash the process nor slip into a connection that came after.
      secondOutcome = await tx.insertOrder(second).catch((error: unknown) => error);
      await Promise.allSettled([tx.insertOrder(newOrder()), tx.insertOrder(newOrder())]);
    });
    await expect(dying).rejects.toMatchObject({ name: "LedgerUnavailable" });
    expect(secondOutcome).toMatchObject({ name: "LedgerUnavailable" });
    expect(await ledger.insertOrder(bystander)).toBe(true);
    expect(await ledger.liveOrders(accountId)).toEqual([bystander]);
  });

  it("writes nothing of a transaction whose connection died in a statement", async () => {
    const [first, second] = [newOrder(), newOrder()];
    const blocker = latch<null>();
    const blocked = latch<null>();
    await ledger.insertOrder(second);
    const blocking = ledger.transaction(async (tx) => {
      await tx.lockOrder(second.clientOrderId);
      blocked.open(null);
      await blocker.opened;
    });
    await blocked.opened;
    const dying = ledger.transaction(async (tx) => {
      await tx.insertOrder(first);
      await Promise.all([
        tx.lockOrder(second.clientOrderId),
        tx.insertOrder(newOrder()),
        tx.setSetting("leaked", 1),
      ]);
    });
    const outcome = dying.catch((error: unknown) => error);
    await asAdmin(databaseUrl, async (admin) => {
      const terminated = async (): Promise<number> => {
        const rows = await admin`
          select pg_terminate_backend(pid) from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`;
        return rows.length;
      };
      await expect.poll(terminated).toBe(1);
    });
    expect(await outcome).toMatchObject({ name: "LedgerUnavailable" });
    blocker.open(null);
    await blocking;
    expect(await ledger.setting("leaked")).toBeUndefined();
    expect(await ledger.liveOrders(accountId)).toEqual([second]);
  });

  it("does not repeat a transaction whose COMMIT was not answered, and says that its outcome is unknown", async () => {
    await ledger.close();
    const proxy = await startProxy(databaseUrl);
    ledger = await openLedger(ledgerOptions({ databaseUrl: proxy.url }));
    const order = newOrder();
    let attempts = 0;
    proxy.cutAfter("commit\0");
    const unanswered = ledger.transaction(async (tx) => {
      attempts += 1;
      await tx.insertOrder(order);
    });
    await expect(unanswered).rejects.toMatchObject({
      name: "LedgerUnavailable",
      message: expect.stringContaining("not known"),
    });
    expect(attempts).toBe(1);
    // The server did commit: only a look at the ledger can tell.
    await expect.poll(async () => ledger.order(order.clientOrderId)).toEqual(order);
    await ledger.close();
    await proxy.stop();
  });

  it("asks nothing more of a line that was reset: the driver says so before it calls the line dead, and would never answer", async () => {
    const link = await connectPostgres(parseDatabaseUrl(databaseUrl), { owner: "test", log: silentLog });
    const connection = new Connection(link);
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    const broken = connection.execute("insert", async () => Promise.reject(reset));
    await expect(broken).rejects.toMatchObject({ name: "LedgerUnavailable" });
    const next = connection.execute("rollback", (db) => db.execute(sql`rollback`));
    await expect(next).rejects.toThrow("connection was lost");
    expect(connection.alive).toBe(false);
  });

  it("hangs up on a server that falls silent, instead of waiting for ever", async () => {
    const link = await connectPostgres(parseDatabaseUrl(databaseUrl), {
      owner: "test",
      log: silentLog,
      silenceMs: 300,
    });
    const connection = new Connection(link);
    const silent = connection.execute("wait", (db) => db.execute(sql`select pg_sleep(10)`));
    await expect(silent).rejects.toMatchObject({ name: "LedgerUnavailable" });
    expect(connection.alive).toBe(false);
    await expect(connection.execute("more", (db) => db.execute(sql`select 1`))).rejects.toThrow(
      "connection was lost",
    );
  });
});

function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => "writes", String);
}

interface Proxy {
  readonly url: string;
  /** Forwards the statement that holds this text, then cuts the line before its answer. Once. */
  cutAfter(text: string): void;
  stop(): Promise<void>;
}

/** A line to Postgres that can be cut at a chosen place. */
async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  let cut: string | undefined;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let deaf = false;
    open.add(client).add(upstream);
    client.on("data", (chunk) => {
      if (cut !== undefined && chunk.includes(cut)) {
        cut = undefined;
        deaf = true;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (deaf) client.destroy();
      else client.write(chunk);
    });
    client.on("close", () => upstream.end());
    upstream.on("close", () => client.destroy());
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const here = new URL(databaseUrl);
  here.port = String(address.port);
  return {
    url: here.href,
    cutAfter: (text) => {
      cut = text;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
