import { emptySeries, type BarSeries } from "../../src/core/bar-series.ts";

/** A seeded random walk of one-minute bars in whole cents, around the clock: the same on every machine. */
export function syntheticSeries(length: number, seed = 1): BarSeries {
  const series = emptySeries(length);
  const random = seeded(seed);
  let cents = 10_000;
  for (let t = 0; t < length; t += 1) {
    const open = cents;
    cents = Math.max(500, Math.round(cents * (1 + (random() - 0.5) * 0.004)));
    series.time[t] = 1_577_836_800_000 + t * 60_000;
    series.open[t] = open / 100;
    series.close[t] = cents / 100;
    series.high[t] = (Math.max(open, cents) + Math.floor(random() * 8)) / 100;
    series.low[t] = (Math.min(open, cents) - Math.floor(random() * 8)) / 100;
    series.volume[t] = Math.floor(100 + random() * 900);
  }
  return series;
}

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
