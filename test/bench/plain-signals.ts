import type { BarSeries } from "../../src/core/bar-series.ts";

const TIE = 1e-12;

/** The signals of a strategy with its defaults, as one would write them by hand: a plain loop over typed arrays each. */
export function plainSignals(id: string, bars: BarSeries): Int8Array {
  const signals = new Int8Array(bars.length);
  switch (id) {
    case "ma_crossover":
      return crossover(bars, signals);
    case "rsi_mean_reversion":
      return rsi(bars, signals);
    case "momentum":
      return change(bars, signals, 20, 0.02);
    case "mean_reversion":
      return zScore(bars, signals);
    case "quick_test":
      return change(bars, signals, 1, 0.001);
    case "multi_timeframe":
      return confluence(bars, signals);
    case "volatility_breakout":
      return breakout(bars, signals);
    default:
      throw new Error(`no plain loop for ${id}`);
  }
}

function crossover({ close, length }: BarSeries, signals: Int8Array): Int8Array {
  let fast = 0;
  let slow = 0;
  let before = 0;
  for (let t = 0; t < length; t += 1) {
    const c = close[t]!;
    fast += c;
    slow += c;
    if (t >= 10) fast -= close[t - 10]!;
    if (t >= 30) slow -= close[t - 30]!;
    if (t < 29) continue;
    const difference = fast / 10 - slow / 30;
    const now = difference > TIE * c ? 1 : difference < -TIE * c ? -1 : 0;
    if (t >= 30 && now !== before) signals[t] = now > 0 ? 1 : now < 0 ? -1 : 0;
    before = now;
  }
  return signals;
}

function rsi({ close, length }: BarSeries, signals: Int8Array): Int8Array {
  let gain = 0;
  let loss = 0;
  for (let t = 1; t < length; t += 1) {
    const move = close[t]! - close[t - 1]!;
    const up = move > 0 ? move : 0;
    const down = move < 0 ? -move : 0;
    if (t <= 14) {
      gain += up / 14;
      loss += down / 14;
    } else {
      gain = (gain * 13 + up) / 14;
      loss = (loss * 13 + down) / 14;
    }
    if (t < 14) continue;
    const value = 100 - 100 / (1 + gain / loss);
    signals[t] = value < 30 ? 1 : value > 70 ? -1 : 0;
  }
  return signals;
}

function change(
  { close, length }: BarSeries,
  signals: Int8Array,
  back: number,
  threshold: number,
): Int8Array {
  for (let t = back; t < length; t += 1) {
    const move = close[t]! / close[t - back]! - 1;
    signals[t] = move > threshold ? 1 : move < -threshold ? -1 : 0;
  }
  return signals;
}

function zScore({ close, length }: BarSeries, signals: Int8Array): Int8Array {
  for (let t = 19; t < length; t += 1) {
    let sum = 0;
    for (let index = t - 19; index <= t; index += 1) sum += close[index]!;
    const mean = sum / 20;
    let squares = 0;
    for (let index = t - 19; index <= t; index += 1) squares += (close[index]! - mean) ** 2;
    const deviation = Math.sqrt(squares / 19);
    if (deviation <= TIE * close[t]!) continue;
    const z = (close[t]! - mean) / deviation;
    signals[t] = z < -2 ? 1 : z > 2 ? -1 : 0;
  }
  return signals;
}

function confluence({ close, length }: BarSeries, signals: Int8Array): Int8Array {
  let short = 0;
  let middle = 0;
  let long = 0;
  for (let t = 0; t < length; t += 1) {
    const c = close[t]!;
    short += c;
    middle += c;
    long += c;
    if (t >= 5) short -= close[t - 5]!;
    if (t >= 20) middle -= close[t - 20]!;
    if (t >= 50) long -= close[t - 50]!;
    if (t < 49) continue;
    const tie = TIE * c;
    const bullish =
      (c - short / 5 > tie ? 1 : 0) + (c - middle / 20 > tie ? 1 : 0) + (c - long / 50 > tie ? 1 : 0);
    signals[t] = bullish / 3 >= 0.66 ? 1 : (3 - bullish) / 3 >= 0.66 ? -1 : 0;
  }
  return signals;
}

function breakout({ high, low, close, volume, length }: BarSeries, signals: Int8Array): Int8Array {
  let atr = 0;
  let volumes = volume[0]!;
  for (let t = 1; t < length; t += 1) {
    const c = close[t]!;
    const p = close[t - 1]!;
    if (t >= 20) {
      const confirmed = volume[t]! > 1.5 * (volumes / 20);
      if (confirmed && c - (p + 2 * atr) > TIE * c) signals[t] = 1;
      else if (confirmed && c - (p - 2 * atr) < -TIE * c) signals[t] = -1;
      volumes -= volume[t - 20]!;
    }
    volumes += volume[t]!;
    const range = Math.max(high[t]! - low[t]!, Math.abs(high[t]! - p), Math.abs(low[t]! - p));
    atr = t <= 14 ? atr + range / 14 : (atr * 13 + range) / 14;
  }
  return signals;
}
