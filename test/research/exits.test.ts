import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { seriesOf } from "../../src/core/bar-series.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { momentum } from "../../src/core/strategies/momentum.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import { backtest, type BacktestResult, type BacktestRules } from "../../src/research/backtest.ts";
import { barsOfRows, walk } from "../core/series-builder.ts";

const RULES: BacktestRules = {
  cash: 100_000,
  sizing: { rule: "fixed_fraction", fraction: 0.01 },
  stopAtr: 2,
  commission: 0,
  roundToTick: false,
  gates: [],
  riskLimits: DEFAULT_LIMITS,
};

type Row = [number, number, number, number];

/** 15 flat bars, then a rise to 110: a BUY of ⌊1000 / 110⌋ = 9 with ATR (2 × 13 + 10) / 14 = 36/14 and the stop at 110 − 72/14. */
const ENTRY: Row[] = [...Array.from({ length: 15 }, (): Row => [100, 101, 99, 100]), [100, 110, 100, 110]];
const ATR = 36 / 14;
const STOP = 110 - 2 * ATR;
/** Bought at 111: R is 111 − STOP = 6.142857…, and 1 R lies at 117.142857… */
const R = 111 - STOP;

function run(rows: readonly Row[], rules: Partial<BacktestRules>): BacktestResult {
  return quick(barsOfRows([...ENTRY, ...rows]), rules);
}

function quick(bars: readonly Bar[], rules: Partial<BacktestRules>): BacktestResult {
  return backtest({
    symbol: "T",
    strategy: quickTest,
    params: { threshold: 0.05 },
    series: seriesOf(bars),
    rules: { ...RULES, ...rules },
  });
}

const only = ({ trades }: BacktestResult) =>
  trades.all().map(({ exitBar, exitPrice, exitReason }) => [exitBar, exitPrice, exitReason]);

describe("a trailing stop", () => {
  const UP: Row = [111, 120, 110, 119];

  it("takes a bar's high for the bars to come, not for its own low", () => {
    // Bar 16: high 120, so 5 % under it is 114; its own low of 110 came to nothing but the first stop, 104.857….
    expect(only(run([UP, [118, 119, 115, 118]], { trailPct: 5 }))).toEqual([]);
    expect(only(run([UP, [118, 119, 113, 115]], { trailPct: 5 }))).toEqual([[17, 114, "trailing"]]);
  });

  it("fills at the open when the bar opens under it", () => {
    expect(only(run([UP, [113, 113.5, 112, 113]], { trailPct: 5 }))).toEqual([[17, 113, "trailing"]]);
  });

  it("lies a multiple of the decision's ATR under the high: 120 − 2 × 36/14", () => {
    expect(only(run([UP, [118, 119, 110, 115]], { trailAtr: 2 }))).toEqual([[17, 120 - 2 * ATR, "trailing"]]);
  });

  it("rounds up to the tick with --tick, as live: 120 − 5.142857… = 114.857… becomes 114.86", () => {
    expect(only(run([UP, [118, 119, 110, 115]], { trailAtr: 2, roundToTick: true }))).toEqual([
      [17, 114.86, "trailing"],
    ]);
  });

  it("begins at its activation: 120 is more than 1 R and less than 2", () => {
    const fall: Row = [118, 119, 113, 115];
    expect(only(run([UP, fall], { trailPct: 5, trailAfterR: 1 }))).toEqual([[17, 114, "trailing"]]);
    expect(only(run([UP, fall], { trailPct: 5, trailAfterR: 2 }))).toEqual([]);
  });

  it("leaves a stop that was never raised its name", () => {
    expect(only(run([[111, 112, 104, 106]], { trailPct: 20 }))).toEqual([[16, STOP, "stop"]]);
  });
});

it("a breakeven move puts the stop at the entry once a high was 1 R over it", () => {
  const rows: Row[] = [
    [111, 111 + R, 110, 116],
    [116, 116, 110, 112],
  ];
  expect(only(run(rows, { breakevenR: 1 }))).toEqual([[17, 111, "trailing"]]);
  expect(
    only(
      run(
        [
          [111, 111 + R - 0.01, 110, 116],
          [116, 116, 110, 112],
        ],
        { breakevenR: 1 },
      ),
    ),
  ).toEqual([]);
});

it("a target in R is measured from the decision: 110 + 1 × 72/14", () => {
  expect(only(run([[111, 120, 110, 119]], { takeProfitR: 1 }))).toEqual([[16, 110 + 2 * ATR, "take_profit"]]);
});

describe("a partial take-profit", () => {
  it("sells half of 9 at its level, and the trade is the whole round trip", () => {
    const rows: Row[] = [
      [111, 118, 110, 117],
      [117, 118, 100, 101],
    ];
    const { trades, stats } = run(rows, { partialR: 1 });
    // ⌊9 / 2⌋ = 4 at 111 + R, 5 at the stop.
    const proceeds = 4 * (111 + R) + 5 * STOP;
    expect(trades.all()).toMatchObject([
      { entryBar: 16, exitBar: 17, size: 9, exitPrice: proceeds / 9, exitReason: "stop" },
    ]);
    expect(trades.all()[0]?.pnl).toBeCloseTo(proceeds - 9 * 111, 9);
    expect(stats.finalEquity).toBeCloseTo(100_000 + proceeds - 9 * 111, 9);
  });

  it("comes after the stop and once: both inside one bar, the stop is taken", () => {
    expect(only(run([[111, 118, 104, 106]], { partialR: 1 }))).toEqual([[16, STOP, "stop"]]);
    const rows: Row[] = [
      [111, 118, 110, 117],
      [117, 119, 116, 118],
      [118, 119, 117, 118],
    ];
    expect(run(rows, { partialR: 1 }).openPosition).toMatchObject({ size: 5 });
  });

  it("pays its commission: 1 % of each sale and of the entry", () => {
    const rows: Row[] = [
      [111, 118, 110, 117],
      [117, 118, 100, 101],
    ];
    const [trade] = run(rows, { partialR: 1, commission: 0.01 }).trades.all();
    expect(trade?.commission).toBeCloseTo(0.01 * (9 * 111 + 4 * (111 + R) + 5 * STOP), 9);
  });
});

it("a time stop sells at the open after so many bars, the bar of the entry counted", () => {
  const quiet: Row = [111, 112, 110, 111];
  expect(only(run([quiet, quiet, [112, 113, 111, 112]], { timeStopBars: 2 }))).toEqual([[18, 112, "time"]]);
  expect(only(run([quiet, quiet], { timeStopBars: 2 }))).toEqual([]);
});

it("on any walk the trades account for the equity, and nothing is held longer than the time stop lets it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.record({
        trailPct: fc.double({ min: 0.1, max: 10, noNaN: true }),
        breakevenR: fc.constantFrom(0.5, 1),
        partialR: fc.constantFrom(0.5, 1, 2),
        timeStopBars: fc.integer({ min: 1, max: 40 }),
      }),
      (seed, exits) => {
        const series = seriesOf(walk(400, seed));
        const result = backtest({
          symbol: "T",
          strategy: momentum,
          params: defaultParams(momentum.params),
          series,
          rules: { ...RULES, sizing: { rule: "fixed_fraction", fraction: 0.5 }, ...exits },
        });
        const trades = result.trades.all();
        const gained = trades.reduce((sum, trade) => sum + trade.pnl, 0);
        // What is still open is neither in the trades nor, by then, decided.
        if (result.openPosition !== null) return;
        expect(result.equity.at(-1)).toBeCloseTo(100_000 + gained, 6);
        for (const trade of trades) {
          expect(trade.exitBar - trade.entryBar).toBeLessThanOrEqual(exits.timeStopBars);
        }
      },
    ),
    { numRuns: 60 },
  );
});
