import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { isoTime } from "../src/core/iso-time.ts";
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
