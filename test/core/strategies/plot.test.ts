import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { parseStrategyParams } from "../../../src/core/strategies/params.ts";
import { strategies, strategyById } from "../../../src/core/strategies/index.ts";
import type { Plot } from "../../../src/core/strategies/plot.ts";
import { walk } from "../../support/drawings.ts";

const BARS = walk(200, 185.5, "15Min");

function plotOf(id: string, settings: readonly string[] = []): Plot {
  const strategy = strategyById(id)!;
  const parsed = parseStrategyParams(strategy, settings);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
  return strategy.plot(parsed.params, BARS, "15Min");
}

/** What the kernel itself says on the newest bar. */
function figuresOf(id: string, settings: readonly string[] = []): Readonly<Record<string, number>> {
  const strategy = strategyById(id)!;
  const parsed = parseStrategyParams(strategy, settings);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
  const kernel = strategy.kernel(parsed.params);
  const { open, high, low, close, volume } = BARS;
  for (let t = 0; t < BARS.length; t += 1) kernel.step(open[t]!, high[t]!, low[t]!, close[t]!, volume[t]!);
  return kernel.explain().figures;
}

const newest = (values: Float64Array | undefined): number | undefined => values?.at(-1);

describe("a chart of a strategy", () => {
  it("shows the averages that ma_crossover crosses", () => {
    const { lines } = plotOf("ma_crossover", ["fast_period=7"]);
    const { fast, slow } = figuresOf("ma_crossover", ["fast_period=7"]);
    expect(lines.map(({ label, values }) => [label, newest(values)])).toEqual([
      ["SMA 7", fast],
      ["SMA 30", slow],
    ]);
  });

  it("shows the averages that vote, of the chart's own timeframe", () => {
    const figures = figuresOf("multi_timeframe");
    expect(plotOf("multi_timeframe").lines.map(({ values }) => newest(values))).toEqual([
      figures["sma_5"],
      figures["sma_20"],
      figures["sma_50"],
    ]);
    const own = plotOf("multi_timeframe", ["timeframes=15Min/1Hour/1Day"]);
    expect(own.lines.map(({ label }) => label)).toEqual(["SMA 5"]);
  });

  it("shows RSI, z-score and momentum between their levels", () => {
    expect(newest(plotOf("rsi_mean_reversion").panel?.values)).toBe(figuresOf("rsi_mean_reversion")["rsi"]);
    expect(plotOf("rsi_mean_reversion").panel?.levels).toEqual([30, 70]);
    const reversion = plotOf("mean_reversion");
    const { z, mean, deviation } = figuresOf("mean_reversion");
    expect(newest(reversion.panel?.values)).toBe(z);
    expect(reversion.lines.map(({ values }) => newest(values))).toEqual([
      mean,
      mean! + 2 * deviation!,
      mean! - 2 * deviation!,
    ]);
    const { change } = figuresOf("momentum");
    expect(newest(plotOf("momentum").panel?.values)).toBe(change! * 100);
    expect(plotOf("momentum").panel?.levels).toEqual([-2, 2]);
  });

  it("shows where volatility_breakout would buy and sell: the close before ± 2 × its ATR", () => {
    const [above, below] = plotOf("volatility_breakout").lines;
    const before = BARS.close.at(-2)!;
    expect(newest(above?.values)! - before).toBeCloseTo(before - newest(below?.values)!, 9);
    expect(newest(above?.values)).toBeGreaterThan(before);
    // ATR(14) exists at bar 14, so its breakout level at bar 15.
    expect(above?.values[14]).toBeNaN();
    expect(above?.values[15]).toBeGreaterThan(0);
  });

  it("has one value a bar, none before its indicator exists, and nothing at all of no bars", () => {
    for (const strategy of strategies) {
      const { lines, panel } = plotOf(strategy.id);
      for (const { values } of [...lines, ...(panel === undefined ? [] : [panel])]) {
        expect(values).toHaveLength(BARS.length);
        expect(values[0]).toBeNaN();
        expect(values.at(-1)).not.toBeNaN();
      }
      const empty = strategy.plot(
        Object.fromEntries(strategy.params.map((spec) => [spec.name, spec.default])),
        seriesOf([]),
        "15Min",
      );
      expect(empty.lines.every(({ values }) => values.length === 0)).toBe(true);
    }
  });
});
