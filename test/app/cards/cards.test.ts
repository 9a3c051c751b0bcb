import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { markExit } from "../../../src/app/record.ts";
import { openCardGround, slackButtons, type CardGround } from "../../support/card-ground.ts";
import { shownText } from "../../support/slack/world.ts";

const PATIENCE = { timeout: 10_000, interval: 100 };

let ground: CardGround;
beforeEach(async () => {
  ground = await openCardGround();
}, 60_000);
afterEach(() => ground.close());

const slackText = (): string => ground.slackCards().map(shownText).at(-1) ?? "";
const discordText = (): string => ground.discordCards().at(-1)?.content ?? "";
const entry = (): string => String(ground.engine.alpaca.orders().find((order) => order.side === "buy")?.id);

async function bothShow(words: RegExp): Promise<void> {
  await expect.poll(slackText, PATIENCE).toMatch(words);
  await expect.poll(discordText, PATIENCE).toMatch(words);
}

async function pending(): Promise<void> {
  ground.engine.alpaca.setFillMode("AAPL", "manual");
  await ground.engine.start(["AAPL"]);
  await ground.engine.running.tick();
  await bothShow(/pending: BUY 5 AAPL at market/);
}

describe("a position's card", () => {
  it("is one message from the order to the end, edited as it fills, opens and closes, with the story in its thread", async () => {
    await pending();
    expect(slackButtons(ground.slackCards()[0])).toEqual(["Cancel", "Chart", "Why"]);
    ground.engine.alpaca.fill(entry(), 2, 185.5);
    await bothShow(/filled 2\/5 \+0\.0R · \+\$0\.00 \(\+0\.00%\)/);
    ground.engine.alpaca.fill(entry(), 3, 185.5);
    await bothShow(/open \+0\.0R/);
    expect(slackButtons(ground.slackCards()[0])).toContain("Close");
    ground.engine.alpaca.setFillMode("AAPL", "auto");
    await expect.poll(() => ground.engine.alpaca.openOrders().length, PATIENCE).toBe(1);
    ground.engine.alpaca.setPrice("AAPL", 180);
    await bothShow(/closed -\$27\.50 \(-2\.96%\) stop-loss/);

    expect([ground.slackCards(), ground.discordCards()].map((cards) => cards.length)).toEqual([1, 1]);
    expect(slackButtons(ground.slackCards()[0])).toEqual([]);
    expect(ground.discordCards()[0]?.components).toEqual([]);
    const story = [
      "entry: buy 5 at market",
      "bought 2 at $185.50 (2/5)",
      "bought 3 at $185.50 (5/5)",
      "stop order: sell 5 stop $180.50",
      "sold 5 at $180.00 (5/5)",
      "closed -$27.50 (-2.96%) stop-loss",
    ];
    const [inSlack] = ground.slackCards();
    const [inDiscord] = ground.discordCards();
    await expect.poll(() => inSlack && ground.slackThread(inSlack), PATIENCE).toEqual(story);
    await expect.poll(() => inDiscord && ground.discord.threadOf(inDiscord).lines, PATIENCE).toEqual(story);
    expect(inDiscord && ground.discord.threadOf(inDiscord).name).toBe("AAPL · multi_timeframe");
  }, 90_000);

  it("ends when its entry is rejected or comes to nothing", async () => {
    await pending();
    ground.engine.alpaca.expire(entry());
    await bothShow(/not filled, expired: BUY 5 AAPL at market/);
    expect(slackButtons(ground.slackCards()[0])).toEqual([]);
  }, 60_000);

  it("goes on in the same message after a restart in the middle", async () => {
    await pending();
    await ground.restartChats();
    ground.engine.alpaca.fill(entry(), 5, 185.5);
    await bothShow(/open/);
    expect([ground.slackCards().length, ground.discordCards().length]).toEqual([1, 1]);
  }, 60_000);

  it("is found, not posted again, when the process died between the message and its row", async () => {
    await pending();
    const [subject] = await ground.engine.ledger.stories("paper", "slack", 0, 10);
    for (const sink of ["slack", "discord"]) {
      const card = await ground.engine.ledger.card(subject?.subject ?? "", sink);
      if (card === undefined) throw new Error(`no card in ${sink}`);
      await ground.engine.ledger.saveCard({
        ...card,
        channel: null,
        messageId: null,
        threadId: null,
        essence: "",
        told: [],
      });
    }
    ground.engine.alpaca.fill(entry(), 5, 185.5);
    await bothShow(/open/);
    expect([ground.slackCards().length, ground.discordCards().length]).toEqual([1, 1]);
  }, 60_000);

  it("is posted anew once when somebody deletes its message, and not a second time", async () => {
    await pending();
    const deleteBoth = (): void => {
      for (const message of ground.slackCards()) ground.slack.world.remove(message);
      for (const message of ground.discordCards()) ground.discord.remove(message);
    };
    deleteBoth();
    ground.engine.alpaca.fill(entry(), 2, 185.5);
    await bothShow(/filled 2\/5/);
    const [inSlack] = ground.slackCards();
    await expect
      .poll(() => inSlack && ground.slackThread(inSlack), PATIENCE)
      .toEqual(["entry: buy 5 at market", "bought 2 at $185.50 (2/5)"]);
    deleteBoth();
    ground.engine.alpaca.fill(entry(), 3, 185.5);
    const ended = async (sink: string): Promise<boolean | undefined> => {
      const [position] = await ground.engine.ledger.openPositions("paper");
      return (await ground.engine.ledger.card(position?.entryOrderId ?? "", sink))?.ended;
    };
    await expect.poll(() => ended("slack"), PATIENCE).toBe(true);
    await expect.poll(() => ended("discord"), PATIENCE).toBe(true);
    expect([ground.slackCards(), ground.discordCards()]).toEqual([[], []]);
  }, 90_000);

  it("is edited later where the platform asks for patience, and shows the newest state then", async () => {
    await pending();
    ground.slack.fault("chat.update", { kind: "rate_limit", retryAfterSec: 2 });
    ground.discord.fail({ method: "PATCH", path: /\/messages\/\d+$/, kind: 429, retryAfterSeconds: 2 });
    ground.engine.alpaca.fill(entry(), 2, 185.5);
    ground.engine.alpaca.fill(entry(), 3, 185.5);
    await bothShow(/open/);
    expect(ground.discordCards()).toHaveLength(1);
  }, 60_000);

  it("is edited when that patience is over, though the clock is set back meanwhile", async () => {
    await pending();
    ground.slack.fault("chat.update", { kind: "rate_limit", retryAfterSec: 2 });
    const before = ground.slack.callsOf("chat.update").length;
    ground.engine.alpaca.fill(entry(), 2, 185.5);
    await expect.poll(() => ground.slack.callsOf("chat.update").length, PATIENCE).toBeGreaterThan(before);
    await sleep(200);
    ground.setClockBack(3_600_000);
    ground.engine.alpaca.fill(entry(), 3, 185.5);
    await bothShow(/open/);
  }, 60_000);

  it("says who asked for the exit first, in both channels, whoever asks after", async () => {
    await pending();
    ground.engine.alpaca.fill(entry(), 5, 185.5);
    await bothShow(/open/);
    const { engine } = ground.engine.running;
    const [position] = await ground.engine.ledger.openPositions("paper");
    const ask = (by: string) =>
      engine.ledger.transaction((tx) => markExit(engine, tx, position?.id ?? "", "manual", Date.now(), by));
    expect([await ask("ann (Slack)"), await ask("bob (Discord)")]).toEqual([true, false]);
    ground.wake();
    await bothShow(/closing · closed by hand/);
    const footer = JSON.stringify(ground.discordCards()[0]?.embeds);
    for (const shown of [slackText(), footer]) {
      expect(shown).toContain("closing, asked by ann (Slack)");
      expect(shown).not.toContain("bob");
    }
    expect(slackButtons(ground.slackCards()[0])).toEqual(["Chart", "Why"]);
  }, 60_000);

  it("goes without a thread where the bot may make none", async () => {
    ground.discord.may.threads = false;
    await pending();
    ground.engine.alpaca.fill(entry(), 5, 185.5);
    await bothShow(/open/);
    const [card] = ground.discordCards();
    expect(card && ground.discord.threadOf(card)).toEqual({ name: undefined, lines: [] });
    await expect.poll(() => ground.discord.requestsTo("POST", /\/threads$/).length, PATIENCE).toBe(1);
  }, 60_000);
});

describe("the status message in Discord", () => {
  it("is pinned, kept up to date over a restart, and made again when somebody deletes it", async () => {
    await expect.poll(() => ground.discord.pinned.length, PATIENCE).toBe(1);
    expect(ground.status()[0]?.content).toBe("Trading");
    const control = await ground.engine.ledger.control();
    await ground.engine.ledger.setControl({ ...control, halted: true, by: "ann", reason: "CPI" });
    await ground.restartChats();
    await expect
      .poll(() => ground.status().map(({ content }) => content), PATIENCE)
      .toEqual(["HALTED by ann: CPI; no new entries until an admin's /resume"]);
    for (const message of ground.status()) ground.discord.remove(message);
    await ground.engine.ledger.setControl({ ...control, halted: false });
    await expect.poll(() => ground.status().map(({ content }) => content), PATIENCE).toEqual(["Trading"]);
    await expect.poll(() => ground.discord.pinned.length, PATIENCE).toBe(1);
  }, 90_000);

  it("stands unpinned where the bot may not pin, and that is tried once", async () => {
    ground.discord.may.pins = false;
    await expect.poll(() => ground.discord.requestsTo("PUT", /\/pins\//).length, PATIENCE).toBe(1);
    const control = await ground.engine.ledger.control();
    await ground.engine.ledger.setControl({ ...control, halted: true, by: "ann", reason: "CPI" });
    await expect.poll(() => ground.status()[0]?.content, PATIENCE).toContain("HALTED");
    expect(ground.discord.requestsTo("PUT", /\/pins\//)).toHaveLength(1);
  }, 60_000);
});
