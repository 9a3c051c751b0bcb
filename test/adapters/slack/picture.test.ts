import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shortKey } from "../../../src/core/digest.ts";
import type { Message } from "../../../src/message.ts";
import { LIMITS } from "../../support/drawings.ts";
import { PIXEL } from "../../support/pictures.ts";
import { alertOf, closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import type { SlackMessage } from "../../support/slack/types.ts";
import { buttonsOf, shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

const ALT = "AAPL, 15-minute candles: $185.50, long 5 at $180.00, stop $176.00.";
const CHART: Message = {
  title: "AAPL",
  text: "AAPL $185.50, long 5",
  picture: { name: "aapl-15min.png", alt: ALT, drawing: LIMITS },
  buttons: [{ label: "Close AAPL", command: "/close AAPL" }],
  footer: ["small print"],
};

let slack: SlackServer;
let desk: Desk;

beforeEach(async () => {
  slack = await startSlackServer();
  desk = slackDesk(slack, () => CHART);
  await desk.chat.start();
});

afterEach(() => closeDesk(slack, desk));

function imageOf(message: SlackMessage): Readonly<Record<string, unknown>> | undefined {
  return message.blocks.find((block) => block["type"] === "image");
}

/** The chart once its picture stands in it. */
async function chartWithImage(): Promise<SlackMessage> {
  return slack.waitForMessage((message) => message.text === CHART.text && imageOf(message) !== undefined);
}

/** The chart once its alt text stands in it, because no picture can. */
async function chartWithWords(): Promise<SlackMessage> {
  return slack.waitForMessage((message) => message.text === CHART.text && shownText(message).includes(ALT));
}

describe("a picture in Slack", () => {
  it("comes into the message of its alert, which is said before the upload, with alt text and above the buttons", async () => {
    await desk.chat.post([alertOf(CHART)]);
    expect(slack.world.messages.map(({ text }) => text)).toEqual([CHART.text]);
    expect(slack.callsOf("files.completeUploadExternal")).toEqual([]);

    const said = await chartWithImage();
    expect(said.metadata).toMatchObject({ event_payload: { keys: shortKey("fill-1") } });
    expect(imageOf(said)).toMatchObject({ alt_text: ALT });
    expect(said.blocks.map(({ type }) => type)).toEqual(["header", "section", "image", "actions", "context"]);
    expect(buttonsOf(said).map(({ value }) => value)).toEqual(["/close AAPL"]);
    expect(slack.world.messages).toHaveLength(1);
    expect(desk.pictures.drawn).toEqual([LIMITS]);
  });

  it("comes into a message of the board, which is posted before the upload; an edit has the alt text", async () => {
    const { board } = desk.chat;
    const posted = await board?.post({ key: "study 1 ended", message: CHART, again: false });
    expect(slack.callsOf("files.completeUploadExternal")).toEqual([]);
    const said = await chartWithImage();
    expect(posted).toEqual({ kind: "done", value: { channel: "C0DESK", messageId: said.ts } });
    await board?.edit({ channel: "C0DESK", messageId: said.ts }, CHART);
    await chartWithWords();
    expect(desk.pictures.drawn).toEqual([LIMITS]);
  });

  it("comes into the answer of a slash command, in one public message", async () => {
    await slack.slash("U0ANN", "/chart AAPL");
    const said = await chartWithImage();
    expect(said).toMatchObject({ channel: "C0DESK", onlyFor: undefined, via: "chat.postMessage" });
    expect(shownText(said)).toContain("ann · /chart AAPL");
    expect(slack.world.messages).toHaveLength(1);
  });

  it("is looked for again until Slack has looked at the upload", async () => {
    await slack.close();
    slack = await startSlackServer({ processingMs: 800 });
    desk = slackDesk(slack, () => CHART);
    await desk.chat.post([alertOf(CHART)]);
    await chartWithImage();
    expect(slack.callsOf("chat.update")).toHaveLength(2);
  });

  it("goes into the message's thread when Slack refuses the block, without the alt text that would make Slack drop it", async () => {
    slack.fault("chat.update", { kind: "error", error: "cant_update_message" });
    await desk.chat.post([alertOf(CHART)]);
    const shared = await slack.waitForMessage((message) => message.via === "file");
    const [said] = slack.world.messages;
    expect(shared).toMatchObject({ threadTs: said?.ts, text: ALT, file: { name: "aapl-15min.png" } });
    expect(shared.file?.bytes).toEqual(PIXEL);
    expect(slack.callsOf("files.getUploadURLExternal").map(({ args }) => Object.keys(args))).not.toContain(
      "alt_txt",
    );
  });

  it.each([
    ["may not upload", "files.getUploadURLExternal", { kind: "error", error: "missing_scope" }],
    ["is cut off while it uploads", "upload", { kind: "drop" }],
    ["cannot finish", "files.completeUploadExternal", { kind: "status", status: 503 }],
    ["is limited", "files.getUploadURLExternal", { kind: "rate_limit", retryAfterSec: 30 }],
  ] as const)("is its alt text when the app %s", async (_what, method, fault) => {
    slack.fault(method, fault, 5);
    await desk.chat.post([alertOf(CHART)]);
    const said = await chartWithWords();
    expect(imageOf(said)).toBeUndefined();
    expect(shownText(said)).toContain("small print");
    expect(slack.world.messages).toHaveLength(1);
  });

  it("is its alt text when it cannot be drawn", async () => {
    desk.pictures.png = undefined;
    await slack.slash("U0ANN", "/chart AAPL");
    await chartWithWords();
    expect(slack.callsOf("files.getUploadURLExternal")).toEqual([]);
  });

  it("is its alt text where the bot is no member and nothing can be edited", async () => {
    slack.fault("chat.postMessage", { kind: "error", error: "channel_not_found" });
    await slack.slash("U0ANN", "/chart AAPL");
    const said = await chartWithWords();
    expect(said.via).toBe("response_url");
  });

  it("never holds up the alerts behind it", async () => {
    slack.fault("files.getUploadURLExternal", { kind: "hang" });
    await desk.chat.post([alertOf(CHART)]);
    await desk.chat.post([alertOf({ text: "SELL 5 AAPL" }, { key: "fill-2" })]);
    expect(slack.world.messages.map(({ text }) => text)).toEqual([CHART.text, "SELL 5 AAPL"]);
  });

  it("keeps within Slack's limits with a long alt text", async () => {
    const long = { ...CHART, picture: { name: "a.png", alt: "long words ".repeat(500), drawing: LIMITS } };
    await desk.chat.post([alertOf(long)]);
    const alt = String(imageOf(await chartWithImage())?.["alt_text"]);
    expect(alt.length).toBeLessThanOrEqual(2000);
    expect(alt.length).toBeGreaterThan(1900);
  });
});
