import { describe, expect, it } from "vitest";
import type { BarArchive, History } from "../../src/ports.ts";
import { MINUTE_MS, walk } from "../core/series-builder.ts";

let symbols = 0;

/** Past bars that are kept; `archive` gives the one of the running test. */
export function describeBars(archive: () => BarArchive): void {
  const fresh = (source = "csv"): History => {
    symbols += 1;
    return { symbol: `T${symbols}`, timeframe: "1Min", source };
  };
  const BARS = walk(60);
  const [first, last] = [BARS[0]?.time ?? 0, BARS.at(-1)?.time ?? 0];
  const all = { from: first, to: last };

  describe("past bars", () => {
    it("come back as they were given, to the last digit, by time", async () => {
      const history = fresh();
      const bars = BARS.map((bar, index) => ({
        ...bar,
        close: bar.close + index / 3,
        high: bar.high + index / 3,
      }));
      expect(await archive().saveBars(history, bars, null)).toEqual({ kind: "saved", added: 60 });
      expect(await archive().keptBars(history, all)).toEqual(bars);
      expect(
        await archive().keptBars(history, { from: first + MINUTE_MS, to: first + 2 * MINUTE_MS }),
      ).toEqual(bars.slice(1, 3));
      expect(await archive().keptBars({ ...history, source: "alpaca iex" }, all)).toEqual([]);
      expect(await archive().histories(history.symbol, "1Min")).toEqual([
        { ...history, bars: 60, firstMs: first, lastMs: last },
      ]);
    });

    it("more than one statement's worth are kept too", async () => {
      const history = fresh();
      const many = walk(12_000, 2);
      expect(await archive().saveBars(history, many, null)).toEqual({ kind: "saved", added: 12_000 });
      const kept = await archive().keptBars(history, { from: 0, to: many.at(-1)?.time ?? 0 });
      expect(kept).toHaveLength(12_000);
      expect(kept.at(-1)).toEqual(many.at(-1));
    });

    it("are kept once: the same again adds nothing, others fill in", async () => {
      const history = fresh();
      await archive().saveBars(history, BARS.slice(0, 30), null);
      expect(await archive().saveBars(history, BARS.slice(20, 40), null)).toEqual({
        kind: "saved",
        added: 10,
      });
      expect(await archive().keptBars(history, all)).toEqual(BARS.slice(0, 40));
    });

    it("that contradict what is kept are refused with both, and nothing of them is written", async () => {
      const history = fresh();
      await archive().saveBars(history, BARS.slice(0, 30), null);
      const given = BARS.map((bar, index) => (index === 25 ? { ...bar, volume: bar.volume + 1 } : bar));
      expect(await archive().saveBars(history, given, all)).toEqual({
        kind: "conflict",
        kept: BARS[25],
        given: given[25],
      });
      expect(await archive().keptBars(history, all)).toEqual(BARS.slice(0, 30));
      expect(await archive().coverage(history)).toEqual([]);
    });

    it("tell what they cover, days without a bar too, and are forgotten with it", async () => {
      const history = fresh("alpaca iex");
      expect(await archive().coverage(history)).toEqual([]);
      await archive().saveBars(history, BARS.slice(0, 5), { from: first, to: first + 9 });
      await archive().saveBars(history, [], { from: first + 20, to: first + 29 });
      await archive().saveBars(history, [], { from: first + 10, to: first + 14 });
      expect(await archive().coverage(history)).toEqual([
        { from: first, to: first + 14 },
        { from: first + 20, to: first + 29 },
      ]);
      await archive().forgetBars(history);
      expect(await archive().coverage(history)).toEqual([]);
      expect(await archive().histories(history.symbol, "1Min")).toEqual([]);
    });
  });
}
