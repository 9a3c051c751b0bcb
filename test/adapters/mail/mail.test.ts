import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkMail, createMailer, type MailOptions } from "../../../src/adapters/mail/create-mailer.ts";
import { MailNotAccepted } from "../../../src/adapters/mail/failure.ts";
import type { Mailer, PendingAlert } from "../../../src/ports.ts";
import { startSmtpServer, type SmtpServer } from "../../support/smtp-server.ts";

let server: SmtpServer;
let mailer: Mailer;
beforeEach(async () => {
  server = await startSmtpServer();
  mailer = createMailer(options());
});
afterEach(async () => {
  mailer.close();
  await server.close();
});

function options(
  changes: Partial<MailOptions> & { readonly host?: string; readonly password?: string } = {},
): MailOptions {
  const { host = "127.0.0.1", password = server.password, ...rest } = changes;
  return {
    url: `smtp://${server.user}:${encodeURIComponent(password)}@${host}:${server.port}`,
    from: "AlphaFlow <bot@desk.example>",
    to: ["ann@desk.example", "bob@desk.example"],
    timeoutMs: 700,
    ...rest,
  };
}

const alert = (over: Partial<PendingAlert> = {}): PendingAlert => ({
  id: 7,
  key: "kill:paper:1",
  kind: "kill",
  urgency: "critical",
  atMs: Date.parse("2026-11-24T15:00:00Z"),
  attempts: 0,
  message: {
    title: "KILL SWITCH",
    text: "Kill switch by ann: all runs stopped",
    fields: [{ label: "Runs", value: "3" }],
    table: {
      columns: [{ header: "symbol" }, { header: "shares" }],
      rows: [
        ["AAPL", "5"],
        ["BRK.B", "12"],
      ],
    },
    buttons: [{ label: "Ack", command: "/ack 7" }],
    footer: ["RSI 61"],
  },
  ...over,
});

async function refusalOf(sending: Promise<void>): Promise<MailNotAccepted> {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MailNotAccepted)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe("a mail", () => {
  it("says what the alert says, to everybody, with its key", async () => {
    await mailer.send(alert());
    expect(server.mails).toHaveLength(1);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: "bot@desk.example", to: ["ann@desk.example", "bob@desk.example"] });
    expect(mail?.headers.get("subject")).toBe(
      "[AlphaFlow] KILL SWITCH: Kill switch by ann: all runs stopped",
    );
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail?.headers.get("x-alphaflow-key")).toBe("kill:paper:1");
    expect(mail?.body.replaceAll("\r\n", "\n").trim()).toBe(
      [
        "KILL SWITCH",
        "Kill switch by ann: all runs stopped",
        "Runs: 3",
        "symbol  shares\nAAPL    5\nBRK.B   12",
        "Ack: type /ack 7 in the chat",
        "RSI 61\n2026-11-24T15:00:00Z · kill:paper:1",
      ]
        .join("\n\n")
        .replace("·", "=C2=B7")
        .replaceAll("·", "=C2=B7"),
    );
  });

  it("has the same Message-ID for the same alert, another one for another", async () => {
    await mailer.send(alert());
    await mailer.send(alert({ attempts: 3 }));
    await mailer.send(alert({ key: "kill:paper:2" }));
    const [first, again, other] = server.mails.map(({ headers }) => headers.get("message-id"));
    expect(first).toMatch(/^<[\da-f]{32}@desk\.example>$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("cannot be given another header or recipient by a hostile text", async () => {
    const text = "BUY\r\nBcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\u202e";
    await mailer.send(alert({ message: { text }, key: "fill:\r\nX-Evil: 1" }));
    expect(server.mails).toHaveLength(1);
    const [mail] = server.mails;
    expect(mail?.to).toEqual(["ann@desk.example", "bob@desk.example"]);
    expect([...(mail?.headers.keys() ?? [])]).not.toContain("bcc");
    expect([...(mail?.headers.keys() ?? [])]).not.toContain("x-evil");
    expect(mail?.headers.get("subject")).toBe("[AlphaFlow] BUY");
  });
});

describe("a mail server that does not take a mail", () => {
  it.each([
    ["greylists", "RCPT", "answer", "450 4.2.0 greylisted, come back", false, /greylisted/],
    ["refuses the recipient", "RCPT", "answer", "550 5.1.1 nobody here", true, /EMAIL_FROM and EMAIL_TO/],
    ["refuses the sender", "MAIL", "answer", "553 5.1.8 who are you", true, /EMAIL_FROM and EMAIL_TO/],
    ["refuses the mail", "accept", "answer", "554 5.7.1 looks like spam", true, /looks like spam/],
    ["is too busy for the mail", "accept", "answer", "452 4.3.1 disk is full", false, /disk is full/],
    [
      "refuses the password",
      "AUTH",
      "answer",
      "535 5.7.8 bad credentials",
      false,
      /user or password refused/,
    ],
    ["cuts the line", "DATA", "drop", undefined, false, /did not accept the mail/],
    ["never greets", "connect", "hang", undefined, false, /no answer in time/],
    ["falls silent with the mail in its hands", "accept", "hang", undefined, false, /no answer in time/],
  ] as const)("%s: throws in one line", async (_what, step, kind, answer, final, words) => {
    server.fault(step, kind, answer, 2);
    const error = await refusalOf(mailer.send(alert()));
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain("\n");
    expect(error.final).toBe(final);
  });

  it("is not there: says so", async () => {
    await server.close();
    expect((await refusalOf(mailer.send(alert()))).message).toMatch(/ECONNREFUSED|did not accept/);
  });

  it("takes it at the next attempt, under the same Message-ID though the first answer was lost", async () => {
    server.fault("accept", "drop");
    await refusalOf(mailer.send(alert()));
    await mailer.send(alert({ attempts: 1 }));
    const ids = server.mails.map(({ headers }) => headers.get("message-id"));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });
});

describe("the password", () => {
  it("goes over no network unencrypted", async () => {
    // 127.0.0.2 is this machine too, but no name that stands for it.
    const remote = createMailer(options({ host: "127.0.0.2" }));
    const error = await refusalOf(remote.send(alert()));
    expect(error.message).toMatch(/encrypted|STARTTLS|TLS/i);
    expect(server.lines.filter((line) => line.startsWith("AUTH"))).toEqual([]);
    expect(server.mails).toEqual([]);
  });

  it("is in no error", async () => {
    const wrong = createMailer(options({ password: "hunter2-secret" }));
    const error = await refusalOf(wrong.send(alert()));
    expect(`${error.message} ${String(error.cause)}`).not.toContain("hunter2-secret");
    expect(mailer.description).toBe("ann@desk.example, bob@desk.example");
  });
});

describe("doctor's look at the mail server", () => {
  it("finds nothing wrong, and sends nothing", async () => {
    expect(await checkMail(options())).toBe("");
    expect(server.mails).toEqual([]);
  });

  it.each([
    ["a wrong password", () => options({ password: "wrong" }), /user or password refused .*check SMTP_URL/],
    ["a server that is silent", () => (server.fault("connect", "hang"), options()), /no answer in time/],
  ])("names %s", async (_what, given, words) => {
    expect(await checkMail(given())).toMatch(words);
  });
});
