import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAlpacaServer, type AlpacaServer } from "./support/alpaca-server.ts";
import { startBot, type Bot } from "./support/bot.ts";
import { startDiscord, type DiscordServer } from "./support/discord-server.ts";
import { ann } from "./support/discord/desk.ts";
import { risingBars } from "./support/engine-ground.ts";
import { environmentOf } from "./support/environment.ts";
import { scratchDir } from "./support/scratch.ts";
import { startSlackServer, type SlackServer } from "./support/slack-server.ts";
import { buttonsOf, shownText } from "./support/slack/world.ts";

const BOUGHT = "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER";
const STOPPED = "SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER";

/** One trading day with the real Bolt, discord.js and Alpaca SDK, the bot as a child process; each step builds on those before. */
describe("a scripted day", () => {
  let alpaca: AlpacaServer;
  let slack: SlackServer;
  let discord: DiscordServer;
  let directory: string;
  let bot: Bot;

  const environment = () => environmentOf(alpaca, slack, discord);

  beforeAll(async () => {
    [alpaca, slack, discord] = [await startAlpacaServer(), await startSlackServer(), await startDiscord()];
    alpaca.setOpen(true);
    alpaca.setAccount({ cash: "100000", last_equity: "100000" });
    alpaca.setBars("AAPL", "1Min", risingBars(Date.now()));
    alpaca.setPrice("AAPL", 185.5);
    alpaca.setBars("MSFT", "1Min", risingBars(Date.now()));
    alpaca.setPrice("MSFT", 410);
    directory = await scratchDir("story");
    bot = await startBot(directory, environment());
    await bot.ready();
  });

  afterAll(async () => {
    await bot.crash();
    await Promise.all([alpaca.close(), slack.close(), discord.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  const inDiscord = (text: string): Promise<unknown> => discord.message(text, 15_000);
  const inSlack = (text: string): Promise<unknown> =>
    slack.waitForMessage((_message, shown) => shown.includes(text), 15_000);

  it("starts a strategy from Slack and answers there", async () => {
    await slack.slash("U0ANN", "/strategy start multi_timeframe AAPL timeframe=1Min");
    expect(await inSlack("Multi-Timeframe")).toBeDefined();
  });

  it("refuses a person without a role, and does nothing", async () => {
    await slack.slash("U0BOB", "/strategy start quick_test MSFT");
    await inSlack("U0BOB");
    const { body } = await bot.api("/api/strategies");
    expect(JSON.stringify(body)).not.toContain("MSFT");
  });

  it("buys on the newest closed bar and says so in both channels, in the words of the contract", async () => {
    await Promise.all([inSlack(BOUGHT), inDiscord(BOUGHT)]);
    const entry = alpaca.orders().find((order) => order.side === "buy");
    expect(entry).toMatchObject({ symbol: "AAPL", qty: "5", type: "market", status: "filled" });
    expect(entry?.client_order_id).toMatch(/^af-/);
  });

  it("holds a GTC stop for exactly the filled quantity at the broker", async () => {
    await expect
      .poll(
        () =>
          alpaca.openOrders().map(({ type, side, qty, stop_price, time_in_force }) => ({
            type,
            side,
            qty,
            stop_price,
            time_in_force,
          })),
        { timeout: 15_000 },
      )
      .toEqual([{ type: "stop", side: "sell", qty: "5", stop_price: "180.5", time_in_force: "gtc" }]);
  });

  it("shows the position in Discord and over HTTP", async () => {
    const asked = discord.slash(ann, "positions");
    expect(JSON.stringify(await discord.answer(asked))).toContain("AAPL");
    const { body } = await bot.api("/api/positions/list");
    expect(body).toMatchObject([
      {
        symbol: "AAPL",
        strategy_id: "multi_timeframe",
        shares: 5,
        entry_price: 185.5,
        stop_loss: 180.5,
        take_profit: null,
        current_price: 185.5,
        unrealized_pnl: 0,
        unrealized_pnl_percent: 0,
      },
    ]);
  });

  it("is killed with -9, starts again, knows its position and its run, and buys nothing twice", async () => {
    await bot.crash();
    bot = await startBot(directory, environment());
    await bot.ready();
    expect((await bot.api("/api/positions/strategy/multi_timeframe")).body).toMatchObject([
      { symbol: "AAPL", shares: 5, stop_loss: 180.5 },
    ]);
    expect(alpaca.orders().filter((order) => order.side === "buy")).toHaveLength(1);
    expect(alpaca.openOrders()).toHaveLength(1);
  });

  it("tells the stop-loss in both channels when the price falls through the stop", async () => {
    alpaca.setPrice("AAPL", 180);
    await Promise.all([inSlack(STOPPED), inDiscord(STOPPED)]);
    expect(alpaca.positions()).toEqual([]);
    expect((await bot.api("/api/positions/list")).body).toEqual([]);
  });

  it("lists the trade", async () => {
    await slack.slash("U0ANN", "/trades");
    await inSlack("-$27.50");
    expect((await bot.api("/api/trades")).body).toMatchObject([
      { symbol: "AAPL", pnl: -27.5, exit_reason: "stop-loss" },
    ]);
  });

  it("refuses an entry beyond the heat limit that was set from Slack, and explains it gate by gate", async () => {
    await slack.slash("U0ANN", "/risk set heat_pct=0.005");
    await inSlack("heat_pct 25% → 0.005%");
    alpaca.setBars("AMD", "1Min", risingBars(Date.now()));
    alpaca.setPrice("AMD", 185.5);
    await slack.slash("U0ANN", "/strategy start multi_timeframe AMD timeframe=1Min");
    // 5 shares × (185.50 − 180.50) = 25.00 of 99,972.50: 0.025 %.
    const refused = "BUY AMD refused: heat 0.00 → 0.03 of 0.005%";
    await Promise.all([inSlack(refused), inDiscord(refused)]);
    expect(alpaca.orders().some((order) => order.symbol === "AMD")).toBe(false);
    await slack.slash("U0ANN", "/why AMD");
    await inSlack("heat 0.00 → 0.03 of 0.005% ✗");
    // Nobody else is an admin here: raising it again waits for no one.
    await slack.slash("U0ANN", "/risk set heat_pct=25");
    await inSlack("heat_pct 0.005% → 25%");
  });

  it("ends entries for the day when 2 % of yesterday's equity are lost, and says so once for two symbols", async () => {
    alpaca.setAccount({ cash: "97500" });
    for (const symbol of ["NVDA", "TSLA"]) {
      alpaca.setBars(symbol, "1Min", risingBars(Date.now()));
      alpaca.setPrice(symbol, 185.5);
    }
    await slack.slash("U0ANN", "/strategy start multi_timeframe NVDA,TSLA timeframe=1Min");
    // (100,000 − 97,500) / 100,000
    const halted = "No new entries until the next session: day loss 2.5 of 2%";
    await Promise.all([inSlack(halted), inDiscord(halted)]);
    await expect
      .poll(async () => JSON.stringify((await bot.api("/api/decisions")).body), { timeout: 15_000 })
      .toMatch(/NVDA[\s\S]*DAILY_LOSS[\s\S]*TSLA|TSLA[\s\S]*DAILY_LOSS[\s\S]*NVDA/);
    expect(alpaca.orders().some((order) => order.symbol === "NVDA" || order.symbol === "TSLA")).toBe(false);
    expect(slack.world.messages.filter((message) => message.text.includes(halted))).toHaveLength(1);
    expect((await bot.api("/api/risk")).body).toMatchObject({
      limits: expect.arrayContaining([expect.objectContaining({ name: "day_loss_pct", limit: 2, left: 0 })]),
    });
    alpaca.setAccount({ cash: "99972.5" });
  });

  it("closes by hand after the asker's own press in Slack, and not after somebody else's", async () => {
    bot.say("/strategy start multi_timeframe MSFT timeframe=1Min");
    await inSlack("BUY 2 MSFT @ $410.00");
    await slack.slash("U0ANN", "/close MSFT");
    const asked = await slack.waitForMessage((_message, shown) => shown.includes("Close MSFT?"), 15_000);
    await slack.press("U0BOB", asked, "Confirm");
    await slack.waitForMessage((message, shown) => shown.includes("no role") && message.onlyFor === "U0BOB");
    expect(alpaca.positions()).toHaveLength(1);
    await slack.press("U0ANN", asked, "Confirm");
    await inDiscord("SELL 2 MSFT @ $410.00 · closed by hand");
    expect([alpaca.positions(), alpaca.openOrders()]).toEqual([[], []]);
  });

  it("asks before it buys where the run was told to, buys on the press in Discord, and tells Slack by whom", async () => {
    await slack.slash("U0ANN", "/strategy start multi_timeframe MSFT timeframe=1Min approve=ask");
    const text = "BUY 2 MSFT at about $410.00";
    const [card, twin] = [
      await slack.waitForMessage((_message, shown) => shown.includes(text), 15_000),
      await discord.message(text, 15_000),
    ];
    const before = alpaca.orders().length;
    const approve = /approve af-\S+/.exec(JSON.stringify(twin.components))?.[0].replace(/".*/, "") ?? "";
    discord.press(ann, twin, `/${approve}`);
    await Promise.all([inSlack("approved by"), inDiscord("BUY 2 MSFT @ $410.00")]);
    const bought = () =>
      alpaca
        .orders()
        .slice(before)
        .filter((order) => order.side === "buy");
    await expect.poll(() => bought().length, { timeout: 15_000 }).toBe(1);
    // Both cards say by whom, and there is nothing left to press.
    await expect.poll(() => shownText(card), { timeout: 15_000 }).toContain("approved by Ann (discord:");
    await expect.poll(() => twin.content, { timeout: 15_000 }).toContain("approved by Ann (discord:");
    expect([buttonsOf(card), twin.components]).toEqual([[], []]);
    await slack.slash("U0ANN", approve.replace("approve", "/reject"));
    await slack.waitForMessage(
      (message, shown) => /approved by .+ already/.test(shown) && message.onlyFor === "U0ANN",
      15_000,
    );
  });

  it("kills from Discord: runs stopped, nothing at the broker, latched over a restart", async () => {
    discord.slash(ann, "kill");
    await inSlack("Kill switch by");
    await expect
      .poll(() => [alpaca.openOrders().length, alpaca.positions().length], { timeout: 15_000 })
      .toEqual([0, 0]);
    await bot.crash();
    bot = await startBot(directory, environment());
    await bot.ready();
    await slack.slash("U0ANN", "/strategy start quick_test AAPL");
    await inSlack("/resume");
    expect((await bot.api("/api/risk")).body).toMatchObject({ killed: true });
  });

  it("said each of it once, and never a secret", () => {
    for (const text of [BOUGHT, STOPPED]) {
      expect(slack.world.messages.filter((message) => message.text.includes(text))).toHaveLength(1);
      expect(discord.messages.filter((message) => message.content.includes(text))).toHaveLength(1);
    }
    for (const secret of [alpaca.secret, slack.botToken, slack.appToken, discord.token])
      expect(bot.output() + bot.log()).not.toContain(secret);
  });
});
