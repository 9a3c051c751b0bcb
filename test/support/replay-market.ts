import type { SimulatedMarket } from "../../src/adapters/simulated/market.ts";
import { TIMEFRAME_MS, type Bar, type Timeframe } from "../../src/core/bar.ts";

/** From when on each price of a bar is the latest trade, ms after its start: first the close of the bar before. */
export const OPENS_MS = 6_000;
const LOW_MS = 120_000;
const HIGH_MS = 180_000;
const CLOSE_MS = 240_000;

/**
 * A market that trades through given bars of one symbol, once: opens a moment after the close before, then falls to the low,
 * rises to the high, and ends at the close, passing every price between. Nobody pays a spread. Before the first bar and after
 * the last nothing trades.
 */
export function replayMarket(symbol: string, timeframe: Timeframe, bars: readonly Bar[]): SimulatedMarket {
  const lengthMs = TIMEFRAME_MS[timeframe];
  const [first] = bars;
  if (first === undefined) throw new RangeError("nothing to replay");
  if (lengthMs <= CLOSE_MS) throw new RangeError(`bars of ${timeframe} are too short to trade through`);

  function corners(bar: Bar, before: number): readonly (readonly [atMs: number, price: number])[] {
    return [
      [bar.time, before],
      [bar.time + OPENS_MS, bar.open],
      [bar.time + LOW_MS, bar.low],
      [bar.time + HIGH_MS, bar.high],
      [bar.time + CLOSE_MS, bar.close],
    ];
  }

  const path = bars.flatMap((bar, index) => corners(bar, bars[index - 1]?.close ?? bar.open));

  function price(name: string, atMs: number): number {
    if (name !== symbol) throw new RangeError(`${name} is not replayed, ${symbol} is`);
    return path.findLast(([sinceMs]) => sinceMs <= atMs)?.[1] ?? first?.open ?? Number.NaN;
  }

  return {
    seed: 1,
    halfSpread: () => 0,
    price,
    bars: (name, wanted, startMs, endMs, nowMs) =>
      name === symbol && wanted === timeframe
        ? bars.filter((bar) => bar.time >= startMs && bar.time <= endMs && bar.time + lengthMs <= nowMs)
        : [],
    firstTrade(name, where, level, afterMs, untilMs) {
      const falls = where === "at_or_below";
      let before = price(name, afterMs);
      for (const [atMs, at] of path) {
        if (atMs <= afterMs) continue;
        if (atMs > untilMs) return undefined;
        // The open jumps; from there on the price passes everything between two corners.
        const jumps = (atMs - first.time) % lengthMs === OPENS_MS;
        if (falls ? at <= level : at >= level) {
          const passes = !jumps && (falls ? before > level : before < level);
          return { atMs, price: passes ? level : at };
        }
        before = at;
      }
      return undefined;
    },
  };
}
