import { afterEach, beforeEach, expect, it } from "vitest";
import { ann, bob, openDesk, type Desk } from "../../support/discord/desk.ts";

const CARD = "1500000000000000001";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  desk.bus.means = ({ actor, messageId, act }) =>
    messageId === CARD && actor.groupIds.length > 0 && act.kind === "reaction" && act.emoji === "🔥"
      ? `/journal ${act.taken ? "untag" : "tag"} 12 momentum`
      : undefined;
  await desk.chat.start();
});
afterEach(async () => desk.close());

const texts = (): readonly string[] => desk.bus.requests.map(({ text }) => text);

it("a reaction on a card is a tag, off again when it is taken away, by the roles that Discord vouches for", async () => {
  const { discord, bus } = desk;
  discord.react(ann, CARD, "🔥");
  await expect.poll(texts).toEqual(["/journal tag 12 momentum"]);
  discord.react(ann, CARD, "🔥", true);
  await expect.poll(texts).toEqual(["/journal tag 12 momentum", "/journal untag 12 momentum"]);
  discord.react(ann, CARD, "🔥");
  await expect.poll(() => texts().length).toBe(3);
  expect(bus.requests[1]).toMatchObject({
    channel: discord.channelId,
    actor: { platform: "discord", userId: ann.id, name: "Ann", groupIds: ann.roles },
  });
  expect(new Set(bus.requests.map(({ deliveryId }) => deliveryId)).size).toBe(3);
  expect(discord.messages).toEqual([]);
});

it("other reactions, on other messages or from others, are just reactions", async () => {
  const { discord } = desk;
  discord.react(ann, CARD, "👀");
  discord.react(ann, "1500000000000000002", "🔥");
  discord.react(bob, CARD, "🔥");
  discord.react(bob, CARD, "🔥", true);
  await discord.answer(discord.slash(ann, "positions"));
  await discord.until("the member", () => discord.requestsTo("GET", /members/).length === 1);
  expect(texts()).toEqual(["/positions"]);
});
