import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ann, bob, openDesk, type Desk } from "../../support/discord/desk.ts";

/** A card; its thread has the same id. */
const CARD = "1500000000000000001";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  desk.discord.openThread(CARD);
  desk.bus.means = ({ actor, messageId, act }) =>
    messageId === CARD && actor.groupIds.length > 0 && act.kind === "reply"
      ? `/journal note 12 ${act.text}`
      : undefined;
});
afterEach(async () => desk.close());

const texts = (): readonly string[] => desk.bus.requests.map(({ text }) => text);

/** Everything before it has been read once this command is answered. */
async function afterwards(): Promise<void> {
  await desk.discord.answer(desk.discord.slash(ann, "positions"));
}

describe("without the Message Content intent", () => {
  beforeEach(async () => desk.chat.start());

  it("a reply to the card, or a mention in its thread, is a note and gets a sign and no words", async () => {
    const { discord, bus } = desk;
    const reply = discord.write(ann, "chased the open", { to: CARD });
    await expect.poll(() => discord.reactions).toEqual([{ messageId: reply, emoji: "📝" }]);
    const inThread = discord.write(ann, `<@${discord.applicationId}> and paid\nfor it`, { channelId: CARD });
    await expect.poll(() => discord.reactions.at(-1)?.messageId).toBe(inThread);
    expect(texts()).toEqual(["/journal note 12 chased the open", "/journal note 12 and paid\nfor it"]);
    expect(bus.requests[1]).toMatchObject({
      deliveryId: `reply ${inThread}`,
      channel: CARD,
      actor: { platform: "discord", userId: ann.id, name: "Ann", groupIds: ann.roles },
    });
    expect(discord.messages).toEqual([]);
  });

  it("the rest of what is said is not told, and is just talk", async () => {
    const { discord } = desk;
    discord.write(ann, "nice one", { channelId: CARD });
    discord.write(ann, "nice one", { to: CARD, silent: true });
    discord.write(ann, `<@${discord.applicationId}> hello`);
    discord.write(bob, "nice one", { to: CARD });
    await afterwards();
    expect(texts()).toEqual(["/positions"]);
    expect(discord.reactions).toEqual([]);
  });

  it("what was refused is said below it, literally and calling nobody", async () => {
    const { discord } = desk;
    desk.bus.reply = () => ({ text: "a note needs *words*, @everyone", private: true, refused: true });
    const reply = discord.write(ann, "x", { to: CARD });
    const said = await discord.message("a note needs");
    expect(said).toMatchObject({ content: "a note needs \\*words\\*, @\u200beveryone", pings: [] });
    expect(discord.requestsTo("POST", /messages$/).at(-1)?.body).toMatchObject({
      message_reference: { message_id: reply },
    });
    expect(discord.reactions).toEqual([]);
  });

  it("is one note from two instances of the bot that both hear it", async () => {
    const { discord } = desk;
    await desk.another().start();
    discord.write(ann, "once", { to: CARD });
    await expect.poll(() => discord.reactions).toHaveLength(1);
    await afterwards();
    expect(texts()).toEqual(["/journal note 12 once", "/positions"]);
  });
});

describe("with DISCORD_MESSAGE_CONTENT", () => {
  it("whatever a person says in the thread is a note, with names for ids", async () => {
    const { discord } = desk;
    discord.grantMessageContent();
    await desk.another({ messageContent: true }).start();
    discord.write(ann, "late again", { channelId: CARD });
    discord.write(ann, "good morning");
    await expect.poll(() => discord.reactions).toHaveLength(1);
    await afterwards();
    expect(texts()).toEqual(["/journal note 12 late again", "/positions"]);
    expect(discord.gateway.identifies.at(-1)).toMatchObject({
      intents: 1 | (1 << 9) | (1 << 10) | (1 << 15),
    });
  });

  it("stops the start with one line where the portal does not grant it", async () => {
    await expect(desk.another({ messageContent: true }).start()).rejects.toThrow(
      /^DISCORD_MESSAGE_CONTENT: found true, but Discord does not grant this bot the Message Content intent[^\n]+$/,
    );
  });
});
