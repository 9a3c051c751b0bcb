import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import { sweepInterrupted } from "../../src/app/interrupted.ts";
import { createCommandBus } from "../../src/commands/dispatch.ts";
import type { CommandBus } from "../../src/commands/contract.ts";
import { commands } from "../../src/commands/index.ts";
import type { AuditRow, Ledger } from "../../src/ports.ts";
import { ledgerOptions, latch } from "../adapters/postgres/support.ts";
import { ROLES, TOM } from "../support/command-bus.ts";
import { fakeDesk, T0, type FakeDesk } from "../support/fake-desk.ts";
import { asAdmin, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

const MINUTE_MS = 60_000;
const INTERRUPTED = "interrupted; it may have been done: look at /positions and /orders";

/** One start of the program: its ledger under a name of its own, and its command bus. */
interface Start {
  readonly owner: string;
  readonly ledger: Ledger;
  readonly bus: CommandBus;
  readonly desk: FakeDesk;
}

describe("a command whose process dies", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let survivor: Start;
  let deliveryId: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
    survivor = await start();
  });
  afterAll(async () => {
    await survivor.ledger.close();
    await postgres.stop();
  });
  beforeEach(() => {
    deliveryId = randomUUID();
    survivor.desk.calls.length = 0;
  });

  async function start(): Promise<Start> {
    const owner = randomUUID();
    const ledger = await openLedger(ledgerOptions({ databaseUrl, owner }));
    const desk = fakeDesk();
    const bus = createCommandBus({
      leads: () => true,
      commands,
      roles: ROLES,
      desk: desk.desk,
      ledger,
      clock: systemClock,
      ids: randomIds,
      owner,
      log: silentLog,
      liveAccountNumber: null,
    });
    return { owner, ledger, bus, desk };
  }

  const say = ({ bus }: Start, text = "/halt CPI") =>
    bus.dispatch({ text, actor: TOM, channel: "C1", deliveryId });

  /** Its effect has happened; then the process is gone before it can write anything. */
  async function dieAfterTheEffect(): Promise<void> {
    const victim = await start();
    const gate = latch<void>();
    victim.desk.gate = gate.opened;
    const answer = say(victim);
    await expect.poll(() => victim.desk.calls.length).toBe(1);
    await victim.ledger.close();
    gate.open();
    expect((await answer).footer).toContain("The database did not answer, so this is not in the audit.");
    await expect
      .poll(async () =>
        (await survivor.ledger.interruptedDeliveries(0, 1000)).some((row) => row.deliveryId === deliveryId),
      )
      .toBe(true);
  }

  /** The database's clock decides how old a claim is. */
  async function pass(ms: number): Promise<void> {
    await asAdmin(
      databaseUrl,
      async (sql) =>
        sql`update inbox set claimed_at = claimed_at - ${ms} * interval '1 millisecond' where delivery_id = ${deliveryId}`,
    );
  }

  const rows = async (): Promise<readonly AuditRow[]> =>
    (await survivor.ledger.audits(1000)).filter((row) => row.deliveryId === deliveryId);

  it("between effect and audit has exactly one audit row in the end, which says who, where and what", async () => {
    await dieAfterTheEffect();
    expect(await rows()).toEqual([]);
    await pass(11 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    await sweepInterrupted(survivor.ledger, T0 + MINUTE_MS);
    expect(await rows()).toEqual([
      {
        accountId: null,
        actor: "slack:UTRADER (tom)",
        platform: "slack",
        channel: "C1",
        deliveryId,
        action: "/halt CPI",
        outcome: "failed",
        detail: INTERRUPTED,
        atMs: T0,
      },
    ]);
  });

  it("is executed first when it is delivered again, and has that one row", async () => {
    await dieAfterTheEffect();
    await pass(9 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    expect(await rows()).toEqual([]);
    await say(survivor);
    expect(survivor.desk.calls).toMatchObject([{ name: "halt", by: { deliveryId } }]);
    await pass(20 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    expect(await rows()).toMatchObject([{ outcome: "done", detail: "halt CPI" }]);
  });

  it("is not executed any more once the audit has given it up", async () => {
    await dieAfterTheEffect();
    await pass(11 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    expect((await say(survivor)).text).toContain("handled already");
    expect(survivor.desk.calls).toEqual([]);
    expect(await rows()).toHaveLength(1);
  });

  it("is left alone while it is at work, however long that takes", async () => {
    const gate = latch<void>();
    survivor.desk.gate = gate.opened;
    const answer = say(survivor);
    await expect.poll(() => survivor.desk.calls.length).toBe(1);
    await pass(60 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    expect(await rows()).toEqual([]);
    gate.open();
    survivor.desk.gate = Promise.resolve();
    await answer;
    expect(await rows()).toMatchObject([{ outcome: "done" }]);
  });

  it("gets no second row where an older version wrote one before it began", async () => {
    const about = { actor: "slack:UTRADER (tom)", channel: "C1", action: "/halt CPI" };
    await survivor.ledger.claimDelivery("slack", deliveryId, "dead process", about);
    const begun = { ...about, accountId: null, platform: "slack", deliveryId, atMs: T0 } as const;
    await survivor.ledger.insertAudit({ ...begun, outcome: "asked", detail: "begun" });
    await pass(11 * MINUTE_MS);
    await sweepInterrupted(survivor.ledger, T0);
    expect(await rows()).toMatchObject([{ outcome: "asked" }]);
    expect(await survivor.ledger.claimDelivery("slack", deliveryId, survivor.owner, about)).toBe("seen");
  });

  it("has one row when two instances look at the same time, and all that were left get theirs", async () => {
    const about = { actor: "console", channel: null, action: "/halt" };
    const left = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of left) {
      await survivor.ledger.claimDelivery("console", id, "dead process", about);
      deliveryId = id;
      await pass(11 * MINUTE_MS);
    }
    const other = await start();
    await Promise.all([survivor, other].map(({ ledger }) => sweepInterrupted(ledger, T0)));
    await other.ledger.close();
    const written = (await survivor.ledger.audits(1000)).map((row) => row.deliveryId);
    for (const id of left) expect(written.filter((each) => each === id)).toEqual([id]);
  });
});
