import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dueAlerts } from "../../../src/app/alerts/due.ts";
import { createAlertDesk } from "../../../src/app/alerts/desk.ts";
import { randomIds } from "../../../src/adapters/system/ids.ts";
import type { AlertDesk, AlertRow, PendingAlert } from "../../../src/ports.ts";
import { alertRow, openDeskGround, type DeskGround } from "../../support/desk-ground.ts";

let ground: DeskGround;
let desk: AlertDesk;
beforeAll(async () => {
  ground = await openDeskGround(["slack", "discord"]);
  desk = createAlertDesk({
    ledger: ground.ledger,
    clock: ground.clock,
    ids: randomIds,
    channels: ["slack", "discord"],
    mail: null,
    engine: () => {
      throw new Error("no engine here");
    },
    wakeAlerts: () => undefined,
  });
});
afterAll(async () => ground.close());
beforeEach(async () => {
  await desk.setLevel("slack", "all");
  await desk.setQuiet("slack", null);
  await takeAll("slack");
  await takeAll("discord");
});

/** What a chat would post at that moment, marked as posted. */
async function take(sink: string, iso: string): Promise<readonly PendingAlert[]> {
  const due = await dueAlerts(ground.ledger, sink, 100, ground.at(iso));
  for (const { id } of due) await ground.ledger.markDelivered([id], sink);
  return due;
}

async function takeAll(sink: string): Promise<void> {
  for (const { id } of await ground.ledger.pendingAlerts(sink, 1000))
    await ground.ledger.markDelivered([id], sink);
}

const told = (alerts: readonly PendingAlert[]): string[] => alerts.map(({ message }) => message.text);

async function write(iso: string, ...rows: readonly (readonly [AlertRow["kind"], string])[]): Promise<void> {
  for (const [kind, text] of rows) await ground.ledger.insertAlert(alertRow(kind, text, Date.parse(iso)));
}

describe("a channel's level", () => {
  it("leaves out what the channel does not want, for that channel alone", async () => {
    await desk.setLevel("slack", "fills");
    const at = "2026-11-24T15:00:00Z";
    await write(
      at,
      ["run", "run started"],
      ["fill", "BUY 5 AAPL"],
      ["price", "AAPL above"],
      ["kill", "KILL"],
    );
    expect(told(await take("slack", at))).toEqual(["KILL", "BUY 5 AAPL"]);
    expect(told(await take("discord", at))).toEqual(["KILL", "BUY 5 AAPL", "run started", "AAPL above"]);
    expect(await ground.ledger.pendingAlerts("slack", 10)).toEqual([]);
    await desk.setLevel("slack", "all");
    expect(told(await take("slack", at))).toEqual([]);
  });

  it("can be set only for chats that there are", async () => {
    expect(await desk.setLevel("irc", "all")).toMatchObject({
      kind: "refused",
      text: "alerts are not delivered to irc; there is slack, discord",
    });
  });
});

describe("quiet hours", () => {
  const quiet = { from: 22 * 60, to: 7 * 60, timeZone: "America/New_York" };
  const NIGHT = "2026-11-25T04:00:00Z"; // 23:00 in New York

  it("hold back the talk, never the fills, and tell it afterwards as one message", async () => {
    await desk.setQuiet("slack", quiet);
    await write(NIGHT, ["run", "run started"], ["fill", "SELL 5 AAPL"], ["price", "AAPL above $200.00"]);
    expect(told(await take("slack", NIGHT))).toEqual(["SELL 5 AAPL"]);
    await write("2026-11-25T05:00:00Z", ["refused", "BUY refused"]);
    expect(told(await take("slack", "2026-11-25T11:59:59Z"))).toEqual([]);
    const [digest, ...more] = await take("slack", "2026-11-25T12:00:00Z");
    expect(more).toEqual([]);
    expect(digest?.message).toMatchObject({
      title: "While it was quiet",
      text: [
        "3 alerts held back by quiet hours:",
        "2026-11-25 04:00:00 UTC  run started",
        "2026-11-25 04:00:00 UTC  AAPL above $200.00",
        "2026-11-25 05:00:00 UTC  BUY refused",
      ].join("\n"),
    });
    expect(told(await take("slack", "2026-11-25T12:01:00Z"))).toEqual([]);
    expect(told(await take("discord", NIGHT))).toHaveLength(4);
  });

  it("lose nothing when the night is long: the file has every line", async () => {
    await desk.setQuiet("slack", quiet);
    await write(NIGHT, ...Array.from({ length: 30 }, (_, n) => ["run", `line ${n}\nand more`] as const));
    expect(await take("slack", NIGHT)).toEqual([]);
    const [digest] = await take("slack", "2026-11-25T12:00:00Z");
    const { text = "", file } = digest?.message ?? {};
    expect(text.split("\n")).toHaveLength(22);
    expect(text).toContain("… 10 more, all in quiet-hours.txt");
    expect(file?.content.trim().split("\n")).toHaveLength(30);
    expect(file?.content).toContain("line 29 · and more");
  });

  it("give reports whole afterwards, at their place, marked as late", async () => {
    await desk.setQuiet("slack", quiet);
    await ground.ledger.insertAlert(
      alertRow("report", "3 closed trades", Date.parse(NIGHT), {
        message: {
          title: "Daily report",
          text: "3 closed trades",
          fields: [{ label: "Equity", value: "$1" }],
        },
      }),
    );
    expect(await take("slack", NIGHT)).toEqual([]);
    const [report] = await take("slack", "2026-11-25T12:00:00Z");
    expect(report?.message).toMatchObject({
      title: "Daily report",
      fields: [{ label: "Equity", value: "$1" }],
      footer: ["⏱ delayed 8 h 0 min: happened 2026-11-25 04:00:00 UTC"],
    });
  });

  it("end at once when they are switched off", async () => {
    await desk.setQuiet("slack", quiet);
    await write(NIGHT, ["run", "run started"]);
    expect(await take("slack", NIGHT)).toEqual([]);
    await desk.setQuiet("slack", null);
    expect(told(await take("slack", NIGHT))).toEqual([
      "1 alert held back by quiet hours:\n2026-11-25 04:00:00 UTC  run started",
    ]);
  });
});

describe("an alert that comes late", () => {
  it("says by how much and when it happened, in its order, and its text stays", async () => {
    await write("2026-11-24T15:00:00Z", ["fill", "BUY 5 AAPL"]);
    await write("2026-11-24T15:11:30Z", ["fill", "SELL 5 AAPL"]);
    const [first, second] = await take("slack", "2026-11-24T15:12:00Z");
    expect(first?.message).toEqual({
      text: "BUY 5 AAPL",
      footer: ["⏱ delayed 12 min: happened 2026-11-24 15:00:00 UTC"],
    });
    expect(second?.message).toEqual({ text: "SELL 5 AAPL" });
  });

  it("is listed by /missed, and so is what has not come yet", async () => {
    const before = Date.now() - 1000;
    await write("2026-11-24T15:00:00Z", ["fill", "missed one"]);
    await take("slack", "2026-11-24T15:12:00Z");
    await write("2026-11-24T15:01:00Z", ["fill", "still waiting"]);
    const late = await desk.missed("slack", Date.parse("2026-11-24T14:00:00Z"));
    const mine = late.filter(({ message }) => /missed one|still waiting/.test(message.text));
    expect(mine.map(({ message, deliveredAtMs }) => [message.text, deliveredAtMs !== null])).toEqual(
      // The database's own clock says when it was delivered: whether that was late depends on today.
      before > Date.parse("2026-11-24T15:01:00Z")
        ? [
            ["missed one", true],
            ["still waiting", false],
          ]
        : [["still waiting", false]],
    );
  });
});
