import { describe, expect, it } from "vitest";
import { cachedBars } from "../../src/app/cached-bars.ts";
import type { Bar, Timeframe } from "../../src/core/bar.ts";
import { barsOfCloses, MINUTE_MS } from "../core/series-builder.ts";
import { describeBars } from "../contracts/ledger-bars.ts";
import { fakeBarArchive } from "../support/fake-bar-archive.ts";
import { silentLog } from "../support/silent-log.ts";

const DAY_MS = 86_400_000;
/** Monday 2026-02-02, 20:00 UTC. */
const NOW_MS = Date.parse("2026-02-02T20:00:00Z");
const START_MS = Date.parse("2026-02-02T14:30:00Z");

function ground(timeframe: Timeframe, made: readonly Bar[]) {
  let bars = made;
  const asked: (readonly [from: number, to: number])[] = [];
  const archive = fakeBarArchive();
  const cache = cachedBars({
    archive,
    source: "alpaca iex",
    log: silentLog,
    nowMs: () => NOW_MS,
    market: {
      bars: async (_timeframe, symbols, from, to) => {
        asked.push([from, to]);
        return new Map(symbols.map((each) => [each, bars.filter(({ time }) => time >= from && time <= to)]));
      },
    },
  });
  return {
    archive,
    change: (changed: readonly Bar[]) => void (bars = changed),
    /** The bars, and the stretches that the market was asked for meanwhile. */
    get: async (from: number, to: number) => {
      asked.length = 0;
      const found = await cache.bars(timeframe, ["T"], from, to);
      return { bars: found.get("T") ?? [], asked: [...asked] };
    },
  };
}

const minutes = barsOfCloses(
  Array.from({ length: 330 }, (_, index) => 100 + (index % 7)),
  MINUTE_MS,
  START_MS,
);
const at = (minute: number): number => START_MS + minute * MINUTE_MS;

describe("past bars through the archive", () => {
  it("are fetched once, and of a longer stretch only what is missing, from the bars beside it on", async () => {
    const { get } = ground("1Min", minutes);
    const once = await get(at(100), at(200));
    expect(once).toEqual({ bars: minutes.slice(100, 201), asked: [[at(100), at(200)]] });
    expect(await get(at(100), at(200))).toEqual({ ...once, asked: [] });
    expect(await get(at(120), at(150))).toEqual({ bars: minutes.slice(120, 151), asked: [] });
    const longer = await get(at(50), at(250));
    expect(longer.bars).toEqual(minutes.slice(50, 251));
    expect(longer.asked).toEqual([
      [at(50), at(100)],
      [at(200), at(250)],
    ]);
  });

  it("that never were are not asked for again, nor made up", async () => {
    const quiet = minutes.filter((_, index) => index < 100 || index > 140);
    const { get } = ground("1Min", quiet);
    await get(at(0), at(200));
    expect(await get(at(90), at(150))).toEqual({
      bars: [...minutes.slice(90, 100), ...minutes.slice(141, 151)],
      asked: [],
    });
  });

  it("younger than a quarter of an hour are given, not kept, and fetched again", async () => {
    const { get, archive } = ground("1Min", minutes);
    // Closed since 15 minutes at 20:00: what began until 19:44, minute 314.
    const found = await get(at(300), NOW_MS);
    expect(found.bars).toEqual(minutes.slice(300));
    expect(await archive.coverage({ symbol: "T", timeframe: "1Min", source: "alpaca iex" })).toEqual([
      { from: at(300), to: at(314) },
    ]);
    expect((await get(at(300), NOW_MS)).asked).toEqual([[at(314) + 1, NOW_MS]]);
  });

  it("of days are kept when their day in New York is over", async () => {
    const midnight = Date.parse("2026-01-26T05:00:00Z");
    const days = barsOfCloses([100, 101, 102, 103, 104, 105, 106, 107], DAY_MS, midnight);
    const { get, archive } = ground("1Day", days);
    expect((await get(midnight, NOW_MS)).bars).toEqual(days);
    const kept = await archive.histories("T", "1Day");
    expect(kept).toMatchObject([{ bars: 7, lastMs: midnight + 6 * DAY_MS }]);
  });

  it("are fetched anew where the source has adjusted them since, as a split does", async () => {
    const { get, change } = ground("1Min", minutes);
    await get(at(0), at(100));
    const halved = minutes.map((bar) => ({
      ...bar,
      open: bar.open / 2,
      high: bar.high / 2,
      low: bar.low / 2,
      close: bar.close / 2,
    }));
    change(halved);
    const { bars, asked } = await get(at(0), at(200));
    expect(bars).toEqual(halved.slice(0, 201));
    expect(asked).toEqual([
      [at(100), at(200)],
      [at(0), at(200)],
    ]);
  });

  it("with one bad bar among them are refused by its name, and none is kept", async () => {
    const broken = minutes.map((bar, index) => (index === 5 ? { ...bar, close: Number.NaN } : bar));
    const { get, change } = ground("1Min", broken);
    await expect(get(at(0), at(50))).rejects.toThrow(
      "alpaca iex sent a bad bar, none was kept: T bar 5 (2026-02-02T14:35:00Z): close NaN is not a price",
    );
    change(minutes);
    expect(await get(at(0), at(50))).toEqual({ bars: minutes.slice(0, 51), asked: [[at(0), at(50)]] });
  });
});

describe("the archive in memory", () => {
  const archive = fakeBarArchive();
  describeBars(() => archive);
});
