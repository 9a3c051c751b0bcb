import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callOnDuty } from "../../../src/app/alerts/escalate.ts";
import { createAlertDesk } from "../../../src/app/alerts/desk.ts";
import { dueAlerts } from "../../../src/app/alerts/due.ts";
import { randomIds } from "../../../src/adapters/system/ids.ts";
import type { Button } from "../../../src/message.ts";
import type { AlertDesk, By, PendingAlert } from "../../../src/ports.ts";
import { alertRow, openDeskGround, type DeskGround } from "../../support/desk-ground.ts";

const ANN: By = { actor: "slack:U1", name: "ann", deliveryId: "d1" };
const BOB: By = { actor: "discord:42", name: "bob", deliveryId: "d2" };
const KILLED = "2026-11-24T15:00:00Z";

let ground: DeskGround;
let desk: AlertDesk;
beforeAll(async () => {
  ground = await openDeskGround(["slack", "discord", "mail"]);
  desk = createAlertDesk({
    ledger: ground.ledger,
    clock: ground.clock,
    ids: randomIds,
    channels: ["slack", "discord"],
    mail: "desk@example.com",
    engine: () => {
      throw new Error("no engine here");
    },
    wakeAlerts: () => undefined,
  });
});
afterAll(async () => ground.close());

let killId: number;
let ackButtons: readonly Button[];
beforeEach(async () => {
  for (const { id } of await ground.ledger.openCriticals(0))
    await ground.ledger.acknowledgeAlert(id, "test", 0);
  for (const sink of ["slack", "discord", "mail"]) await take(sink);
  await desk.setOnCall({ people: ["slack:U9", "discord:7"], minutes: 5 });
  ground.at(KILLED);
  await ground.ledger.insertAlert(
    alertRow("kill", "all runs stopped", Date.parse(KILLED), {
      urgency: "critical",
      message: { title: "KILL SWITCH", text: "all runs stopped" },
    }),
  );
  const [kill] = await dueAlerts(ground.ledger, "slack", 10, Date.parse(KILLED));
  killId = kill?.id ?? 0;
  ackButtons = kill?.message.buttons ?? [];
  for (const sink of ["slack", "discord", "mail"]) await take(sink);
});

async function take(sink: string): Promise<readonly PendingAlert[]> {
  const pending = await ground.ledger.pendingAlerts(sink, 100);
  for (const { id } of pending) await ground.ledger.markDelivered([id], sink);
  return pending;
}

const callAt = (iso: string): Promise<boolean> => callOnDuty(ground.ledger, ground.at(iso));

describe("a critical alert", () => {
  it("carries a button to acknowledge it", () => {
    expect(ackButtons).toEqual([{ label: "Ack", command: `/ack ${killId}`, style: "primary" }]);
  });
});

describe("a critical alert that nobody acknowledges", () => {
  it("is said again after the set minutes, to the people on call, everywhere and by mail", async () => {
    expect(await callAt("2026-11-24T15:04:59Z")).toBe(false);
    expect(await callAt("2026-11-24T15:05:00Z")).toBe(true);
    for (const sink of ["slack", "discord", "mail"]) {
      const [called, ...more] = await take(sink);
      expect(more).toEqual([]);
      expect(called).toMatchObject({
        key: `call:${killId}:1`,
        kind: "escalation",
        message: {
          title: "NOT ACKNOWLEDGED for 5 minutes",
          text: "KILL SWITCH: all runs stopped",
          mentions: ["slack:U9", "discord:7"],
          buttons: [{ command: `/ack ${killId}` }],
        },
      });
    }
  });

  it("is said again and again, each call once, also after a restart", async () => {
    const times = ["15:05:00", "15:05:05", "15:09:59", "15:10:00", "15:15:00", "15:15:01"];
    const made = [];
    for (const time of times) made.push(await callAt(`2026-11-24T${time}Z`));
    expect(made).toEqual([true, false, false, true, true, false]);
    expect((await take("slack")).map(({ key }) => key)).toEqual([
      `call:${killId}:1`,
      `call:${killId}:2`,
      `call:${killId}:3`,
    ]);
  });

  it("is given up after twelve calls and after a day", async () => {
    for (let minute = 5; minute <= 90; minute += 5)
      await callAt(new Date(Date.parse(KILLED) + minute * 60_000).toISOString());
    expect(await take("slack")).toHaveLength(12);
    expect(await callAt("2026-11-25T15:00:01Z")).toBe(false);
  });

  it("is said once where nobody is on call", async () => {
    await desk.setOnCall({ people: [] });
    expect(await callAt("2026-11-24T16:00:00Z")).toBe(false);
    expect(await take("slack")).toEqual([]);
  });
});

describe("an acknowledgement", () => {
  it("ends the calls and is told to the others with the name", async () => {
    await callAt("2026-11-24T15:05:00Z");
    await take("slack");
    await take("discord");
    await take("mail");
    expect(await desk.acknowledge(killId, ANN)).toEqual({
      kind: "done",
      value: undefined,
      text: "Acknowledged by ann: KILL SWITCH",
    });
    expect(await callAt("2026-11-24T15:30:00Z")).toBe(false);
    expect(await take("slack")).toEqual([]);
    const called = await ground.ledger.alertMessage(`call:${killId}:1`);
    expect(called?.text).toBe("KILL SWITCH: all runs stopped\n→ acknowledged by ann (Slack)");
    expect([called?.buttons, called?.mentions]).toEqual([undefined, undefined]);
    expect((await take("discord")).map(({ message }) => message.text)).toEqual([
      "Acknowledged by ann: KILL SWITCH",
    ]);
    expect(await take("mail")).toHaveLength(1);
  });

  it("belongs to the first; the second hears who that was", async () => {
    ground.at("2026-11-24T15:01:00Z");
    await desk.acknowledge(killId, ANN);
    ground.at("2026-11-24T15:02:00Z");
    expect(await desk.acknowledge(killId, BOB)).toMatchObject({
      kind: "done",
      text: "Acknowledged already by ann at 2026-11-24 15:01:00 UTC: KILL SWITCH",
    });
    expect(await take("discord")).toHaveLength(1);
  });

  it("of what is no critical alert is refused", async () => {
    expect(await desk.acknowledge(killId + 1000, ANN)).toMatchObject({
      kind: "refused",
      text: `there is no critical alert ${killId + 1000}; /alerts lists those that are open`,
    });
  });
});
