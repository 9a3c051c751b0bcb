import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CALLBACK, FLAG } from "../../support/discord/types.ts";
import { ann, bob, openDesk, type Desk } from "../../support/discord/desk.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.chat.start();
});
afterEach(async () => desk.close());

describe("a slash command", () => {
  it("runs in the words of Slack, as the person and the roles that Discord vouches for", async () => {
    const { discord, bus } = desk;
    const used = discord.slash(ann, "strategy start", {
      id: "momentum",
      symbols: "aapl, MSFT",
      params: " timeframe=1Min   fast=5 ",
    });
    const shown = await discord.answer(used);
    expect(bus.requests).toEqual([
      {
        text: "/strategy start momentum aapl,MSFT timeframe=1Min fast=5",
        actor: { platform: "discord", userId: ann.id, name: "Ann", groupIds: ann.roles },
        channel: discord.channelId,
        deliveryId: used.id,
      },
    ]);
    expect(shown.content).toBe("did /strategy start momentum aapl,MSFT timeframe=1Min fast=5");
  });

  it("is answered directly when the answer is quick, within half a second", async () => {
    const used = desk.discord.slash(bob, "risk show");
    await desk.discord.answer(used);
    expect(desk.bus.requests[0]?.text).toBe("/risk");
    expect(used.callback).toBe(CALLBACK.message);
    expect(used.firstAnswerMs).toBeLessThan(500);
  });

  it("is deferred within half a second when it takes longer, and the answer edited in", async () => {
    desk.bus.reply = async () => {
      await wait(900);
      return { text: "three positions", title: "Positions" };
    };
    const used = desk.discord.slash(ann, "positions");
    const shown = await desk.discord.answer(used);
    expect(used.callback).toBe(CALLBACK.deferredMessage);
    expect(used.firstAnswerMs).toBeGreaterThanOrEqual(350);
    expect(used.firstAnswerMs).toBeLessThan(500);
    expect(shown).toMatchObject({ content: "three positions", embeds: [{ title: "Positions" }], edits: 1 });
    expect(desk.discord.messages).toHaveLength(1);
  });

  it("shows a private answer to the asking person alone", async () => {
    desk.bus.reply = () => ({ text: "you are viewer", private: true });
    const used = desk.discord.slash(bob, "positions");
    expect((await desk.discord.answer(used)).flags & FLAG.ephemeral).toBe(FLAG.ephemeral);
  });

  it("keeps a private answer private when it comes late", async () => {
    desk.bus.reply = async () => {
      await wait(600);
      return { text: "you are viewer", private: true };
    };
    const used = desk.discord.slash(bob, "positions");
    const secret = await desk.discord.until("the private answer", () => used.followups[0]);
    expect(secret.content).toBe("you are viewer");
    expect(secret.flags & FLAG.ephemeral).toBe(FLAG.ephemeral);
    expect(used.original?.content).toBe("Answered to you alone.");
  });

  it("acts once and is answered once when Discord delivers it again", async () => {
    const used = desk.discord.slash(ann, "positions");
    await desk.discord.answer(used);
    desk.discord.redeliver(used);
    const again = await desk.discord.until(
      "the repeated first answer",
      () => desk.discord.requestsTo("POST", /callback/)[1],
    );
    expect(again.status).toBe(400);
    await desk.discord.answer(desk.discord.slash(bob, "halt"));
    expect(desk.bus.requests.map((request) => request.text)).toEqual(["/positions", "/halt"]);
    expect(desk.discord.requestsTo("PATCH", /./)).toEqual([]);
    expect(desk.discord.messages.map((message) => message.content)).toEqual(["did /positions", "did /halt"]);
  });

  it("is answered although the answer to its first answer was lost", async () => {
    desk.discord.fail({ method: "POST", path: /callback/, kind: "drop" });
    const used = desk.discord.slash(ann, "positions");
    await desk.discord.until("the edit", () => used.original?.edits === 1);
    expect(desk.discord.messages.map((message) => message.content)).toEqual(["did /positions"]);
  });

  it("gets its answer into the channel when Discord no longer knows the interaction", async () => {
    desk.discord.fail({
      method: "POST",
      path: /callback/,
      kind: 404,
      body: { message: "Unknown interaction", code: 10062 },
    });
    desk.discord.slash(ann, "positions");
    const shown = await desk.discord.message("did /positions");
    expect(shown.interactionId).toBeNull();
    expect(shown.embeds).toMatchObject([{ footer: { text: "Answer to /positions, asked by Ann" } }]);
  });

  it("gets its answer into the channel when its token has died", async () => {
    desk.bus.reply = async ({ deliveryId }) => {
      await wait(600);
      const used = desk.discord.interactions.find(({ id }) => id === deliveryId);
      if (used !== undefined) desk.discord.killToken(used);
      return { text: "all flat" };
    };
    desk.discord.slash(ann, "kill");
    expect((await desk.discord.message("all flat")).interactionId).toBeNull();
  });

  it("keeps trying to edit its answer in while Discord fails", async () => {
    desk.bus.reply = async () => {
      await wait(600);
      return { text: "late but there" };
    };
    desk.discord.fail({ method: "PATCH", path: /@original/, kind: 502, times: 2 });
    const used = desk.discord.slash(ann, "positions");
    expect((await desk.discord.answer(used)).content).toBe("late but there");
  });

  it("says so when the command bus throws", async () => {
    desk.bus.reply = () => Promise.reject(new Error("out of order"));
    const used = desk.discord.slash(ann, "positions");
    expect((await desk.discord.answer(used)).content).toContain("failed inside AlphaFlow");
  });
});

describe("two instances of the bot", () => {
  it("run a command once, and its answer is what is shown in the end", async () => {
    const standby = desk.another();
    await standby.start();
    desk.bus.reply = async () => {
      await wait(100);
      return { text: "did it" };
    };
    const used = desk.discord.slash(ann, "positions");
    await desk.discord.until(
      "the other's first answer",
      () => desk.discord.requestsTo("POST", /callback/)[1],
    );
    expect(desk.bus.requests).toHaveLength(1);
    expect(desk.discord.messages.map((message) => message.content)).toEqual(["did it"]);
    expect(used.firstAnswerMs).toBeLessThan(500);
  });
});

describe("text for the command bus", () => {
  it.each([
    ["positions", {}, "/positions"],
    ["positions", { strategy: "momentum" }, "/positions momentum"],
    ["positions", { symbol: "AAPL" }, "/positions symbol=AAPL"],
    ["trades", { n: 20 }, "/trades 20"],
    ["trades", { symbol: "AAPL", strategy: "momentum" }, "/trades strategy=momentum symbol=AAPL"],
    ["strategy stop", { run: "all", close: "yes" }, "/strategy stop all close=yes"],
    ["risk set", { params: "day_loss=0.02" }, "/risk set day_loss=0.02"],
    ["halt", { reason: "news at  ten" }, '/halt "news at ten"'],
    ["halt", { reason: "the “big” one" }, "/halt \"the 'big' one\""],
    ["positions", { strategy: "symbol=AAPL" }, "/positions strategy=symbol=AAPL"],
  ])("/%s %j is %s", async (words, values, text) => {
    const used = desk.discord.slash(ann, words, values);
    await desk.discord.answer(used);
    expect(desk.bus.requests.map((request) => request.text)).toEqual([text]);
  });
});

describe("autocomplete", () => {
  it("shows at most 25 completions, none longer than Discord allows, within three seconds", async () => {
    const all = [
      "x".repeat(101),
      "",
      ...Array.from({ length: 40 }, (_each, index) => `run-${String(index)}`),
    ];
    desk.bus.suggestions = (typed) => all.map((each) => `${typed}${each}`).concat("twice", "twice");
    const typing = desk.discord.autocomplete(ann, "strategy start", "id", "");
    const choices = await desk.discord.until("choices", () => typing.choices);
    expect(choices).toHaveLength(25);
    expect(choices[0]).toEqual({ name: "run-0", value: "run-0" });
    expect(typing.firstAnswerMs).toBeLessThan(3000);
  });

  it("is empty when the desk cannot be asked", async () => {
    desk.bus.suggestions = () => Promise.reject(new Error("database away"));
    const typing = desk.discord.autocomplete(ann, "positions", "symbol", "AA");
    expect(await desk.discord.until("choices", () => typing.choices)).toEqual([]);
  });

  it("is empty when the desk takes too long", async () => {
    desk.bus.suggestions = async () => {
      await wait(2700);
      return ["late"];
    };
    const typing = desk.discord.autocomplete(ann, "positions", "symbol", "AA");
    expect(await desk.discord.until("choices", () => typing.choices)).toEqual([]);
    expect(typing.firstAnswerMs).toBeLessThan(2600);
  });
});
