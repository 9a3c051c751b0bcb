import { TIMEFRAME_MS, type Bar, type Timeframe } from "../../core/bar.ts";
import { sessionAt } from "./exchange-day.ts";
import { hashBits, pathKey } from "./noise.ts";
import { pricePath, type PricePath } from "./price-path.ts";
import { LISTED } from "./tickers.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Closed daily bars that are kept; they cost 1,440 minutes each. */
const DAILY_BARS_KEPT = 50_000;

export interface Crossing {
  readonly atMs: number;
  readonly price: number;
}

/** Half the spread as a fraction of the price; at least one cent. */
const HALF_SPREAD = 0.0001;

/** The sandbox's prices: pure functions of the seed, the symbol and simulated time (epoch ms). */
export interface SimulatedMarket {
  readonly seed: number;
  /** Half the spread that market orders and stops pay at this price, USD. */
  halfSpread(price: number): number;
  /** Price of the latest trade at `atMs`. Any symbol of one to five letters (with a class: BRK.B) has one; else RangeError. */
  price(symbol: string, atMs: number): number;
  /**
   * Bars whose start lies in [startMs, endMs], ascending. As at Alpaca the last one may still be forming at `nowMs`; only its
   * time tells, and nothing after `nowMs` is in it. 1Day bars span the exchange's day, the others are aligned to UTC.
   */
  bars(symbol: string, timeframe: Timeframe, startMs: number, endMs: number, nowMs: number): readonly Bar[];
  /** First trade in (afterMs, untilMs] at or below (above) `level`. */
  firstTrade(
    symbol: string,
    where: "at_or_below" | "at_or_above",
    level: number,
    afterMs: number,
    untilMs: number,
  ): Crossing | undefined;
}

export function createMarket(seed: number): SimulatedMarket {
  const paths = new Map<string, PricePath>();
  const dailyBars = new Map<string, Bar>();

  function pathOf(symbol: string): PricePath {
    const known = paths.get(symbol);
    if (known !== undefined) return known;
    if (!/^[A-Z]{1,5}(\.[A-Z])?$/.test(symbol))
      throw new RangeError(`"${symbol}" is not a symbol like AAPL or BRK.B`);
    const base = LISTED.get(symbol) ?? 50 + (hashBits(pathKey(seed, symbol), 0, 0) % 400);
    const path = pricePath(seed, symbol, base);
    paths.set(symbol, path);
    return path;
  }

  function bars(
    symbol: string,
    timeframe: Timeframe,
    startMs: number,
    endMs: number,
    nowMs: number,
  ): readonly Bar[] {
    const found: Bar[] = [];
    const last = Math.min(endMs, nowMs);
    for (let time = firstStart(timeframe, startMs); time <= last;) {
      const end = endOf(timeframe, time);
      found.push(end <= nowMs ? closedBar(symbol, timeframe, time, end) : formingBar(symbol, time, nowMs));
      time = end;
    }
    return found;
  }

  function closedBar(symbol: string, timeframe: Timeframe, time: number, end: number): Bar {
    const key = `${symbol} ${time}`;
    const known = timeframe === "1Day" ? dailyBars.get(key) : undefined;
    if (known !== undefined) return known;
    const bar = { time, ...pathOf(symbol).candle(time / MINUTE_MS, end / MINUTE_MS - 1) };
    if (timeframe === "1Day") {
      if (dailyBars.size >= DAILY_BARS_KEPT) dailyBars.clear();
      dailyBars.set(key, bar);
    }
    return bar;
  }

  function formingBar(symbol: string, time: number, nowMs: number): Bar {
    const path = pathOf(symbol);
    const minute = Math.floor(nowMs / MINUTE_MS);
    const newest = path.formingCandle(Math.floor(nowMs / SECOND_MS));
    if (minute * MINUTE_MS === time) return { time, ...newest };
    const before = path.candle(time / MINUTE_MS, minute - 1);
    return {
      time,
      open: before.open,
      high: Math.max(before.high, newest.high),
      low: Math.min(before.low, newest.low),
      close: newest.close,
      volume: before.volume + newest.volume,
    };
  }

  function firstTrade(
    symbol: string,
    where: "at_or_below" | "at_or_above",
    level: number,
    afterMs: number,
    untilMs: number,
  ): Crossing | undefined {
    const path = pathOf(symbol);
    const reached = (price: number): boolean => (where === "at_or_below" ? price <= level : price >= level);
    const last = Math.floor(untilMs / SECOND_MS);
    let second = Math.floor(afterMs / SECOND_MS) + 1;
    while (second <= last) {
      const minute = Math.floor(second / 60);
      const endOfMinute = Math.min(minute * 60 + 59, last);
      const whole = path.candle(minute, minute);
      if (reached(where === "at_or_below" ? whole.low : whole.high))
        for (let at = second; at <= endOfMinute; at++) {
          const price = path.priceAt(at);
          if (reached(price)) return { atMs: at * SECOND_MS, price };
        }
      second = endOfMinute + 1;
    }
    return undefined;
  }

  return {
    seed,
    halfSpread: (price) => Math.max(1, Math.round(price * HALF_SPREAD * 100)) / 100,
    price: (symbol, atMs) => pathOf(symbol).priceAt(Math.floor(atMs / SECOND_MS)),
    bars,
    firstTrade,
  };
}

/** The first bar start at or after `startMs`. */
function firstStart(timeframe: Timeframe, startMs: number): number {
  if (timeframe !== "1Day") return Math.ceil(startMs / TIMEFRAME_MS[timeframe]) * TIMEFRAME_MS[timeframe];
  const { openMs, closeMs } = sessionAt(startMs);
  return openMs === startMs ? openMs : closeMs;
}

function endOf(timeframe: Timeframe, time: number): number {
  return timeframe === "1Day" ? sessionAt(time).closeMs : time + TIMEFRAME_MS[timeframe];
}
