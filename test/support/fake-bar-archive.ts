import type { Bar } from "../../src/core/bar.ts";
import { withRange, type TimeRange } from "../../src/core/time-ranges.ts";
import type { BarArchive, History } from "../../src/ports.ts";

const keyOf = ({ symbol, timeframe, source }: History): string => `${symbol} ${timeframe} ${source}`;

/** Past bars in memory. */
export function fakeBarArchive(): BarArchive {
  const kept = new Map<string, { readonly history: History; bars: Bar[]; covered: readonly TimeRange[] }>();
  return {
    histories: async (symbol, timeframe) =>
      [...kept.values()]
        .filter(
          ({ history, bars }) =>
            history.symbol === symbol && history.timeframe === timeframe && bars.length > 0,
        )
        .map(({ history, bars }) => ({
          ...history,
          bars: bars.length,
          firstMs: bars[0]?.time ?? 0,
          lastMs: bars.at(-1)?.time ?? 0,
        })),
    keptBars: async (history, { from, to }) =>
      (kept.get(keyOf(history))?.bars ?? []).filter(({ time }) => time >= from && time <= to),
    coverage: async (history) => kept.get(keyOf(history))?.covered ?? [],
    saveBars: async (history, given, covers) => {
      const entry = kept.get(keyOf(history)) ?? { history, bars: [], covered: [] };
      const before = new Map(entry.bars.map((bar) => [bar.time, bar]));
      for (const bar of given) {
        const known = before.get(bar.time);
        if (known !== undefined && JSON.stringify(known) !== JSON.stringify(bar))
          return { kind: "conflict", kept: known, given: bar };
      }
      const fresh = given.filter(({ time }) => !before.has(time));
      kept.set(keyOf(history), {
        history,
        bars: [...entry.bars, ...fresh].toSorted((one, two) => one.time - two.time),
        covered: covers === null ? entry.covered : withRange(entry.covered, covers),
      });
      return { kind: "saved", added: fresh.length };
    },
    forgetBars: async (history) => void kept.delete(keyOf(history)),
  };
}
