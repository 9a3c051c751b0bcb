import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { DAY_MS, isoTime } from "../src/core/iso-time.ts";
import { readSymbols, type Settings } from "../src/read-bars.ts";
import { warmupBarsOf } from "../src/research/warm-up.ts";
import { walk } from "./core/series-builder.ts";
import { startAlpacaServer, type AlpacaServer } from "./support/alpaca-server.ts";
import { silentLog } from "./support/silent-log.ts";

let alpaca: AlpacaServer;

beforeAll(async () => {
  alpaca = await startAlpacaServer();
});
afterAll(() => alpaca.close());

const settings = (): Settings => ({
  config: readConfig({
    ALPACA_API_KEY: alpaca.keyId,
    ALPACA_SECRET_KEY: alpaca.secret,
    ALPACA_TRADING_URL: alpaca.tradingUrl,
    ALPACA_DATA_URL: alpaca.dataUrl,
  }),
  log: silentLog,
});

/** PGlite while the bot runs on it: bars are fetched all the same. */
const locked = () => Promise.reject(new Error("the database is in use"));

const barAt = (time: string, c: number) => ({ t: Date.parse(time), o: c, h: c, l: c, c, v: 1 });

it("takes the closed bars of the regular session, as live runs do", async () => {
  // New York is at UTC-5 on this Monday: 09:15 and 16:00 lie outside the session, 09:30 and 15:45 within.
  alpaca.setBars("AAPL", "15Min", [
    barAt("2026-03-02T14:15:00Z", 1),
    barAt("2026-03-02T14:30:00Z", 2),
    barAt("2026-03-02T20:45:00Z", 3),
    barAt("2026-03-02T21:00:00Z", 4),
  ]);
  const asked = { symbol: "AAPL", timeframe: "15Min", from: "2026-03-02", to: "2026-03-02" };
  const [bars] = await readSymbols(asked, 0, settings, locked);
  expect([...(bars?.series.close ?? [])]).toEqual([2, 3]);
});

it("leaves out a bar that is still forming", async () => {
  // On a day without a session a bar lasts its whole length.
  alpaca.setCalendar([]);
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  alpaca.setBars("MSFT", "1Day", [barAt("2026-03-02T05:00:00Z", 1), barAt(hourAgo, 2)]);
  const [bars] = await readSymbols({ symbol: "MSFT", from: "2026-03-01" }, 0, settings, locked);
  expect([...(bars?.series.close ?? [])]).toEqual([1]);
});

it("says which symbol has no bars", async () => {
  await expect(
    readSymbols({ symbol: "NOPE", from: "2026-03-02", to: "2026-03-03" }, 0, settings, locked),
  ).rejects.toThrow("no 1Day bars of NOPE between 2026-03-02 and 2026-03-03: check the symbol and the dates");
});

it("fetches, before the first day that was asked for, what warms the indicators up, as a chat does", async () => {
  alpaca.setCalendar([]);
  const days = walk(700, 3, DAY_MS).map((bar) => ({ ...bar, time: bar.time - 700 * DAY_MS }));
  alpaca.setBars(
    "WARM",
    "1Day",
    days.map(({ time: t, open: o, high: h, low: l, close: c, volume: v }) => ({ t, o, h, l, c, v })),
  );
  const first = days[600];
  if (first === undefined) throw new Error("too few days");
  const asked = { symbol: "WARM", from: isoTime(first.time), to: "2025-12-31" };
  const warmup = warmupBarsOf("ma_crossover", { param: ["slow_period=20"], filtered: false });
  expect(warmup).toBe(200);
  const [bars] = await readSymbols(asked, warmup, settings, locked);
  const { series, start } = bars ?? {};
  expect(series?.time[start ?? 0]).toBe(first.time);
  expect(start).toBeGreaterThanOrEqual(200);
  expect(start).toBeLessThan(600);
  const [cold] = await readSymbols(asked, 0, settings, locked);
  expect([cold?.start, cold?.series.length]).toEqual([0, 100]);
});

it("warms up for the longest period that a search may try, for what a filter looks at, and for the defaults where a setting is wrong", () => {
  expect(
    warmupBarsOf("ma_crossover", { space: ["slow_period=30:120:10", "fast_period=5,10"], filtered: false }),
  ).toBe(1_200);
  expect(warmupBarsOf("quick_test", { filtered: false })).toBe(10);
  expect(warmupBarsOf("quick_test", { filtered: true })).toBe(100);
  const usual = warmupBarsOf("ma_crossover", { filtered: false });
  expect(warmupBarsOf("ma_crossover", { param: ["slow_period=soon"], filtered: false })).toBe(usual);
});
