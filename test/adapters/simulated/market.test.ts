import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sessionAt, sessionsBetween } from "../../../src/adapters/simulated/exchange-day.ts";
import { createMarket } from "../../../src/adapters/simulated/market.ts";
import { LISTED } from "../../../src/adapters/simulated/tickers.ts";
import { TIMEFRAME_MS, TIMEFRAMES, type Bar } from "../../../src/core/bar.ts";
import { exchangeDay } from "../../../src/core/calendar.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 5, 15, 17, 42);

const symbols = fc.constantFrom(...LISTED.keys());
const moments = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2060, 0, 1) });

function merged(bars: readonly Bar[]): Omit<Bar, "time"> {
  return {
    open: bars[0]!.open,
    high: Math.max(...bars.map((bar) => bar.high)),
    low: Math.min(...bars.map((bar) => bar.low)),
    close: bars.at(-1)!.close,
    volume: bars.reduce((sum, bar) => sum + bar.volume, 0),
  };
}

describe("the simulated market", () => {
  it("gives the same prices for the same seed, whoever asks first for what", () => {
    fc.assert(
      fc.property(fc.integer(), symbols, moments, moments, (seed, symbol, first, second) => {
        const one = createMarket(seed);
        const other = createMarket(seed);
        const forwards = [one.price(symbol, first), one.price(symbol, second)];
        const backwards = [other.price(symbol, second), other.price(symbol, first)].reverse();
        expect(forwards).toEqual(backwards);
      }),
    );
  });

  it("differs from seed to seed and from symbol to symbol", () => {
    const bars = (seed: number, symbol: string): string =>
      JSON.stringify(createMarket(seed).bars(symbol, "1Min", NOW - HOUR, NOW - MINUTE, NOW));
    expect(bars(1, "AAPL")).not.toBe(bars(2, "AAPL"));
    expect(bars(1, "GOOG")).not.toBe(bars(1, "GOOGL"));
  });

  it("has a history for every plausible symbol and names what is none", () => {
    const market = createMarket(1);
    for (const symbol of ["F", "AAPL", "BRK.B", "QWERT"])
      expect(market.price(symbol, NOW), `price of ${symbol}`).toBeGreaterThan(1);
    for (const symbol of ["", "aapl", "TOOLONG", "A B", "BRK.BB"])
      expect(() => market.price(symbol, NOW), `price of ${symbol}`).toThrow(
        /is not a symbol like AAPL or BRK\.B/,
      );
  });

  it.each(TIMEFRAMES.filter((timeframe) => timeframe !== "1Min"))(
    "makes each %s bar of its 1Min bars",
    (timeframe) => {
      const market = createMarket(1);
      const days = timeframe === "1Day" ? 4 : 1;
      const bars = market.bars("MSFT", timeframe, NOW - days * DAY, NOW, NOW);
      expect(bars.length).toBeGreaterThanOrEqual(days);
      for (const [index, bar] of bars.entries()) {
        const endMs = bars[index + 1]?.time ?? NOW + 1;
        const { time, ...rest } = bar;
        expect(rest).toEqual(merged(market.bars("MSFT", "1Min", time, endMs - 1, NOW)));
      }
    },
  );

  it("keeps a closed bar as it is for ever", () => {
    const market = createMarket(1);
    for (const timeframe of TIMEFRAMES) {
      const before = market.bars("AAPL", timeframe, NOW - 3 * DAY, NOW, NOW);
      const later = createMarket(1).bars("AAPL", timeframe, NOW - 3 * DAY, NOW, NOW + 40 * DAY);
      const closed = before.slice(0, -1);
      expect(closed.length, `closed ${timeframe} bars`).toBeGreaterThan(1);
      expect(later.slice(0, closed.length), `closed ${timeframe} bars`).toEqual(closed);
      expect(later[closed.length], `${timeframe}: the forming bar goes on`).not.toEqual(before.at(-1));
    }
  });

  it("puts into the forming bar what has traded up to now, and nothing after", () => {
    fc.assert(
      fc.property(symbols, moments, (symbol, nowMs) => {
        const market = createMarket(1);
        const start = Math.floor(nowMs / MINUTE) * MINUTE;
        const prices: number[] = [];
        for (let at = start; at <= nowMs; at += SECOND) prices.push(market.price(symbol, at));
        const bars = market.bars(symbol, "1Min", start, nowMs + HOUR, nowMs);
        expect(bars).toHaveLength(1);
        expect(bars[0]).toMatchObject({
          time: start,
          open: prices[0],
          high: Math.max(...prices),
          low: Math.min(...prices),
          close: prices.at(-1),
        });
      }),
    );
  });

  it("trades exactly between the high and the low of each closed minute", () => {
    fc.assert(
      fc.property(symbols, moments, (symbol, atMs) => {
        const market = createMarket(1);
        const start = Math.floor(atMs / MINUTE) * MINUTE;
        const prices = Array.from({ length: 60 }, (_, second) =>
          market.price(symbol, start + second * SECOND),
        );
        const [bar] = market.bars(symbol, "1Min", start, start, start + MINUTE);
        expect({
          open: prices[0],
          high: Math.max(...prices),
          low: Math.min(...prices),
          close: prices[59],
        }).toEqual({
          open: bar!.open,
          high: bar!.high,
          low: bar!.low,
          close: bar!.close,
        });
      }),
    );
  });

  it("gives bars whose start lies within the range, aligned, in whole cents and whole shares", () => {
    fc.assert(
      fc.property(
        symbols,
        fc.constantFrom(...TIMEFRAMES),
        moments,
        fc.integer({ min: 0, max: 3 * DAY }),
        (symbol, timeframe, startMs, span) => {
          const bars = createMarket(7).bars(symbol, timeframe, startMs, startMs + span, startMs + 9 * DAY);
          for (const bar of bars) {
            expect(bar.time).toBeGreaterThanOrEqual(startMs);
            expect(bar.time).toBeLessThanOrEqual(startMs + span);
            const aligned =
              timeframe === "1Day"
                ? sessionAt(bar.time).openMs === bar.time
                : bar.time % TIMEFRAME_MS[timeframe] === 0;
            expect(aligned).toBe(true);
            expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
            expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
            for (const price of [bar.open, bar.high, bar.low, bar.close])
              expect(Number(price.toFixed(2))).toBe(price);
            expect(Number.isInteger(bar.volume)).toBe(true);
            expect(bar.volume).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stays near each base price over two years", () => {
    const market = createMarket(1);
    for (const symbol of ["AAPL", "MSFT", "KO", "LLY"]) {
      const base = LISTED.get(symbol)!;
      const closes = market.bars(symbol, "1Day", NOW - 730 * DAY, NOW, NOW).map((bar) => bar.close / base);
      expect(Math.min(...closes), `${symbol} against its base`).toBeGreaterThan(0.65);
      expect(Math.max(...closes), `${symbol} against its base`).toBeLessThan(1.4);
    }
  });

  it("makes 500 daily bars of ten symbols", () => {
    const market = createMarket(3);
    for (const symbol of [...LISTED.keys()].slice(0, 10))
      expect(market.bars(symbol, "1Day", NOW - 500 * DAY, NOW, NOW)).toHaveLength(500);
  });

  it("finds the first trade at or beyond a level as a look at every trade does", () => {
    const market = createMarket(1);
    fc.assert(
      fc.property(
        moments,
        fc.integer({ min: -80, max: 80 }),
        fc.integer({ min: 0, max: 200 * SECOND }),
        fc.constantFrom("at_or_below" as const, "at_or_above" as const),
        (afterMs, offset, span, where) => {
          const level = market.price("AAPL", afterMs) + offset / 100;
          let expected: { atMs: number; price: number } | undefined;
          for (
            let at = Math.floor(afterMs / SECOND + 1) * SECOND;
            at <= afterMs + span && expected === undefined;
            at += SECOND
          ) {
            const price = market.price("AAPL", at);
            if (where === "at_or_below" ? price <= level : price >= level) expected = { atMs: at, price };
          }
          expect(market.firstTrade("AAPL", where, level, afterMs, afterMs + span)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the sandbox's session", () => {
  it("is the exchange's whole day, so that every instant lies in the session of its New York date", () => {
    fc.assert(
      fc.property(moments, (atMs) => {
        const { closeMs, date, openMs } = sessionAt(atMs);
        expect(date).toBe(exchangeDay(atMs));
        expect(openMs).toBeLessThanOrEqual(atMs);
        expect(closeMs).toBeGreaterThan(atMs);
      }),
    );
  });

  it("has one a day, weekends too, end to end over both clock changes of 2026", () => {
    for (const [from, to, hours] of [
      ["2026-03-06", "2026-03-10", [24, 24, 23, 24, 24]],
      ["2026-10-30", "2026-11-03", [24, 24, 25, 24, 24]],
    ] as const) {
      const sessions = sessionsBetween(from, to);
      expect(sessions.map(({ closeMs, openMs }) => (closeMs - openMs) / HOUR)).toEqual(hours);
      expect(sessions.slice(1).map(({ openMs }) => openMs)).toEqual(
        sessions.slice(0, -1).map(({ closeMs }) => closeMs),
      );
    }
  });

  it("names days that are not written as days", () => {
    expect(() => sessionsBetween("2026-3-6", "tomorrow")).toThrow(
      /YYYY-MM-DD; found "2026-3-6" and "tomorrow"/,
    );
  });
});
