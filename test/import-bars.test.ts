import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { DAY_MS, isoTime } from "../src/core/iso-time.ts";
import { importBars } from "../src/import-bars.ts";
import { readSymbols } from "../src/read-bars.ts";
import { walk } from "./core/series-builder.ts";
import { startAlpacaServer, type AlpacaServer } from "./support/alpaca-server.ts";
import { fakeBarArchive } from "./support/fake-bar-archive.ts";
import { silentLog } from "./support/silent-log.ts";

const BARS = walk(50, 6);
const archive = fakeBarArchive();
const open = () => Promise.resolve({ ...archive, close: () => Promise.resolve() });

let alpaca: AlpacaServer;
let directory: string;

beforeAll(async () => {
  alpaca = await startAlpacaServer();
  directory = await mkdtemp(join(tmpdir(), "alphaflow-import-"));
  // A market without sessions: every bar counts.
  alpaca.setCalendar([]);
  alpaca.setBars(
    "MSFT",
    "1Min",
    BARS.map(({ time: t, open: o, high: h, low: l, close: c, volume: v }) => ({ t, o, h, l, c, v })),
  );
});
afterAll(async () => {
  await alpaca.close();
  await rm(directory, { recursive: true, force: true });
});

const settings = () => ({
  config: readConfig({
    ALPACA_API_KEY: alpaca.keyId,
    ALPACA_SECRET_KEY: alpaca.secret,
    ALPACA_TRADING_URL: alpaca.tradingUrl,
    ALPACA_DATA_URL: alpaca.dataUrl,
  }),
  log: silentLog,
});

async function csv(name: string, bars = BARS): Promise<string> {
  const rows = bars.map(({ time, open: first, high, low, close, volume }) =>
    [isoTime(time), first, high, low, close, volume].join(","),
  );
  await writeFile(join(directory, name), ["time,open,high,low,close,volume", ...rows].join("\n"));
  return join(directory, name);
}

const period = { from: "2026-01-01", to: "2026-01-01" };
const requests = () => alpaca.requests.filter(({ path }) => path === "/v2/stocks/bars").length;
const stored = (more: object = {}) =>
  readSymbols({ symbol: "AAPL", timeframe: "1Min", fromStore: true, ...more }, 0, settings, open);

describe("alphaflow import-bars", () => {
  it("keeps the bars of a file, and of the same file again only what is new", async () => {
    const file = await csv("first.csv", BARS.slice(0, 40));
    const asked = { csv: file, symbol: "aapl", timeframe: "1Min" };
    expect(await importBars(asked, settings(), open)).toBe(
      "AAPL 1Min from csv: 40 bars are kept, 2026-01-01T00:00:00Z to 2026-01-01T00:39:00Z; 40 of 40 in the file are new",
    );
    const longer = { ...asked, csv: await csv("longer.csv") };
    expect(await importBars(longer, settings(), open)).toMatch(
      /50 bars are kept, .*; 10 of 50 in the file are new$/,
    );
  });

  it("names the first row that is kept otherwise, and takes nothing of the file", async () => {
    const file = await csv(
      "other.csv",
      BARS.map((bar, index) => (index === 6 ? { ...bar, volume: 123_456 } : bar)),
    );
    await expect(
      importBars({ csv: file, symbol: "AAPL", timeframe: "1Min" }, settings(), open),
    ).rejects.toThrow(
      `other.csv line 8, column volume: 123456, but 2026-01-01T00:06:00Z is kept with ${BARS[6]?.volume ?? ""}; nothing was imported`,
    );
  });

  it.each([
    [{ timeframe: "1Hour" }, /its bars are 1Min apart, not 1Hour/],
    [{ timeframe: "2Min" }, /--timeframe 2Min: expected one of 1Min/],
    [{ timeframe: "1Min", symbol: "AAPL,MSFT" }, /a file has the bars of one symbol/],
  ])("refuses a file with %j", async (more, reason) => {
    const file = await csv("any.csv");
    await expect(importBars({ csv: file, symbol: "AAPL", ...more }, settings(), open)).rejects.toThrow(
      reason,
    );
  });

  it("refuses a file whose bars are apart as no timeframe is, as those of months", async () => {
    const months = BARS.map((bar, index) => ({ ...bar, time: Date.UTC(2012, index + 1, 0) }));
    const file = await csv("months.csv", months);
    await expect(
      importBars({ csv: file, symbol: "BTCUSD", timeframe: "1Day" }, settings(), open),
    ).rejects.toThrow("months.csv: its bars are 31 days apart, not 1Day");
    const ninety = BARS.map((bar, index) => ({ ...bar, time: index * 90 * 60_000 }));
    await expect(
      importBars({ csv: await csv("ninety.csv", ninety), symbol: "X", timeframe: "1Hour" }, settings(), open),
    ).rejects.toThrow("ninety.csv: its bars are 90 minutes apart, not 1Hour");
    const friday = Date.UTC(2024, 0, 5);
    const weekend = BARS.slice(0, 2).map((bar, index) => ({ ...bar, time: friday + index * 3 * DAY_MS }));
    expect(
      await importBars(
        { csv: await csv("weekend.csv", weekend), symbol: "WKND", timeframe: "1Day" },
        settings(),
        open,
      ),
    ).toMatch(/2 of 2 in the file are new$/);
  });

  it("fetches from Alpaca once; backtests read what is there and fetch nothing", async () => {
    const asked = { symbol: "MSFT", timeframe: "1Min", ...period };
    expect(await importBars(asked, settings(), open)).toBe(
      "MSFT 1Min from alpaca iex: 50 bars are kept, 2026-01-01T00:00:00Z to 2026-01-01T00:49:00Z",
    );
    expect(requests()).toBe(1);
    const [input] = await readSymbols(asked, 0, settings, open);
    expect(input?.series.length).toBe(50);
    expect(input?.series.close[49]).toBe(BARS[49]?.close);
    expect(requests()).toBe(1);
  });
});

describe("--from-store", () => {
  it("reads what is kept without the network; bars before --from warm the indicators up", async () => {
    const before = requests();
    const [input] = await stored({ from: "2026-01-01T00:20:00Z", to: "2026-01-01T00:29:59Z" });
    expect(input).toMatchObject({ symbol: "AAPL", start: 20 });
    expect(input?.series.length).toBe(30);
    expect(requests()).toBe(before);
  });

  it("asks which, where bars of a symbol are kept from several places, and says what there is", async () => {
    const file = await csv("msft.csv");
    await importBars({ csv: file, symbol: "MSFT", timeframe: "1Min" }, settings(), open);
    await expect(stored({ symbol: "MSFT" })).rejects.toThrow(
      '1Min bars of MSFT are kept from several places: say --source "alpaca iex" or --source "csv"',
    );
    expect((await stored({ symbol: "MSFT", source: "csv" }))[0]?.series.length).toBe(50);
    await expect(stored({ symbol: "TSLA" })).rejects.toThrow(
      "no 1Min bars of TSLA are kept; alphaflow import-bars takes a file or fetches them",
    );
    await expect(stored({ source: "alpaca sip" })).rejects.toThrow(
      'no 1Min bars of AAPL are kept from alpaca sip; there is --source "csv"',
    );
  });
});

describe("--from-store beside what was never fetched", () => {
  const source = "alpaca iex";
  const days = walk(600, 4, DAY_MS).map((bar) => ({ ...bar, time: bar.time - 2_000 * DAY_MS }));
  const dayOf = (index: number): string => isoTime(days[index]?.time ?? 0).slice(0, 10);
  /** Days of the walk from index to index, with all that the source has of them. */
  const keep = async (symbol: string, from: number, to: number): Promise<void> => {
    const kept = days.slice(from, to + 1);
    const covers = { from: kept[0]?.time ?? 0, to: (kept.at(-1)?.time ?? 0) + DAY_MS - 1 };
    await archive.saveBars({ symbol, timeframe: "1Day", source }, kept, covers);
  };
  const read = (symbol: string, warmup: number, more: object = {}) =>
    readSymbols({ symbol, fromStore: true, ...more }, warmup, settings, open);

  beforeAll(async () => {
    for (const symbol of ["HOLE", "FULL"]) {
      await keep(symbol, 0, 199);
      await keep(symbol, 400, 599);
    }
    await keep("FULL", 200, 399);
  });

  it("refuses a period with a hole, and says what fetches it and what can be tested without", async () => {
    await expect(read("HOLE", 10)).rejects.toThrow(
      `1Day bars of HOLE from alpaca iex were never fetched between ${dayOf(200)} and ${dayOf(399)}; ` +
        `alphaflow import-bars --symbol HOLE --timeframe 1Day --from ${dayOf(200)} --to ${dayOf(399)} fetches them; ` +
        `or test without them: --to ${dayOf(199)}, or --from ${dayOf(421)}`,
    );
    expect((await read("FULL", 10))[0]).toMatchObject({ start: 0, series: { length: 600 } });
  });

  it("takes what it says can be tested, with nothing from beyond the hole as history", async () => {
    const [before] = await read("HOLE", 10, { to: dayOf(199) });
    expect([before?.start, before?.series.length]).toEqual([0, 200]);
    const [after] = await read("HOLE", 10, { from: dayOf(421) });
    expect([after?.start, after?.series.length, after?.series.time[0]]).toEqual([21, 200, days[400]?.time]);
  });

  it("refuses a hole among the bars that warm up, and none before them", async () => {
    await expect(read("HOLE", 10, { from: dayOf(420) })).rejects.toThrow(
      `never fetched between ${dayOf(399)} and ${dayOf(399)}`,
    );
    expect((await read("HOLE", 0, { from: dayOf(400) }))[0]?.start).toBe(0);
    // Nothing lies before the first day that is kept: as with a file, the warm-up is short.
    expect((await read("FULL", 10, { from: dayOf(3) }))[0]?.start).toBe(3);
  });

  it("refuses days before and after all that was fetched, but not those that nobody can fetch yet", async () => {
    const [early, late] = [isoTime((days[0]?.time ?? 0) - 5 * DAY_MS).slice(0, 10), "2026-01-01"];
    await expect(read("FULL", 10, { from: early })).rejects.toThrow(
      `never fetched between ${early} and ${isoTime((days[0]?.time ?? 0) - DAY_MS).slice(0, 10)}`,
    );
    await expect(read("FULL", 10, { to: late })).rejects.toThrow(
      /never fetched between .* and 2026-01-01; .*or test without them: --to/,
    );
    const today = isoTime(Date.now()).slice(0, 10);
    const history = { symbol: "NEW", timeframe: "1Day", source } as const;
    const recent = days
      .slice(0, 5)
      .map((bar, index) => ({ ...bar, time: Date.now() - (6 - index) * DAY_MS }));
    const covers = { from: recent[0]?.time ?? 0, to: Date.now() - DAY_MS };
    await archive.saveBars(history, recent, covers);
    expect((await read("NEW", 0, { to: today }))[0]?.series.length).toBe(5);
  });
});
