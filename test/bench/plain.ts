import type { BarSeries } from "../../src/core/bar-series.ts";

/** What the plain loops are compared by, so that both sides are seen to have done the same work. */
export interface PlainResult {
  readonly trades: number;
  readonly finalEquity: number;
  /** Entry bar, exit bar, entry price, exit price and shares of each trade, one after another. */
  readonly fills: Float64Array;
}

/** Numbers of one trade in `fills`. */
export const FILL_WIDTH = 5;

function grown(fills: Float64Array): Float64Array {
  const more = new Float64Array(fills.length * 2);
  more.set(fills);
  return more;
}

const CASH = 100_000;
const FRACTION = 0.95;
const STOP_ATR = 2;
const TIE = 1e-12;

/**
 * The yardstick: ma_crossover (10/30 unless told) with ATR stop, sizing and fills as one hand-written loop over typed arrays, without
 * kernels, decide or statistics: the equity curve and the fills are all that it keeps.
 */
export function plainMaCrossover(bars: BarSeries, fast = 10, slow = 30): PlainResult {
  const { open, high, low, close, length } = bars;
  const equity = new Float64Array(length);
  let fastSum = 0;
  let slowSum = 0;
  let before = 0;
  let atr = 0;
  let cash = CASH;
  let shares = 0;
  let stop = 0;
  let pendingShares = 0;
  let pendingStop = 0;
  let entryBar = 0;
  let entryPrice = 0;
  let fills: Float64Array = new Float64Array(64 * FILL_WIDTH);
  let trades = 0;
  for (let t = 0; t < length; t += 1) {
    const o = open[t]!;
    const l = low[t]!;
    const c = close[t]!;
    let sold = 0;
    if (pendingShares < 0) sold = o;
    else if (pendingShares > 0 && pendingShares * o <= cash) {
      cash -= pendingShares * o;
      shares = pendingShares;
      stop = pendingStop;
      entryBar = t;
      entryPrice = o;
    }
    pendingShares = 0;
    if (sold === 0 && shares > 0 && l <= stop) sold = Math.min(o, stop);
    if (sold > 0) {
      const row = trades * FILL_WIDTH;
      if (row === fills.length) fills = grown(fills);
      fills[row] = entryBar;
      fills[row + 1] = t;
      fills[row + 2] = entryPrice;
      fills[row + 3] = sold;
      fills[row + 4] = shares;
      cash += shares * sold;
      shares = 0;
      trades += 1;
    }
    const worth = cash + shares * c;
    equity[t] = worth;
    if (t > 0) {
      const h = high[t]!;
      const p = close[t - 1]!;
      const range = Math.max(h - l, Math.abs(h - p), Math.abs(l - p));
      if (t <= 14) atr += range / 14;
      else atr = (atr * 13 + range) / 14;
    }
    fastSum += c;
    slowSum += c;
    if (t >= fast) fastSum -= close[t - fast]!;
    if (t >= slow) slowSum -= close[t - slow]!;
    if (t < slow - 1) continue;
    const difference = fastSum / fast - slowSum / slow;
    const now = difference > TIE * c ? 1 : difference < -TIE * c ? -1 : 0;
    if (t >= slow && now !== before) {
      if (now > 0 && shares === 0) {
        const size = Math.floor((FRACTION * worth) / c);
        const at = c - STOP_ATR * atr;
        if (size >= 1) {
          pendingShares = size;
          pendingStop = at > 0 ? at : 0;
        }
      } else if (now < 0 && shares > 0) pendingShares = -1;
    }
    before = now;
  }
  return { trades, finalEquity: equity[length - 1] ?? CASH, fills };
}

/** The same fills as a plain loop over given signals. */
export function plainFills(bars: BarSeries, signals: Int8Array): PlainResult {
  const { open, high, low, close, length } = bars;
  const equity = new Float64Array(length);
  let atr = 0;
  let cash = CASH;
  let shares = 0;
  let stop = 0;
  let pendingShares = 0;
  let pendingStop = 0;
  let entryBar = 0;
  let entryPrice = 0;
  let fills: Float64Array = new Float64Array(64 * FILL_WIDTH);
  let trades = 0;
  for (let t = 0; t < length; t += 1) {
    const o = open[t]!;
    const l = low[t]!;
    const c = close[t]!;
    let sold = 0;
    if (pendingShares < 0) sold = o;
    else if (pendingShares > 0 && pendingShares * o <= cash) {
      cash -= pendingShares * o;
      shares = pendingShares;
      stop = pendingStop;
      entryBar = t;
      entryPrice = o;
    }
    pendingShares = 0;
    if (sold === 0 && shares > 0 && l <= stop) sold = Math.min(o, stop);
    if (sold > 0) {
      const row = trades * FILL_WIDTH;
      if (row === fills.length) fills = grown(fills);
      fills[row] = entryBar;
      fills[row + 1] = t;
      fills[row + 2] = entryPrice;
      fills[row + 3] = sold;
      fills[row + 4] = shares;
      cash += shares * sold;
      shares = 0;
      trades += 1;
    }
    const worth = cash + shares * c;
    equity[t] = worth;
    if (t > 0) {
      const h = high[t]!;
      const p = close[t - 1]!;
      const range = Math.max(h - l, Math.abs(h - p), Math.abs(l - p));
      atr = t <= 14 ? atr + range / 14 : (atr * 13 + range) / 14;
    }
    const signal = signals[t]!;
    if (signal > 0 && shares === 0) {
      pendingShares = Math.floor((FRACTION * worth) / c);
      pendingStop = t >= 14 ? Math.max(0, c - STOP_ATR * atr) : 0;
    } else if (signal < 0 && shares > 0) pendingShares = -1;
  }
  return { trades, finalEquity: equity[length - 1] ?? CASH, fills };
}
