import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAlpacaServer, type AlpacaServer } from "./support/alpaca-server.ts";
import { startBot, type Bot } from "./support/bot.ts";
import { startDiscord, type DiscordMessage, type DiscordServer } from "./support/discord-server.ts";
import { ann } from "./support/discord/desk.ts";
import { risingBars } from "./support/engine-ground.ts";
import { environmentOf } from "./support/environment.ts";
import { startSlackServer, type SlackServer } from "./support/slack-server.ts";
import type { SlackMessage } from "./support/slack/types.ts";
import { shownText } from "./support/slack/world.ts";

const BOUGHT = "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER";
const PATIENCE = { timeout: 20_000, interval: 100 };

/** One trade from its card to the journal, through real Bolt and discord.js, the bot as a child process; each step builds on those before. */
describe("a trade that the desk talks about", () => {
  let alpaca: AlpacaServer;
  let slack: SlackServer;
  let discord: DiscordServer;
  let directory: string;
  let bot: Bot;

  beforeAll(async () => {
    [alpaca, slack, discord] = [await startAlpacaServer(), await startSlackServer(), await startDiscord()];
    alpaca.setOpen(true);
    alpaca.setAccount({ cash: "100000", last_equity: "100000" });
    alpaca.setBars("AAPL", "1Min", risingBars(Date.now()));
    alpaca.setPrice("AAPL", 185.5);
    directory = await mkdtemp(join(tmpdir(), "alphaflow-journal-"));
    bot = await startBot(directory, environmentOf(alpaca, slack, discord));
    await bot.ready();
  });

  afterAll(async () => {
    await bot.crash();
    await Promise.all([alpaca.close(), slack.close(), discord.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  const inSlack = (words: string): Promise<SlackMessage> =>
    slack.waitForMessage((_message, shown) => shown.includes(words), PATIENCE.timeout);
  const inDiscord = (words: string): Promise<DiscordMessage> => discord.message(words, PATIENCE.timeout);
  const slackCard = (): SlackMessage | undefined =>
    slack.world.messages.find(({ metadata }) => metadata?.["event_type"] === "alphaflow_card");
  const discordCard = (): DiscordMessage | undefined =>
    discord.messages.find(({ embeds }) => /card af-/.test(JSON.stringify(embeds)));
  const tags = async (): Promise<string> => {
    const shown = await discord.answer(discord.slash(ann, "journal show", { what: "1" }), PATIENCE.timeout);
    return /tags: (.*)/.exec(shown.content)?.[1] ?? "";
  };

  it("is bought, and has a card in both chats", async () => {
    await slack.slash("U0ANN", "/strategy start multi_timeframe AAPL timeframe=1Min");
    await Promise.all([inSlack(BOUGHT), inDiscord(BOUGHT)]);
    await expect
      .poll(() => [slackCard() !== undefined, discordCard() !== undefined], PATIENCE)
      .toEqual([true, true]);
  });

  it("takes notes from the card's thread and under the fill, in both chats", async () => {
    const [fill, told] = [await inSlack(BOUGHT), await inDiscord(BOUGHT)];
    const [card, twin] = [slackCard(), discordCard()];
    if (card === undefined || twin === undefined) throw new Error("no cards");
    await slack.sockets.deliver("events_api", slack.payloads.reply("U0ANN", card, "chased the open"));
    await slack.sockets.deliver("events_api", slack.payloads.reply("U0ANN", fill, "paid up for it"));
    discord.write(ann, "volume was thin", { to: told.id });
    await expect.poll(() => discord.threadOf(twin).name, PATIENCE).toBe("AAPL · multi_timeframe");
    discord.write(ann, `<@${discord.applicationId}> stop looks tight`, { channelId: twin.id });
    await expect.poll(() => slack.callsOf("reactions.add").length, PATIENCE).toBe(2);
    await expect.poll(() => discord.reactions.length, PATIENCE).toBe(2);
  });

  it("takes tags from reactions to the fill and to the card, and gives them back", async () => {
    const [fill, twin] = [await inSlack(BOUGHT), discordCard()];
    if (twin === undefined) throw new Error("no card");
    await slack.sockets.deliver("events_api", slack.payloads.react("U0ANN", fill, "fire", false));
    discord.react(ann, twin.id, "⭐");
    await expect.poll(tags, PATIENCE).toBe("a-plus, momentum");
    discord.react(ann, twin.id, "🐌");
    await expect.poll(tags, PATIENCE).toBe("a-plus, late, momentum");
    discord.react(ann, twin.id, "🐌", true);
    await expect.poll(tags, PATIENCE).toBe("a-plus, momentum");
  });

  it("is closed by hand from its card", async () => {
    const card = slackCard();
    if (card === undefined) throw new Error("no card");
    await slack.press("U0ANN", card, "Close");
    const asked = await inSlack("Close AAPL?");
    await slack.press("U0ANN", asked, "Confirm");
    await inDiscord("SELL 5 AAPL @ $185.50 · closed by hand");
    await expect.poll(() => shownText(card), PATIENCE).toContain("closed +$0.00");
  });

  it("is found by its tag, with its notes and without fees that nobody reported", async () => {
    const found = await discord.answer(discord.slash(ann, "trades", { tag: "momentum" }), PATIENCE.timeout);
    expect(JSON.stringify(found)).toMatch(/#1\*\* .*AAPL/);
    const shown = await discord.answer(discord.slash(ann, "journal show", { what: "1" }), PATIENCE.timeout);
    const older = await discord.answer(
      discord.slash(ann, "journal show", { what: "1", page: 2 }),
      PATIENCE.timeout,
    );
    // Four notes, three tags, and one taken off: each once.
    expect(shown.content).toContain("8 entries");
    for (const note of ["chased the open", "paid up for it", "volume was thin", "stop looks tight"])
      expect(`${shown.content}${older.content}`).toContain(note);
    expect(JSON.stringify(shown.embeds)).toContain("not reported by the broker");
  });

  it("goes into the CSV file with its tags", async () => {
    await slack.slash("U0ANN", "/trades tag=momentum csv");
    const upload = await slack.waitForMessage((message) => message.via === "file", PATIENCE.timeout);
    const [header = "", row = "", end] = (upload.file?.content ?? "").split("\r\n");
    const cells = new Map(header.split(",").map((name, index) => [name, row.split(",")[index]]));
    expect([cells.get("symbol"), cells.get("shares"), cells.get("fees"), end]).toEqual(["AAPL", "5", "", ""]);
    expect(row).toContain(",a-plus momentum,");
  });
});
