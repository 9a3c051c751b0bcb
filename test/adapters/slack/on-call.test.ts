import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../../../src/message.ts";
import { alertOf, closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

const CALL: Message = {
  title: "NOT ACKNOWLEDGED for 5 minutes",
  text: "KILL SWITCH: all runs stopped",
  tone: "bad",
  mentions: ["slack:U0BOB", "slack:S0OPS", "discord:42", "slack:U1> <!channel"],
  buttons: [{ label: "Ack", command: "/ack 1042", style: "primary" }],
};

let slack: SlackServer;
let desk: Desk;
beforeEach(async () => {
  slack = await startSlackServer();
  desk = slackDesk(slack, ({ actor }) => ({ text: `Acknowledged by ${actor.name}: KILL SWITCH` }));
  await desk.chat.start();
});
afterEach(() => closeDesk(slack, desk));

describe("a call to the people on duty in Slack", () => {
  it("mentions them and their groups, in the notification and on the screen, and nobody else", async () => {
    await desk.chat.post([alertOf(CALL, { key: "call:1042:1", kind: "escalation" })]);
    const [said] = slack.world.messages;
    expect(said?.text).toBe("KILL SWITCH: all runs stopped <@U0BOB> <!subteam^S0OPS>");
    const blocks = JSON.stringify(said?.blocks);
    expect(blocks).toContain("<@U0BOB> <!subteam^S0OPS>");
    expect(blocks).not.toContain("<!channel");
    expect(blocks).not.toContain("<@42");
  });

  it("is ended by the press of Ack: the command runs as the presser, the message says who it was", async () => {
    await desk.chat.post([alertOf(CALL, { key: "call:1042:1", kind: "escalation" })]);
    const said = await slack.waitForMessage(({ text }) => text.startsWith("KILL SWITCH"));
    const press = await slack.press("U0BOB", said, "Ack");
    await press.acked(3_000);
    const answer = await slack.waitForMessage(({ text }) => text.startsWith("Acknowledged by"));
    expect(answer.text).toBe("Acknowledged by bob: KILL SWITCH");
    expect(desk.bus.requests).toMatchObject([
      { text: "/ack 1042", actor: { platform: "slack", userId: "U0BOB" } },
    ]);
    expect(shownText(said)).toContain("pressed by <@U0BOB>");
    await expect(slack.press("U0ANN", said, "Ack")).rejects.toThrow("no button");
  });
});
