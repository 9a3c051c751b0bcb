import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMailer } from "../../../src/adapters/mail/create-mailer.ts";
import { deliverMails, tellUndelivered, type MailParts } from "../../../src/app/alerts/mail.ts";
import { levelKey } from "../../../src/app/alerts/settings.ts";
import type { AlertRow } from "../../../src/ports.ts";
import { alertRow, openDeskGround, type DeskGround } from "../../support/desk-ground.ts";
import { silentLog } from "../../support/silent-log.ts";
import { startSmtpServer, type SmtpServer } from "../../support/smtp-server.ts";

const START = Date.parse("2020-11-24T15:00:00Z");

let ground: DeskGround;
let server: SmtpServer;
let parts: MailParts;
beforeEach(async () => {
  ground = await openDeskGround(["slack", "mail"]);
  // Long ago: the database's own clock says when something was delivered.
  ground.at("2020-11-24T15:00:00Z");
  server = await startSmtpServer();
  const mailer = createMailer({
    url: `smtp://127.0.0.1:${server.port}`,
    from: "bot@desk.example",
    to: ["ann@desk.example"],
    timeoutMs: 500,
  });
  const { ledger, clock } = ground;
  parts = { ledger, mailer, channels: ["slack"], clock, log: silentLog, leads: () => true };
});
afterEach(async () => {
  await server.close();
  await ground.close();
});

const write = async (kind: AlertRow["kind"], text: string, over: Partial<AlertRow> = {}): Promise<void> => {
  await ground.ledger.insertAlert(alertRow(kind, text, ground.clock.nowMs(), over));
};
const subjects = (): (string | undefined)[] => server.mails.map(({ headers }) => headers.get("subject"));
const pending = async (sink: string): Promise<number> =>
  (await ground.ledger.pendingAlerts(sink, 100)).length;

describe("what goes by mail", () => {
  it("is what is critical, with the way to acknowledge it, and nothing else", async () => {
    await write("fill", "BUY 5 AAPL");
    await write("kill", "all stopped", { urgency: "critical" });
    await write("run", "run started");
    expect(await deliverMails(parts)).toBe(true);
    expect(subjects()).toEqual(["[AlphaFlow] all stopped"]);
    expect(server.mails[0]?.body).toMatch(/To acknowledge it: \/ack \d+ in the chat/);
    expect(await pending("mail")).toBe(0);
    expect(await pending("slack")).toBe(3);
  });

  it("stays in the outbox while the server greylists, in its order, and is marked as late", async () => {
    await write("kill", "first", { urgency: "critical" });
    await write("halt", "second", { urgency: "critical" });
    server.fault("RCPT", "answer", "450 4.2.0 greylisted", 2);
    expect([await deliverMails(parts), await deliverMails(parts)]).toEqual([false, false]);
    expect(subjects()).toEqual([]);
    ground.at("2020-11-24T15:12:00Z");
    expect(await deliverMails(parts)).toBe(true);
    expect(subjects()).toEqual(["[AlphaFlow] first", "[AlphaFlow] second"]);
    expect(server.mails[0]?.body).toContain("delayed 12 min: happened 2020-11-24 15:00:00 UTC");
  });

  it("comes twice at the most, known by its Message-ID, when the server's answer was lost", async () => {
    await write("kill", "all stopped", { urgency: "critical" });
    server.fault("accept", "drop");
    expect([await deliverMails(parts), await deliverMails(parts), await deliverMails(parts)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(new Set(server.mails.map(({ headers }) => headers.get("message-id"))).size).toBe(1);
    expect(server.mails).toHaveLength(2);
  });

  it("does not stand behind a mail that the server refuses for good", async () => {
    await write("kill", "refused", { urgency: "critical" });
    await write("halt", "taken", { urgency: "critical" });
    server.fault("accept", "answer", "554 5.7.1 looks like spam", 5);
    for (let attempt = 0; attempt < 5; attempt += 1) expect(await deliverMails(parts)).toBe(false);
    expect(await deliverMails(parts)).toBe(true);
    expect(subjects()).toEqual(["[AlphaFlow] taken"]);
    const late = await ground.ledger.lateAlerts("mail", START, 0, 10);
    expect(late.map(({ message, settled }) => [message.text, settled])).toContainEqual([
      "refused",
      "refused",
    ]);
  });
});

describe("a chat that takes nothing for five minutes", () => {
  it("is made good by mail, each alert once, marked", async () => {
    await write("fill", "BUY 5 AAPL");
    await write("kill", "all stopped", { urgency: "critical" });
    ground.at("2020-11-24T15:04:59Z");
    await tellUndelivered(parts, "slack", START);
    await deliverMails(parts);
    expect(subjects()).toEqual(["[AlphaFlow] all stopped"]);
    ground.at("2020-11-24T15:05:00Z");
    await tellUndelivered(parts, "slack", START);
    await tellUndelivered(parts, "slack", START);
    await deliverMails(parts);
    expect(subjects()).toHaveLength(2);
    expect(subjects()[1]).toBe(
      "[AlphaFlow] slack is down: 1 alert not delivered to slack; they come there too once it is back:",
    );
    expect(server.mails[1]?.body).toContain("2020-11-24 15:00:00 UTC  BUY 5 AAPL");
    // The next ones come together, five minutes after the last mail.
    await write("fill", "SELL 5 AAPL");
    ground.at("2020-11-24T15:09:59Z");
    await tellUndelivered(parts, "slack", START);
    await deliverMails(parts);
    expect(server.mails).toHaveLength(2);
    ground.at("2020-11-24T15:10:00Z");
    await tellUndelivered(parts, "slack", START);
    await deliverMails(parts);
    expect(server.mails[2]?.body).toContain("SELL 5 AAPL");
    expect(server.mails[2]?.body).not.toContain("BUY 5 AAPL");
    expect(await pending("slack")).toBe(3);
  });

  it("gets no such mail about what its channel does not want to hear", async () => {
    await ground.ledger.setSetting(levelKey("slack"), "fills");
    await write("run", "run started");
    ground.at("2020-11-24T15:06:00Z");
    await tellUndelivered(parts, "slack", START);
    expect(await pending("mail")).toBe(1);
    await deliverMails(parts);
    expect(subjects()).toEqual([]);
  });

  it("is given its five minutes after a start, however old the alerts are", async () => {
    await write("fill", "BUY 5 AAPL");
    const restarted = ground.at("2020-11-24T18:00:00Z");
    await tellUndelivered(parts, "slack", restarted);
    ground.at("2020-11-24T18:04:59Z");
    await tellUndelivered(parts, "slack", restarted);
    await deliverMails(parts);
    expect(subjects()).toEqual([]);
    ground.at("2020-11-24T18:05:00Z");
    await tellUndelivered(parts, "slack", restarted);
    await deliverMails(parts);
    expect(subjects()).toHaveLength(1);
  });
});
