import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DiscordMessage } from "../../support/discord-server.ts";
import { alert, ann, bob, openDesk, type Desk } from "../../support/discord/desk.ts";
import { CALLBACK, FLAG } from "../../support/discord/types.ts";

let desk: Desk;
let card: DiscordMessage;
beforeEach(async () => {
  desk = await openDesk();
  await desk.chat.start();
  const buttons = [
    { label: "Confirm", command: "/confirm K7QD", style: "danger" as const },
    { label: "Why", command: "/why AAPL" },
  ];
  await desk.chat.post([alert("card", { text: "BUY 5 AAPL @ $185.50", title: "AAPL", buttons })]);
  card = await desk.discord.message("BUY 5 AAPL");
});
afterEach(async () => desk.close());

describe("a press on a confirmation", () => {
  it("is acknowledged at once: the buttons go, the message says who pressed, the rest stays", async () => {
    const press = desk.discord.press(ann, card, "/confirm K7QD");
    await desk.discord.until("the result", () => press.followups[0]);
    expect(press.callback).toBe(CALLBACK.update);
    expect(press.firstAnswerMs).toBeLessThan(500);
    expect(card.components).toEqual([]);
    expect(card.content).toBe("BUY 5 AAPL @ $185.50\n-# Confirm pressed by Ann");
    expect(card.embeds).toMatchObject([{ title: "AAPL" }]);
  });

  it("runs the button's command as the presser and posts the result", async () => {
    const press = desk.discord.press(ann, card, "/confirm K7QD");
    const result = await desk.discord.until("the result", () => press.followups[0]);
    expect(desk.bus.requests).toMatchObject([
      { text: "/confirm K7QD", deliveryId: press.id, actor: { userId: ann.id } },
    ]);
    expect(result.content).toBe("did /confirm K7QD");
  });

  it("acts once when Discord delivers it again", async () => {
    const press = desk.discord.press(ann, card, "/confirm K7QD");
    await desk.discord.until("the result", () => press.followups[0]);
    desk.discord.redeliver(press);
    await desk.discord.until(
      "the repeated acknowledgement",
      () => desk.discord.requestsTo("POST", /callback/)[1],
    );
    expect(desk.bus.requests).toHaveLength(1);
    expect(press.followups).toHaveLength(1);
  });

  it("gives the buttons back when the press was refused, and tells only the presser", async () => {
    desk.bus.reply = () => ({ text: "you are viewer", private: true, refused: true });
    const press = desk.discord.press(bob, card, "/confirm K7QD");
    const result = await desk.discord.until("the refusal", () => press.followups[0]);
    expect(result.flags & FLAG.ephemeral).toBe(FLAG.ephemeral);
    expect(card.content).toBe("BUY 5 AAPL @ $185.50");
    expect(desk.discord.press(ann, card, "/why AAPL").id).not.toBe(press.id);
  });

  it("does nothing when Discord has already told the presser that it failed", async () => {
    desk.discord.fail({
      method: "POST",
      path: /callback/,
      kind: 404,
      body: { message: "Unknown interaction", code: 10062 },
    });
    desk.discord.press(ann, card, "/confirm K7QD");
    const told = await desk.discord.message("too late");
    expect(told.content).toContain("/confirm K7QD reached AlphaFlow too late and was not done");
    expect(desk.bus.requests).toEqual([]);
  });

  it("posts its result to the channel when the token has died meanwhile", async () => {
    desk.bus.reply = ({ deliveryId }) => {
      const press = desk.discord.interactions.find(({ id }) => id === deliveryId);
      if (press !== undefined) desk.discord.killToken(press);
      return { text: "closed AAPL" };
    };
    desk.discord.press(ann, card, "/confirm K7QD");
    expect((await desk.discord.message("closed AAPL")).interactionId).toBeNull();
  });

  it("names a hostile presser without notifying or formatting anything", async () => {
    const mallory = { id: "1200000000000000009", name: "@everyone **<@1200000000000000001>**" };
    const press = desk.discord.press(mallory, card, "/confirm K7QD");
    await desk.discord.until("the result", () => press.followups[0]);
    expect(card.content).toBe(
      "BUY 5 AAPL @ $185.50\n-# Confirm pressed by @\u200beveryone \\*\\*\\<@1200000000000000001>\\*\\*",
    );
    expect(card.pings).toEqual([]);
  });
});

describe("a press on a card", () => {
  it("leaves the card to the next press, and is answered as the command it is", async () => {
    const buttons = [{ label: "Why", command: "/why AAPL" }];
    await desk.chat.post([alert("open", { text: "open +1.2R", buttons })]);
    const shown = await desk.discord.message("open +1.2R");
    const press = desk.discord.press(ann, shown, "/why AAPL");
    await desk.discord.message("did /why AAPL");
    expect(press.callback).toBe(CALLBACK.message);
    expect(desk.bus.requests).toMatchObject([{ text: "/why AAPL", deliveryId: press.id }]);
    expect(shown).toMatchObject({ content: "open +1.2R", components: [expect.anything()] });
    desk.discord.press(bob, shown, "/why AAPL");
    await desk.discord.until("bob's answer", () => desk.bus.requests[1]);
  });
});
