import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { halt, kill, resume } from "../../src/app/control.ts";
import type { AuditRow, By, Unrecorded } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 15_000 };
const TOM: By = { actor: "slack:UTRADER", name: "tom", deliveryId: "d7" };

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

/** As a process leaves it that ends right after it took the command from the chat. */
async function leftBehind(stops: Unrecorded, action: string): Promise<string> {
  const id = randomUUID();
  const about = { actor: "slack:UTRADER (tom)", channel: "C1", action };
  await ground.ledger.claimDelivery("slack", id, "dead process", about, stops);
  return id;
}

async function auditOf(deliveryId: string): Promise<readonly Pick<AuditRow, "outcome" | "detail">[]> {
  const rows = (await ground.ledger.audits(100)).filter((row) => row.deliveryId === deliveryId);
  return rows.map(({ outcome, detail }) => ({ outcome, detail }));
}

async function holding(): Promise<void> {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => ground.resting(), SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
}

const takenUp = (came: string) => [
  { outcome: "done", detail: `interrupted, and taken up by the next process: ${came}` },
];

describe("what was ordered to stop, and the process that took it has ended", () => {
  it("a kill is latched by the next process before anything enters, and sells everything", async () => {
    await holding();
    await ground.running.stop();
    const id = await leftBehind({ kind: "kill", by: TOM, atMs: Date.now() }, "/kill");
    await ground.restart();
    expect((await ground.ledger.control()).killed).toBe(true);
    await expect.poll(() => ground.alpaca.positions(), SOON).toEqual([]);
    expect(ground.resting()).toEqual([]);
    expect((await ground.told()).some((text) => text.startsWith("Kill switch by tom"))).toBe(true);
    expect(await auditOf(id)).toEqual(takenUp("the kill is recorded"));
  });

  it("a halt is set by the next process, with its reason: nothing enters", async () => {
    await ground.start(["AAPL"]);
    await ground.running.stop();
    const id = await leftBehind({ kind: "halt", reason: "CPI", by: TOM, atMs: Date.now() }, "/halt CPI");
    await ground.restart();
    await ground.running.tick();
    expect(await ground.ledger.control()).toMatchObject({ halted: true, by: "tom", reason: "CPI" });
    expect(ground.alpaca.orders()).toEqual([]);
    expect(await auditOf(id)).toEqual(takenUp("the halt is recorded"));
  });

  it("is carried out by the one that leads where it came to one that stood by", async () => {
    await holding();
    await leftBehind({ kind: "kill", by: TOM, atMs: Date.now() }, "/kill");
    await expect.poll(async () => (await ground.ledger.control()).killed, SOON).toBe(true);
    await expect.poll(() => ground.alpaca.positions(), SOON).toEqual([]);
  });

  it("is over once an admin has given /resume since", async () => {
    await holding();
    const atMs = Date.now() - 1;
    await halt(ground.running.engine, "CPI", BY);
    await resume(ground.running.engine, BY);
    const id = await leftBehind({ kind: "kill", by: TOM, atMs }, "/kill");
    await ground.restart();
    expect(await ground.ledger.control()).toMatchObject({ killed: false, halted: false });
    expect(ground.resting()).toEqual(["sell stop 5 @ 180.5 gtc"]);
    expect(await auditOf(id)).toEqual(takenUp("a newer /resume wins over the kill"));
  });

  it("changes nothing where it was carried out: one latch, one alert", async () => {
    await ground.running.stop();
    await kill(ground.running.engine, TOM);
    const id = await leftBehind({ kind: "kill", by: TOM, atMs: Date.now() }, "/kill");
    const before = [await ground.ledger.control(), await ground.told()];
    await ground.restart();
    expect([await ground.ledger.control(), await ground.told()]).toEqual(before);
    expect(await auditOf(id)).toHaveLength(1);
  });
});
