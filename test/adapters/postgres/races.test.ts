import { resolve } from "node:path";
import { readdirSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { money } from "../../../src/core/money.ts";
import type { InterruptedDelivery, Ledger, LedgerOps } from "../../../src/ports.ts";
import {
  clientOrderId,
  runId,
  sampleAlert,
  sampleOrder,
  samplePosition,
  sampleRun,
  T0,
} from "../../contracts/ledger-samples.ts";
import { asAdmin, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { latch, ledgerOptions } from "./support.ts";

const ABOUT = { actor: "slack:U1 (ann)", channel: "C1", action: "/halt CPI" };

/** Two instances of the program on one Postgres: whoever is first wins, and there is only one first. */
describe("two instances on one database", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let a: Ledger;
  let b: Ledger;
  let accountId: string;
  const ownerA = `a-${randomUUID()}`;
  const ownerB = `b-${randomUUID()}`;

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
    // At once: the migrations of the empty database are part of the race.
    [a, b] = await Promise.all([
      openLedger(ledgerOptions({ databaseUrl, owner: ownerA })),
      openLedger(ledgerOptions({ databaseUrl, owner: ownerB })),
    ]);
  });
  afterAll(async () => {
    await a.close();
    await b.close();
    await postgres.stop();
  });
  beforeEach(async () => {
    accountId = randomUUID();
    await a.ensureAccount({ id: accountId, mode: "paper", broker: "Alpaca", accountNumber: null });
  });

  const rounds = Array.from({ length: 20 }, (_, round) => round);

  it("apply the migrations once", async () => {
    const [row] = await asAdmin(
      databaseUrl,
      async (sql) =>
        sql<{ count: number }[]>`select count(*)::int as count from drizzle.__drizzle_migrations`,
    );
    const again = await openLedger(ledgerOptions({ databaseUrl }));
    await again.ping();
    await again.close();
    const files = readdirSync(resolve(import.meta.dirname, "../../../migrations"));
    expect(row?.count).toBe(files.filter((file) => file.endsWith(".sql")).length);
  });

  it("never hold the lease both, and a takeover raises the epoch once", async () => {
    for (const round of rounds) {
      const takers = [a, b, a, b].map(async (ledger, index) =>
        ledger.takeLease(accountId, `${round}-${index}`, 200_000),
      );
      const taken = (await Promise.all(takers)).filter((lease) => lease !== null);
      expect(taken.length).toBe(1);
      expect(taken[0]?.epoch).toBe(round + 1);
      await a.releaseLease(taken[0]!);
    }
  });

  it("read what a transaction set going only when its commit is answered, however long that takes", async () => {
    const order = sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId });
    await asAdmin(databaseUrl, async (sql) => {
      await sql.unsafe(`create function wait_at_commit() returns trigger language plpgsql as
        'begin perform pg_sleep(0.3); return null; end'`);
      await sql.unsafe(`create constraint trigger wait_at_commit after insert on orders
        deferrable initially deferred for each row execute function wait_at_commit()`);
    });
    try {
      let later: Promise<unknown> | undefined;
      await a.transaction(async (tx) => {
        later = a.order(order.clientOrderId);
        await tx.insertOrder(order);
      });
      expect(await later).toMatchObject({ clientOrderId: order.clientOrderId });
    } finally {
      await asAdmin(databaseUrl, (sql) => sql.unsafe("drop function wait_at_commit() cascade"));
    }
  });

  /** `first` reads and writes later; `second` does both in between, as far as the locks let it. */
  async function interleaved(
    first: (tx: LedgerOps, second: () => Promise<void>) => Promise<void>,
    second: (tx: LedgerOps) => Promise<void>,
  ): Promise<void> {
    let other: Promise<void> | undefined;
    await a.transaction(async (tx) =>
      first(tx, async () => {
        other = b.transaction(second);
        await Promise.race([other, sleep(300)]);
      }),
    );
    await other;
  }

  it("do not undo each other's change of a run: settings that change as it is stopped do not start it again", async () => {
    const id = runId(randomUUID().slice(0, 4));
    await a.insertRun(sampleRun({ id, accountId, status: "running" }));
    await interleaved(
      async (tx, second) => {
        const run = (await tx.runs({ accountId })).find((each) => each.id === id)!;
        await second();
        await tx.updateRun({ ...run, params: { fast: 7 } });
      },
      async (tx) => {
        await tx.updateRun({ ...(await tx.run(id))!, status: "stopped" });
      },
    );
    expect(await a.run(id)).toMatchObject({ status: "stopped", params: { fast: 7 } });
  });

  it("do not undo each other's change of a position: a fill that comes as its exit is asked for leaves the wish", async () => {
    const entry = sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId });
    await a.insertOrder(entry);
    const position = samplePosition({ id: randomUUID(), accountId, entryOrderId: entry.clientOrderId });
    await a.insertPosition(position);
    await interleaved(
      async (tx, second) => {
        const known = (await tx.positionOfEntry(entry.clientOrderId))!;
        await second();
        await tx.updatePosition({ ...known, quantity: money(7), boughtQuantity: money(7) });
      },
      async (tx) => {
        await tx.updatePosition({ ...(await tx.lockPosition(position.id))!, exitReason: "manual" });
      },
    );
    expect(await a.position(position.id)).toMatchObject({ exitReason: "manual", quantity: money(7) });
  });

  it("let exactly one use a confirmation", async () => {
    for (const round of rounds) {
      const code = `${randomUUID()}-${round}`;
      const confirmation = {
        code,
        command: "/kill",
        platform: "slack",
        userId: "U1",
        secondPerson: false,
        expiresAt: T0,
        used: null,
      };
      await a.insertConfirmation(confirmation);
      const used = await Promise.all(
        [a, b, a, b].map(async (ledger, press) =>
          ledger.useConfirmation(code, { delivery: `slack ${press}`, by: "slack:U1 (ann)" }),
        ),
      );
      expect(used.filter(Boolean).length).toBe(1);
    }
  });

  it("let exactly one claim a delivery, also one that a dead process left", async () => {
    for (const round of rounds) {
      const id = randomUUID();
      if (round % 2 === 1) await a.claimDelivery("slack", id, "dead process", ABOUT);
      const claims = await Promise.all([
        a.claimDelivery("slack", id, ownerA, ABOUT),
        b.claimDelivery("slack", id, ownerB, ABOUT),
        a.claimDelivery("slack", id, ownerA, ABOUT),
        b.claimDelivery("slack", id, ownerB, ABOUT),
      ]);
      expect(claims.filter((claim) => claim === "new").length).toBe(1);
    }
  });

  it("do not take a delivery from one that still works on it, but do once it is gone", async () => {
    const owner = randomUUID();
    const id = randomUUID();
    const worker = await openLedger(ledgerOptions({ databaseUrl, owner }));
    expect(await worker.claimDelivery("slack", id, owner, ABOUT)).toBe("new");
    expect(await b.claimDelivery("slack", id, ownerB, ABOUT)).toBe("seen");
    const left = async () =>
      (await b.interruptedDeliveries(0, 1000)).some(({ deliveryId }) => deliveryId === id);
    expect(await left()).toBe(false);
    await worker.close();
    await expect.poll(left).toBe(true);
    await expect.poll(async () => b.claimDelivery("slack", id, ownerB, ABOUT)).toBe("new");
  });

  it("let exactly one finish a delivery, also one that could not be claimed", async () => {
    for (const round of rounds) {
      const id = randomUUID();
      if (round % 2 === 1) await a.claimDelivery("slack", id, "dead process", ABOUT);
      const finished = await Promise.all(
        [a, b, a, b].map(async (ledger) => ledger.finishDelivery("slack", id, "dead process", ABOUT)),
      );
      expect(finished.filter(Boolean).length).toBe(1);
    }
  });

  it("never hold the same interrupted delivery both, and nobody claims it meanwhile", async () => {
    const id = randomUUID();
    await a.claimDelivery("slack", id, "dead process", ABOUT);
    const [held, looked] = [latch<null>(), latch<null>()];
    const holds = (rows: readonly InterruptedDelivery[]) => rows.some(({ deliveryId }) => deliveryId === id);
    const sweeping = a.transaction(async (tx) => {
      const found = holds(await tx.interruptedDeliveries(0, 1000));
      held.open(null);
      await looked.opened;
      await tx.finishDelivery("slack", id, "dead process", ABOUT);
      return found;
    });
    await held.opened;
    expect(await b.transaction(async (tx) => holds(await tx.interruptedDeliveries(0, 1000)))).toBe(false);
    const claim = b.claimDelivery("slack", id, ownerB, ABOUT);
    await waitingForLock(databaseUrl, 'insert into "inbox"');
    looked.open(null);
    expect(await sweeping).toBe(true);
    expect(await claim).toBe("seen");
  });

  it("let one entry a run and symbol in, and say each alert once", async () => {
    for (const round of rounds) {
      const run = runId(randomUUID());
      await a.insertRun(sampleRun({ id: run, accountId }));
      const key = randomUUID();
      const enter = async (ledger: Ledger, index: number): Promise<[boolean, boolean]> =>
        ledger.transaction(async (tx) => {
          const order = sampleOrder({
            clientOrderId: clientOrderId(randomUUID()),
            accountId,
            runId: run,
            barTime: T0 + (round % 2 === 0 ? 0 : index * 60_000),
          });
          return [await tx.insertOrder(order), await tx.insertAlert(sampleAlert(key))];
        });
      const outcomes = await Promise.all([a, b, a, b].map(enter));
      expect(outcomes.filter(([entered]) => entered).length).toBe(1);
      expect(outcomes.filter(([, alerted]) => alerted).length).toBe(1);
    }
  });

  it("let the newer bar win a cursor, in whatever order they write", async () => {
    const run = runId(randomUUID());
    await a.insertRun(sampleRun({ id: run, accountId }));
    await Promise.all(
      rounds.map(async (minute) =>
        (minute % 2 ? a : b).setCursor(run, "AAPL", T0 + ((minute * 7) % 20) * 60_000),
      ),
    );
    expect((await b.cursors(run)).get("AAPL")).toBe(T0 + 19 * 60_000);
  });

  it("cannot take the lease over while an order is written under it", async () => {
    const lease = await a.takeLease(accountId, ownerA, 100);
    const order = sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId });
    const held = latch<boolean>();
    const go = latch<null>();
    const writing = a.transaction(async (tx) => {
      held.open(await tx.holdLease(lease!));
      await go.opened;
      await tx.insertOrder(order);
    });
    expect(await held.opened).toBe(true);
    const takeover = b.takeLease(accountId, ownerB, 60_000);
    await waitingForLock(databaseUrl, 'insert into "leases"');
    go.open(null);
    await writing;
    // The lease has run out meanwhile, but only now is it B's: with the order in the books.
    await expect
      .poll(async () => (await takeover) ?? b.takeLease(accountId, ownerB, 60_000))
      .toEqual({ accountId, owner: ownerB, epoch: 2 });
    expect((await b.liveOrders(accountId)).length).toBe(1);
    expect(await a.transaction(async (tx) => tx.holdLease(lease!))).toBe(false);
  });

  it("have every entry decided before a kill in the books once the kill is set", async () => {
    const order = sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId });
    const read = latch<boolean>();
    const go = latch<null>();
    const entering = a.transaction(async (tx) => {
      read.open((await tx.control()).killed);
      await go.opened;
      await tx.insertOrder(order);
    });
    expect(await read.opened).toBe(false);
    const killing = b.setControl({
      mode: "paper",
      halted: true,
      killed: true,
      by: "slack:U1",
      reason: "kill",
      since: T0,
    });
    await waitingForLock(databaseUrl, 'insert into "control"');
    go.open(null);
    await killing;
    expect((await b.liveOrders(accountId)).map(({ clientOrderId: id }) => id)).toEqual([order.clientOrderId]);
    await entering;
  });

  it("come through a deadlock: the database breaks one off and it is done again", async () => {
    const ids = [randomUUID(), randomUUID()].map(clientOrderId);
    for (const id of ids) await a.insertOrder(sampleOrder({ clientOrderId: id, accountId }));
    const both = [latch<null>(), latch<null>()];
    let attempts = 0;
    const lockBoth = async (ledger: Ledger, mine: 0 | 1): Promise<void> =>
      ledger.transaction(async (tx) => {
        attempts += 1;
        await tx.lockOrder(ids[mine]!);
        both[mine]!.open(null);
        await both[1 - mine]!.opened;
        const order = await tx.lockOrder(ids[1 - mine]!);
        await tx.updateOrder({ ...order!, attempt: order!.attempt + 1 });
      });
    await Promise.all([lockBoth(a, 0), lockBoth(b, 1)]);
    expect(attempts).toBe(3);
    expect((await Promise.all(ids.map(async (id) => a.order(id)))).map((order) => order?.attempt)).toEqual([
      2, 2,
    ]);
  });

  it("write an alert with all its deliveries or not at all", async () => {
    const key = randomUUID();
    const asOwner = async (statement: string): Promise<unknown> =>
      asAdmin(databaseUrl, async (sql) => sql.unsafe(statement));
    await asOwner("alter table alert_deliveries add constraint out_of_order check (false) not valid");
    await expect(a.insertAlert(sampleAlert(key))).rejects.toThrow("out_of_order");
    await asOwner("alter table alert_deliveries drop constraint out_of_order");
    expect(await a.insertAlert(sampleAlert(key))).toBe(true);
  });

  it("never change the audit, not even with SQL of one's own", async () => {
    await a.insertAudit({
      accountId,
      actor: "console",
      platform: "console",
      channel: null,
      deliveryId: null,
      action: "/halt",
      outcome: "done",
      detail: "",
      atMs: T0,
    });
    for (const statement of ["update audit set actor = 'nobody'", "delete from audit", "truncate audit"])
      await expect(asAdmin(databaseUrl, async (sql) => sql.unsafe(statement))).rejects.toThrow(
        "audit is append-only",
      );
    expect((await a.audits(1))[0]?.actor).toBe("console");
  });
});

/** Resolves when a session is waiting for a lock in a statement that begins like this. */
async function waitingForLock(databaseUrl: string, statement: string): Promise<void> {
  await asAdmin(databaseUrl, async (sql) => {
    const waiting = async (): Promise<number> => {
      const rows =
        await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like ${`${statement}%`}`;
      return rows.length;
    };
    await expect.poll(waiting, { timeout: 5_000, interval: 20 }).toBe(1);
  });
}
