import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Posted } from "../../../src/ports.ts";
import { alertOf, closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

const FILL = "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER";
const REPORT = { name: "report.csv", mediaType: "text/csv", content: "a,b\n1,2\n" };
let slack: SlackServer;
let desk: Desk;

beforeEach(async () => {
  slack = await startSlackServer({ burst: 1 });
  desk = slackDesk(slack, () => ({ text: "" }));
  await desk.chat.start();
});

afterEach(() => closeDesk(slack, desk));

async function failure(post: Promise<Posted>): Promise<Extract<Posted, { kind: "failed" }>> {
  const outcome = await post;
  if (outcome.kind !== "failed") throw new Error(`not failed: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe("an alert", () => {
  it("is one message in the channel whose notification is exactly the contract's text", async () => {
    await desk.chat.post([
      alertOf({ title: "AAPL bought", text: FILL, tone: "good", footer: ["RSI 55.2", "fill-1"] }),
    ]);
    expect(slack.world.messages).toHaveLength(1);
    const [said] = slack.world.messages;
    expect(said).toMatchObject({ channel: "C0DESK", text: FILL, threadTs: undefined, onlyFor: undefined });
    for (const words of ["AAPL bought", FILL, "RSI 55.2", "fill-1"])
      expect(shownText(said!)).toContain(words);
    expect(slack.callsOf("chat.postMessage")[0]?.args).toMatchObject({
      unfurl_links: "false",
      unfurl_media: "false",
    });
  });

  it("that comes too fast is refused with the time to wait", async () => {
    await desk.chat.post([alertOf({ text: FILL })]);
    const error = await failure(desk.chat.post([alertOf({ text: FILL }, { key: "fill-2" })]));
    expect(error.retryAfterMs).toBe(1000);
    expect(slack.world.messages).toHaveLength(1);
  });

  it.each([
    ["a 503", { kind: "status", status: 503 }, /HTTP 503/],
    ["a cut connection", { kind: "drop" }, /did not accept the alert/],
    ["a refusal", { kind: "error", error: "not_in_channel" }, /not_in_channel: invite the app/],
  ] as const)("throws on %s after one try", async (_what, fault, words) => {
    slack.fault("chat.postMessage", fault);
    const error = await failure(desk.chat.post([alertOf({ text: FILL })]));
    expect(error.reason).toMatch(words);
    expect(error.retryAfterMs).toBeUndefined();
    expect(slack.callsOf("chat.postMessage")).toHaveLength(1);
  });

  it("does not wait longer than some seconds for an answer", async () => {
    slack.fault("chat.postMessage", { kind: "hang" });
    const startedMs = Date.now();
    await failure(desk.chat.post([alertOf({ text: FILL })]));
    expect(Date.now() - startedMs).toBeLessThan(7000);
  });

  it("whose first answer was lost is not said twice", async () => {
    slack.fault("chat.postMessage", { kind: "accept_then_drop" });
    await failure(desk.chat.post([alertOf({ text: FILL })]));
    const again = await desk.chat.post([alertOf({ text: FILL }, { attempts: 1 })]);
    expect(slack.world.messages.map(({ text }) => text)).toEqual([FILL]);
    // Where it stands is known all the same.
    const place = { channel: slack.channel, messageId: slack.world.messages[0]?.ts };
    expect(again).toEqual({ kind: "posted", count: 1, place });
  });

  it("that really failed is said at the second attempt, also where the history cannot be read", async () => {
    slack.fault("chat.postMessage", { kind: "status", status: 500 });
    slack.fault("conversations.history", { kind: "error", error: "missing_scope" });
    await failure(desk.chat.post([alertOf({ text: FILL })]));
    await desk.chat.post([alertOf({ text: FILL }, { attempts: 1 })]);
    expect(slack.world.messages).toHaveLength(1);
  });

  it("goes with others in one message where more wait than the channel takes, a whole line each", async () => {
    const many = Array.from({ length: 200 }, (_, n) =>
      alertOf({ text: `${FILL} <${n}>` }, { key: `fill-${n}`, id: n }),
    );
    const outcome = await desk.chat.post(many);
    if (outcome.kind !== "posted") throw new Error("not posted");
    expect(outcome.count).toBeGreaterThan(100);
    expect(slack.world.messages).toHaveLength(1);
    const lines = shownText(slack.world.messages[0]!).split("\n");
    expect(lines.map((line) => line.replace(/ #[a-z0-9]{8}$/, ""))).toEqual(
      many.slice(0, outcome.count).map((_, n) => `${FILL} &lt;${n}&gt;`),
    );
  });

  it("digest whose answer was lost is completed by what it did not hold, and not said twice", async () => {
    const many = Array.from({ length: 6 }, (_, n) => alertOf({ text: `line ${n}` }, { key: `fill-${n}` }));
    slack.fault("chat.postMessage", { kind: "accept_then_drop" });
    expect((await failure(desk.chat.post(many))).count).toBe(6);
    const again = many.map((alert) => ({ ...alert, attempts: 1 }));
    expect(await desk.chat.post(again)).toEqual({ kind: "posted", count: 6 });
    expect(slack.world.messages).toHaveLength(1);
  });

  it("carries its file in its thread", async () => {
    await desk.chat.post([alertOf({ text: "Daily report", file: REPORT })]);
    const said = await slack.waitForMessage(({ text }) => text === "Daily report");
    const attached = await slack.waitForMessage((message) => message.via === "file");
    expect(attached).toMatchObject({
      threadTs: said.ts,
      file: { name: "report.csv", content: REPORT.content },
    });
  });

  it("whose first answer was lost gets its file at the second attempt", async () => {
    const report = { text: "Daily report", file: REPORT };
    slack.fault("chat.postMessage", { kind: "accept_then_drop" });
    await failure(desk.chat.post([alertOf(report)]));
    await desk.chat.post([alertOf(report, { attempts: 1 })]);
    const said = slack.world.messages.filter(({ text }) => text === "Daily report");
    expect(said).toHaveLength(1);
    const attached = await slack.waitForMessage((message) => message.via === "file");
    expect(attached).toMatchObject({ threadTs: said[0]?.ts, file: { name: "report.csv" } });
  });

  it("counts as said although its file fails in every form", async () => {
    slack.fault("files.getUploadURLExternal", { kind: "error", error: "missing_scope" });
    await desk.chat.post([alertOf({ text: "Daily report", file: REPORT })]);
    // The file as text came within the same second, one message more than the channel takes.
    expect(slack.callsOf("chat.postMessage")).toHaveLength(2);
    expect(slack.world.messages.map(({ text }) => text)).toEqual(["Daily report"]);
  });

  it("cannot call the channel, format, or turn the reading direction, however hostile its text", async () => {
    const hostile =
      "<!channel> <@U0BOB> <http://evil.example|AAPL> @everyone *bold* _it_ ~no~ `code` \u202E0055$ & > quote";
    await desk.chat.post([
      alertOf({
        title: hostile,
        text: hostile,
        fields: [{ label: hostile, value: hostile }],
        footer: [hostile],
      }),
    ]);
    const [said] = slack.world.messages;
    const everything = JSON.stringify([said?.text, said?.blocks]);
    expect(everything).not.toMatch(/<[!@#h]/);
    expect(everything).not.toContain("\u202E");
    expect(said?.text).toContain("&lt;!channel&gt; &lt;@U0BOB&gt;");
    const markup = shownText({ text: "", blocks: said?.blocks.slice(1) ?? [] });
    expect(markup).not.toMatch(/\*bold\*|_it_|~no~|`code`/);
    const everyText = everything.match(/"type":"mrkdwn"/g)?.length;
    expect(everything.match(/"verbatim":true/g)).toHaveLength(everyText ?? -1);
  });
});
