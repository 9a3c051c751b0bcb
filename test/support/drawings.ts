import { TIMEFRAME_MS, type Timeframe } from "../../src/core/bar.ts";
import { seriesOf, type BarSeries } from "../../src/core/bar-series.ts";
import type { CandleDrawing, EquityDrawing, LimitsDrawing } from "../../src/message.ts";

/** Friday 2026-11-20 09:30 in New York. */
const OPEN = Date.UTC(2026, 10, 20, 14, 30);
const DAY_MS = 86_400_000;

/** A walk that is the same on every machine: sines, no chance. `start` is its price level in dollars. */
export function walk(count: number, start: number, timeframe: Timeframe): BarSeries {
  let close = start;
  return seriesOf(
    Array.from({ length: count }, (_, index) => {
      const open = close;
      const move =
        Math.sin(index / 9) * 0.0025 + Math.sin(index * 1.7) * 0.003 + Math.sin(index * 12.9) * 0.002;
      close = open * (1 + move);
      const wick = (0.001 + Math.abs(Math.sin(index * 3.1)) * 0.002) * open;
      return {
        time: timeOf(index, timeframe),
        open,
        high: Math.max(open, close) + wick,
        low: Math.min(open, close) - wick,
        close,
        volume: Math.round(12_000 + 9_000 * Math.sin(index * 2.3) + 2_000 * (index % 7)),
      };
    }),
  );
}

/** Bars of regular sessions: 390 minutes a day, weekends left out. */
function timeOf(index: number, timeframe: Timeframe): number {
  const perDay = timeframe === "1Day" ? 1 : Math.ceil((390 * 60_000) / TIMEFRAME_MS[timeframe]);
  const day = Math.floor(index / perDay);
  const week = Math.floor(day / 5);
  return (
    OPEN +
    (week * 7 + (day % 5 === 0 ? 0 : (day % 5) + 2)) * DAY_MS +
    (index % perDay) * (timeframe === "1Day" ? 0 : TIMEFRAME_MS[timeframe])
  );
}

export function candles(series: BarSeries, changes: Partial<CandleDrawing> = {}): CandleDrawing {
  const { time, open, high, low, close, volume } = series;
  return {
    kind: "candles",
    title: "AAPL · 15Min",
    subtitle: "no position",
    tone: "neutral",
    bars: {
      time: [...time],
      open: [...open],
      high: [...high],
      low: [...low],
      close: [...close],
      volume: [...volume],
    },
    daily: false,
    lines: [],
    marks: [],
    levels: [{ kind: "price", price: close[close.length - 1] ?? 0 }],
    ...changes,
  };
}

export function average(values: ArrayLike<number>, period: number): readonly (number | null)[] {
  return Array.from(values, (_, index) => {
    if (index + 1 < period) return null;
    let sum = 0;
    for (let at = index + 1 - period; at <= index; at += 1) sum += values[at] ?? 0;
    return sum / period;
  });
}

export function equityCurve(count: number, changes: Partial<EquityDrawing> = {}): EquityDrawing {
  return {
    kind: "equity",
    title: "Equity · last 7 days · PAPER",
    subtitle: "$100,512.20 · +$512.20 (+0.51%) · max drawdown -0.62%",
    tone: "good",
    time: Array.from({ length: count }, (_, index) => timeOf(index, "15Min")),
    equity: Array.from(
      { length: count },
      (_, index) => 100_000 + index * 3 + 420 * Math.sin(index / 17) + 90 * Math.sin(index * 2.1),
    ),
    ...changes,
  };
}

export const LIMITS: LimitsDrawing = {
  kind: "limits",
  title: "Risk · PAPER",
  subtitle: "Day P&L -$1,240.00; $760.00 more may be lost before entries stop",
  tone: "warn",
  rows: [
    { label: "Day loss", used: 1.24, limit: 2, unit: "percent" },
    { label: "Heat (lost if every stop is hit)", used: 5_480, limit: 6_000, unit: "usd" },
    { label: "Open positions", used: 3, limit: 8, unit: "count" },
    { label: "Exposure", used: 62_000, limit: 60_000, unit: "usd" },
    { label: "Trades today", used: 0, limit: 20, unit: "count" },
  ],
};
