import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, CommandRequest, Gesture } from "../../../src/commands/contract.ts";
import { alertOf, closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import type { SlackMessage } from "../../support/slack/types.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;

async function open(
  answer: (request: CommandRequest) => Answer | Promise<Answer> = ({ text }) => ({ text: `did ${text}` }),
): Promise<void> {
  desk = slackDesk(slack, answer);
  await desk.chat.start();
}

/** An alert of the bot's in the channel. */
async function posted(text = "BUY 5 AAPL @ $185.50 · PAPER"): Promise<SlackMessage> {
  await desk.chat.post([alertOf({ text })]);
  return slack.waitForMessage((_message, shown) => shown.includes(text));
}

/** Everything before it has been read once this command is answered. */
async function afterwards(): Promise<void> {
  await slack.slash("U0ANN", "/health");
  await slack.waitForMessage((_message, shown) => shown.includes("did /health"));
}

function meaning(gesture: Gesture): string | undefined {
  if (gesture.actor.groupIds.length === 0) return undefined;
  switch (gesture.act.kind) {
    case "reply":
      return `/journal note 12 ${gesture.act.text}`;
    case "reaction":
      return gesture.act.emoji === "fire"
        ? `/journal ${gesture.act.taken ? "untag" : "tag"} 12 momentum`
        : undefined;
    case "why":
      return "/why AAPL momentum";
    case "journal":
      return "/journal note 12";
  }
}

const texts = (): readonly string[] => desk.bus.requests.map(({ text }) => text);

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

describe("a reply in the thread of a message", () => {
  it("is a note, once however often Slack delivers it, and gets a sign and no words", async () => {
    await open();
    desk.bus.means = meaning;
    const message = await posted();
    const payload = slack.payloads.reply("U0ANN", message, "chased the open &amp; paid for it");
    const delivery = await slack.sockets.deliver("events_api", payload);
    await slack.waitForCall("reactions.add", ({ args }) => args["name"] === "memo");
    await delivery.redeliver();
    await expect.poll(() => desk.bus.requests.length).toBe(2);
    await afterwards();
    const [first, again] = desk.bus.requests;
    expect(first).toMatchObject({
      text: "/journal note 12 chased the open & paid for it",
      channel: "C0DESK",
      actor: { userId: "U0ANN", name: "ann", groupIds: ["S0TRADERS"] },
    });
    expect(again?.deliveryId).toBe(first?.deliveryId);
    expect(desk.bus.gestures[0]).toMatchObject({ messageId: message.ts, act: { kind: "reply" } });
    expect(slack.world.messages).toHaveLength(2);
  });

  it("is just talk from a bot, from this one, as an edit, to the bot, outside a thread, or from who means nothing by it", async () => {
    await open();
    desk.bus.means = meaning;
    const message = await posted();
    const say = async (userId: string, text: string, more = {}) =>
      slack.sockets.deliver("events_api", slack.payloads.reply(userId, message, text, more));
    await say("U0ANN", "from a workflow", { bot_id: "B0OTHER" });
    await say(slack.botUserId, "said by the bot");
    await say("U0ANN", "changed", { subtype: "message_changed" });
    await say("U0ANN", `<@${slack.botUserId}> positions`);
    await say("U0ANN", "in the channel", { thread_ts: undefined });
    await say("U0BOB", "nice one");
    await afterwards();
    expect(texts()).toEqual(["/health"]);
    expect(slack.callsOf("reactions.add")).toHaveLength(0);
  });

  it("is answered to the person alone when it was refused", async () => {
    await open(({ text }) =>
      text === "/health"
        ? { text: `did ${text}` }
        : { text: "a note needs words", private: true, refused: true },
    );
    desk.bus.means = meaning;
    const message = await posted();
    await slack.sockets.deliver("events_api", slack.payloads.reply("U0ANN", message, "x"));
    const said = await slack.waitForMessage((_message, shown) => shown.includes("needs words"));
    expect(said).toMatchObject({ onlyFor: "U0ANN", threadTs: message.ts });
  });
});

describe("a reaction to a message", () => {
  it("is a tag where its emoji means one, and off again when it is taken away", async () => {
    await open();
    desk.bus.means = meaning;
    const message = await posted();
    const react = async (emoji: string, taken = false, userId = "U0ANN") =>
      slack.sockets.deliver("events_api", slack.payloads.react(userId, message, emoji, taken));
    const first = await react("fire");
    await expect.poll(texts).toEqual(["/journal tag 12 momentum"]);
    await first.redeliver();
    await react("eyes");
    await react("fire", false, "U0BOB");
    await react("fire", false, slack.botUserId);
    await react("fire", true);
    await expect
      .poll(texts)
      .toEqual(["/journal tag 12 momentum", "/journal tag 12 momentum", "/journal untag 12 momentum"]);
    const ids = desk.bus.requests.map(({ deliveryId }) => deliveryId);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(slack.world.messages).toHaveLength(1);
  });
});

describe("a message shortcut", () => {
  const use = async (message: SlackMessage, which: string, userId = "U0ANN") =>
    slack.sockets.deliver("interactive", slack.payloads.shortcut(userId, message, which));

  it("Why answers with the decisions, and tells the bus what its own alert says", async () => {
    await open();
    desk.bus.means = meaning;
    const message = await posted();
    await use(message, "alphaflow:why");
    await slack.waitForMessage((_message, shown) => shown.includes("did /why AAPL momentum"));
    expect(desk.bus.gestures[0]?.said).toContain("BUY 5 AAPL");
  });

  it("Journal opens the note's form with the position in it", async () => {
    await open();
    desk.bus.means = meaning;
    await use(await posted(), "alphaflow:journal");
    const modal = await slack.waitForModal();
    expect(JSON.stringify(modal.view)).toContain('"initial_value":"12"');
    await slack.submit(modal, { id: "12", text: "two\nlines = kept" });
    await slack.waitForMessage((_message, shown) => shown.includes("did /journal note"));
    expect(texts()).toEqual(["/journal note 12 two\nlines = kept"]);
  });

  it("says to the person alone that the message is about nothing", async () => {
    await open();
    await use(await posted(), "alphaflow:why", "U0BOB");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("about no position"));
    expect(said.onlyFor).toBe("U0BOB");
    expect(texts()).toEqual([]);
  });
});
