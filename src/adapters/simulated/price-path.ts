import { cycleAt, cycleLength, levelAt, type Cycle } from "./cycle.ts";
import { hashBits, pathKey } from "./noise.ts";

/** Open, high, low, close and volume of a stretch of trades. Prices in USD, whole cents. */
interface Candle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/**
 * One symbol's trades: one a simulated second, a pure function of (seed, symbol, second). Minutes and seconds count from
 * the epoch. Nothing is accumulated, so any stretch of history costs the same and never changes.
 */
export interface PricePath {
  /** The trade of that second. */
  priceAt(second: number): number;
  /** All trades of the minutes from `first` to `last`, both included. */
  candle(first: number, last: number): Candle;
  /** The trades of one minute up to and including `second`. */
  formingCandle(second: number): Candle;
}

// Close-to-close noise stays well under quick_test's 0.1 %; the wide wicks make an ATR of about 0.3 %.
const NOISE_STEP = 0.0004 / 255;
const WICK = 0.001;
const WICK_STEP = 0.0006 / 255;
const PLUNGE_DEPTH = 0.022;
/** A minute's volume in lots is this and up to 255 more, times how busy it is. */
const QUIET_VOLUME = 190;
const MINUTE_LAYER = 31;
const TIMING_LAYER = 32;
const VOLUME_LAYER = 33;

export function pricePath(seed: number, symbol: string, base: number): PricePath {
  const key = pathKey(seed, symbol);
  const length = cycleLength(key);
  const lot = 20 + 2 * (hashBits(key, VOLUME_LAYER, 0) % 40);
  let cycle = cycleAt(key, length, 0);

  function cycleOf(minute: number): Cycle {
    if (minute < cycle.start || minute >= cycle.end) cycle = cycleAt(key, length, minute);
    return cycle;
  }

  /** The price at the close of `minute`, not yet rounded. */
  function closeOf(at: Cycle, minute: number, bits: number): number {
    return base * levelAt(at, minute - at.start) * (1 + ((bits & 255) - 127.5) * NOISE_STEP);
  }

  // The hot loop of daily bars: one hash a minute, and rounding, which keeps order, only once at the end.
  function candle(first: number, last: number): Candle {
    const open = closeOf(cycleOf(first - 1), first - 1, hashBits(key, MINUTE_LAYER, first - 1));
    let high = open;
    let low = open;
    let volume = 0;
    let before = open;
    let now = cycleOf(first);
    for (let minute = first; minute <= last; minute++) {
      if (minute >= now.end) now = cycleOf(minute);
      const bits = hashBits(key, MINUTE_LAYER, minute);
      const close = closeOf(now, minute, bits);
      const top = Math.max(close, before) * (1 + WICK + WICK_STEP * ((bits >>> 8) & 255));
      const under = Math.min(close, before) * (1 - WICK - WICK_STEP * ((bits >>> 16) & 255));
      const bottom = minute === now.plungeAt ? before * (1 - PLUNGE_DEPTH) : under;
      if (top > high) high = top;
      if (bottom < low) low = bottom;
      volume += now.activity * (now.script.bustle[minute - now.start] ?? 1) * (QUIET_VOLUME + (bits >>> 24));
      before = close;
    }
    return {
      open: cents(open),
      high: cents(high),
      low: cents(low),
      close: cents(before),
      volume: volume * lot,
    };
  }

  /** The corners of the way through one minute: second of the minute and price. The trades lie on the lines between. */
  function corners(minute: number): readonly (readonly [second: number, price: number])[] {
    const whole = candle(minute, minute);
    const timing = hashBits(key, TIMING_LAYER, minute);
    const highFirst = cycleOf(minute).plungeAt === minute || (timing & 1) === 1;
    return [
      [0, whole.open],
      [8 + ((timing >>> 1) % 12), highFirst ? whole.high : whole.low],
      [32 + ((timing >>> 8) % 12), highFirst ? whole.low : whole.high],
      [59, whole.close],
    ];
  }

  function priceAt(second: number): number {
    const minute = Math.floor(second / 60);
    return between(corners(minute), second - minute * 60);
  }

  function formingCandle(second: number): Candle {
    const minute = Math.floor(second / 60);
    const part = second - minute * 60;
    const way = corners(minute);
    const close = between(way, part);
    const prices = [...way.filter(([at]) => at <= part).map(([, price]) => price), close];
    return {
      open: prices[0] ?? close,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close,
      volume: Math.floor((candle(minute, minute).volume * (part + 1)) / 60),
    };
  }

  return { priceAt, candle, formingCandle };
}

function between(way: readonly (readonly [second: number, price: number])[], second: number): number {
  let [fromSecond, fromPrice] = way[0] ?? [0, Number.NaN];
  for (const [toSecond, toPrice] of way) {
    if (second <= toSecond) {
      if (second === toSecond) return toPrice;
      const part = (second - fromSecond) / (toSecond - fromSecond);
      return cents(fromPrice + (toPrice - fromPrice) * part);
    }
    fromSecond = toSecond;
    fromPrice = toPrice;
  }
  return fromPrice;
}

function cents(price: number): number {
  return Math.round(price * 100) / 100;
}
