import type { Bar } from "../../src/core/bar.ts";

export const MINUTE_MS = 60_000;
const START_MS = 1_767_225_600_000; // 2026-01-01T00:00:00Z

/** One-minute bars from closes; each opens at the close before, and high and low lie one further out. */
export function barsOfCloses(closes: readonly number[], stepMs = MINUTE_MS, startMs = START_MS): Bar[] {
  return closes.map((close, index) => {
    const open = closes[index - 1] ?? close;
    return {
      time: startMs + index * stepMs,
      open,
      high: Math.max(open, close) + 1,
      low: Math.min(open, close) - 1,
      close,
      volume: 100,
    };
  });
}

/** Bars from rows of open, high, low, close and, where it matters, volume. */
export function barsOfRows(
  rows: readonly (readonly [number, number, number, number, number?])[],
  stepMs = MINUTE_MS,
): Bar[] {
  return rows.map(([open, high, low, close, volume = 100], index) => ({
    time: START_MS + index * stepMs,
    open,
    high,
    low,
    close,
    volume,
  }));
}

/** A seeded walk in whole cents with gaps, flat stretches and changing volume: `length` bars. */
export function walk(length: number, seed = 1, stepMs = MINUTE_MS): Bar[] {
  let state = seed * 2_654_435_761;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 4_294_967_296;
  };
  let cents = 5000;
  return Array.from({ length }, (_, index) => {
    const open = random() < 0.1 ? Math.max(100, cents + Math.round((random() - 0.5) * 100)) : cents;
    const flat = random() < 0.15;
    cents = flat ? open : Math.max(100, open + Math.round((random() - 0.5) * 120));
    return {
      time: START_MS + index * stepMs,
      open: open / 100,
      high: (Math.max(open, cents) + Math.round(random() * 20)) / 100,
      low: (Math.min(open, cents) - Math.round(random() * 20)) / 100,
      close: cents / 100,
      volume: Math.round(random() * 1000),
    };
  });
}
