import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alert, ann, openDesk, type Desk } from "../../support/discord/desk.ts";

const CALL = {
  title: "NOT ACKNOWLEDGED for 5 minutes",
  text: "KILL SWITCH: all runs stopped by @everyone <@1200000000000000009>",
  mentions: [`discord:${ann.id}`, "discord:&1300000000000000001", "slack:U0BOB", "discord:42> @everyone"],
  buttons: [{ label: "Ack", command: "/ack 1042", style: "primary" as const }],
};

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.chat.start();
});
afterEach(async () => desk.close());

describe("a call to the people on duty in Discord", () => {
  it("pings them and their roles, and nobody that the text names", async () => {
    await desk.chat.post([alert("call:1042:1", CALL)]);
    const [said] = desk.discord.messages;
    expect(said?.content).toMatch(new RegExp(` <@${ann.id}> <@&1300000000000000001>$`));
    expect(said?.pings).toEqual([ann.id, "1300000000000000001"]);
  });

  it("keeps to the length of a message, with the mention in it", async () => {
    await desk.chat.post([alert("call:1042:1", { ...CALL, text: "x".repeat(5_000) })]);
    const [said] = desk.discord.messages;
    expect(said?.content.length).toBeLessThanOrEqual(2_000);
    expect(said?.pings).toContain(ann.id);
  });

  it("is ended by the press of Ack: the message says who it was, the button goes", async () => {
    desk.bus.reply = ({ actor }) => ({ text: `Acknowledged by ${actor.name}: KILL SWITCH` });
    await desk.chat.post([alert("call:1042:1", CALL)]);
    const said = await desk.discord.message("KILL SWITCH");
    const press = desk.discord.press(ann, said, "/ack 1042");
    const answer = await desk.discord.until("the answer", () => press.followups[0]);
    expect(answer.content).toBe("Acknowledged by Ann: KILL SWITCH");
    expect(desk.bus.requests).toMatchObject([{ text: "/ack 1042", actor: { userId: ann.id } }]);
    expect(said.content).toContain("Ack pressed by Ann");
    expect(said.components).toEqual([]);
  });
});
