import { describe, expect, it } from "vitest";
import { seriesOf } from "../../src/core/bar-series.ts";
import { IndicatorColumns } from "../../src/core/indicators/columns.ts";
import type { Bar } from "../../src/core/bar.ts";
import type { Params } from "../../src/core/strategies/contract.ts";
import { strategies } from "../../src/core/strategies/index.ts";
import { multiTimeframe } from "../../src/core/strategies/multi-timeframe.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import { scanSignals, visitSignals } from "../../src/research/signals.ts";
import { inferTimeframe } from "../../src/research/timeframe.ts";
import { barsOfCloses, MINUTE_MS, walk } from "../core/series-builder.ts";

function slots(params: Params): Params {
  return { ...defaultParams(multiTimeframe.params), ...params };
}

function scan(bars: readonly Bar[], params: Params): number[] {
  return [...scanSignals({ strategy: multiTimeframe, params: slots(params), series: seriesOf(bars) })];
}

describe("signals of a series", () => {
  it.each(strategies.map((strategy) => [strategy.id, strategy] as const))(
    "of %s are those of its kernel",
    (_id, strategy) => {
      const run = { strategy, params: defaultParams(strategy.params), series: seriesOf(walk(500)) };
      const visited: number[] = [];
      visitSignals(run, (_t, signal) => visited.push(signal));
      expect([...scanSignals(run)]).toEqual(visited);
    },
  );

  const VARIED: Readonly<Record<string, Params>> = {
    multi_timeframe: { min_alignment: 0.6, periods: [3, 8, 13] },
    volatility_breakout: { breakout_multiplier: 0.8, volume_confirmation: true, volume_factor: 0.9 },
    mean_reversion: { z_score_threshold: 1 },
    momentum: { momentum_threshold: 0.01 },
  };

  it.each(strategies.map((strategy) => [strategy.id, strategy] as const))(
    "of %s are the same from indicators that others share",
    (id, strategy) => {
      const series = seriesOf(walk(3_000));
      const columns = new IndicatorColumns(series);
      const defaults = defaultParams(strategy.params);
      // The second finds columns that the first left, the third computes its own.
      for (const params of [defaults, { ...defaults, ...VARIED[id] }, { ...defaults, lookback_period: 7 }]) {
        const run = { strategy, params, series };
        const found = scanSignals(run, columns);
        expect(found).toEqual(scanSignals(run));
        expect(new Set(found).size).toBeGreaterThan(1);
      }
    },
  );

  it("take each vote on closed bars of its own timeframe", () => {
    // Five-minute closes 104 and 94: the second falls below their mean of 99 at its close, minute 9, and not before.
    const closes = [100, 101, 102, 103, 104, 105, 106, 107, 108, 94, 120];
    const params = { periods: [2], timeframes: ["5Min"], min_alignment: 1 } as const;
    expect(scan(barsOfCloses(closes), params)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1]);
  });

  it("do not change when later bars are taken away", () => {
    const bars = walk(400);
    const params = { periods: [3, 4], timeframes: ["5Min", "15Min"], min_alignment: 0.9 } as const;
    const all = scan(bars, params);
    expect(new Set(all).size).toBe(3);
    for (const cut of [151, 152, 299]) expect(scan(bars.slice(0, cut), params)).toEqual(all.slice(0, cut));
  });

  it("refuse timeframes shorter than the bars, and bars of no known timeframe", () => {
    const params = { periods: [2], timeframes: ["1Min"] } as const;
    expect(() => scan(barsOfCloses([1, 2, 3], 5 * MINUTE_MS), params)).toThrow(
      "timeframes=1Min: 1Min cannot be made from bars of 5Min; expected 5Min or longer",
    );
    expect(() => scan(barsOfCloses([1, 2, 3], 7 * MINUTE_MS), params)).toThrow(
      "cannot tell the timeframe of the bars from their times; give it: --timeframe 15Min",
    );
  });
});

describe("the timeframe of a series", () => {
  it("is its most frequent distance", () => {
    const bars = barsOfCloses([1, 2, 3, 4, 5]);
    expect(inferTimeframe(seriesOf(bars))).toBe("1Min");
    // A night between two sessions.
    const session = [...bars, ...bars.map((bar) => ({ ...bar, time: bar.time + 900 * MINUTE_MS }))];
    expect(inferTimeframe(seriesOf(session))).toBe("1Min");
    expect(inferTimeframe(seriesOf(barsOfCloses([1, 2, 3], 1440 * MINUTE_MS)))).toBe("1Day");
    expect(inferTimeframe(seriesOf(barsOfCloses([1])))).toBeUndefined();
  });
});
