import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBot, type Bot } from "./support/bot.ts";
import { asAdmin, startPostgres, type TestPostgres } from "./support/postgres.ts";

const LONG = { timeout: 240_000 };

describe("a study of the whole program", () => {
  let server: TestPostgres;
  let directory: string;
  const bots: Bot[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    directory = await mkdtemp(join(tmpdir(), "alphaflow-study-"));
  });
  afterAll(async () => {
    for (const bot of bots)
      if (bot.process.exitCode === null && bot.process.signalCode === null) await bot.crash();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it(
    "goes on after kill -9 of the bot, is done once, and its end is said by the bot that comes after",
    LONG,
    async () => {
      const DATABASE_URL = await server.freshDatabase();
      const start = async (): Promise<Bot> => {
        const bot = await startBot(directory, { DATABASE_URL, ROLE_ADMIN: "U1" });
        bots.push(bot);
        await bot.ready();
        return bot;
      };
      const first = await start();
      first.say(
        "/optimize ma_crossover AAPL fast_period=2:21:1 slow_period=30:60:5 timeframe=1Min days=2 min_trades=0",
      );
      await first.waitForOutput(/Study 1 · MA Crossover · AAPL · 1Min · grid/);
      await first.crash();
      const second = await start();
      await second.waitForOutput(/Study 1 · MA Crossover[^]*140 trials done/);
      second.say("/optimize list");
      await second.waitForOutput(/done\s+140\/140/);
      const rows = await asAdmin(
        DATABASE_URL,
        (
          sql,
        ) => sql`select (select count(*) from studies)::int studies, (select count(*) from study_trials)::int trials,
        (select count(*) from study_bars)::int bars, (select count(*) from studies where told_at is null)::int untold`,
      );
      expect(rows[0]).toEqual({ studies: 1, trials: 140, bars: 0, untold: 0 });
      expect(await second.stop()).toBe(0);
    },
  );
});
