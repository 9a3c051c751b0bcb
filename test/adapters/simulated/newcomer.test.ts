import { describe, expect, it } from "vitest";
import { createMarket, type SimulatedMarket } from "../../../src/adapters/simulated/market.ts";
import { DEFAULT_SEED } from "../../../src/adapters/simulated/sandbox.ts";
import type { Bar } from "../../../src/core/bar.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A simulated minute a wall second. */
const WALL_SECOND = MINUTE;
const EPOCH = Date.UTC(2026, 0, 5);

/** Wilder's ATR(14), as STRATEGIES.md defines it, at each bar; undefined before bar 14. */
function atr14(bars: readonly Bar[]): readonly (number | undefined)[] {
  let average: number | undefined;
  let sum = 0;
  return bars.map((bar, index) => {
    const before = bars[index - 1]?.close;
    if (before === undefined) return undefined;
    const range = Math.max(bar.high - bar.low, Math.abs(bar.high - before), Math.abs(bar.low - before));
    if (index <= 14) sum += range;
    if (index === 14) average = sum / 14;
    else if (average !== undefined) average = (average * 13 + range) / 14;
    return average;
  });
}

interface Seen {
  entries: number;
  signalExits: number;
  stops: number;
}

/**
 * What quick_test and the engine make of one symbol from `startMs` on: a tick every two wall seconds (a little late each time), the
 * newest closed bar enters, a SELL in any bar since the last tick exits, the stop rests 0.6 s after the entry's tick at the
 * latest trade less 2 × ATR(14), and an exit's cancel takes 0.3 s.
 */
function trade(market: SimulatedMarket, symbol: string, startMs: number, wallSeconds: number): Seen {
  const warmup = 150;
  const endMs = startMs + wallSeconds * WALL_SECOND;
  const first = Math.floor(startMs / MINUTE) * MINUTE - warmup * MINUTE;
  const bars = market.bars(symbol, "1Min", first, endMs, endMs);
  const atr = atr14(bars);
  const change = (index: number): number => (bars[index]?.close ?? 0) / (bars[index - 1]?.close ?? 1) - 1;
  const seen: Seen = { entries: 0, signalExits: 0, stops: 0 };
  let stop: { readonly price: number; checkedMs: number } | undefined;
  let decided = Math.floor((startMs - first) / MINUTE) - 2;
  for (let tick = 0; tick * 2 < wallSeconds; tick++) {
    const late = (tick * 7) % 5;
    const nowMs = startMs + (tick * 2 + late * 0.03) * WALL_SECOND;
    const newest = Math.floor((nowMs - first) / MINUTE) - 1;
    let sell = false;
    for (let index = decided + 1; index <= newest; index++) sell ||= change(index) < -0.001;
    decided = newest;
    if (stop !== undefined) {
      const untilMs = sell ? nowMs + 0.3 * WALL_SECOND : nowMs;
      if (market.firstTrade(symbol, "at_or_below", stop.price, stop.checkedMs, untilMs) !== undefined) {
        seen.stops += 1;
        stop = undefined;
      } else if (sell) {
        seen.signalExits += 1;
        stop = undefined;
      } else stop.checkedMs = nowMs;
    } else if (change(newest) > 0.001) {
      seen.entries += 1;
      stop = {
        price: market.price(symbol, nowMs) - 2 * (atr[newest] ?? Number.NaN),
        checkedMs: nowMs + 0.6 * WALL_SECOND,
      };
    }
  }
  return seen;
}

/** Whether somebody who starts quick_test on the pair sees all three within two minutes. */
function seesEverything(market: SimulatedMarket, startMs: number): boolean {
  const [apple, microsoft] = [trade(market, "AAPL", startMs, 120), trade(market, "MSFT", startMs, 120)];
  return (
    apple.entries + microsoft.entries > 0 &&
    apple.signalExits + microsoft.signalExits > 0 &&
    apple.stops + microsoft.stops > 0
  );
}

/** Starts that fall on every part of the cycles and of a minute. */
function starts(count: number): readonly number[] {
  return Array.from(
    { length: count },
    (_, index) => EPOCH + index * 97 * MINUTE + ((index * 7_919) % MINUTE),
  );
}

describe("the first two minutes of quick_test on AAPL,MSFT", () => {
  it("show a BUY, a SELL by signal and a stop-loss from whatever moment on under the default seed", () => {
    const market = createMarket(DEFAULT_SEED);
    const missed = starts(1_000).filter((startMs) => !seesEverything(market, startMs));
    expect(missed.map((startMs) => new Date(startMs).toISOString())).toEqual([]);
  });

  it("show all three in at least 99.9 % of starts over 150 seeds", () => {
    let seen = 0;
    let all = 0;
    for (let seed = 0; seed < 150; seed++) {
      const market = createMarket(seed);
      for (const startMs of starts(10)) {
        all += 1;
        if (seesEverything(market, startMs + seed * HOUR)) seen += 1;
      }
    }
    expect(seen / all).toBeGreaterThanOrEqual(0.999);
  });

  it("are no storm: one entry a symbol every 20 to 30 wall seconds", () => {
    const market = createMarket(DEFAULT_SEED);
    for (const symbol of ["AAPL", "MSFT", "NVDA", "SPY", "BRK.B"]) {
      const seconds = 20_000;
      const { entries } = trade(market, symbol, EPOCH, seconds);
      expect(seconds / entries, `${symbol}: wall seconds an entry`).toBeGreaterThan(20);
      expect(seconds / entries, `${symbol}: wall seconds an entry`).toBeLessThan(31);
    }
  });
});
