import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seriesOf, sliceSeries } from "../../src/core/bar-series.ts";
import { cagrPercent, monthlyFigures, systemQuality } from "../../src/core/performance.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import { backtest, type BacktestInput, type BacktestRules } from "../../src/research/backtest.ts";
import { buyAndHold } from "../../src/research/benchmark.ts";
import { figuresOfTrade } from "../../src/research/excursions.ts";
import { periodOf } from "../../src/research/period.ts";
import { barsOfCloses, barsOfRows, MINUTE_MS, walk } from "../core/series-builder.ts";

const DAY_MS = 86_400_000;
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

function quick(rows: readonly Row[], rules: Partial<BacktestRules> = {}) {
  const series = seriesOf(barsOfRows(rows));
  const input: BacktestInput = {
    symbol: "T",
    strategy: quickTest,
    params: { threshold: 0.05 },
    series,
    rules: { ...RULES, ...rules },
  };
  return { series, result: backtest(input) };
}

/** +10% on bar 15: a BUY of 9 at the next open, ATR 36/14, stop 110 − 72/14 = 104.857…. */
const ENTRY: Row[] = [...Array.from({ length: 15 }, (): Row => [100, 101, 99, 100]), [100, 110, 100, 110]];
const STOP = 110 - 2 * ((2 * 13 + 10) / 14);

describe("figures of the result", () => {
  it.each([
    [100, 121, 2, 10], // 1.1² = 1.21
    [100, 50, 1, -50],
    [100, 100, 3, 0],
  ])("growth from %d to %d over %d years of 365.25 days is %d%% a year", (first, last, years, expected) => {
    expect(cagrPercent(first, last, years * 365.25 * DAY_MS)).toBeCloseTo(expected, 10);
  });

  it("has no growth rate over no time, to nothing, or beyond all numbers", () => {
    expect(cagrPercent(100, 110, 0)).toBeNull();
    expect(cagrPercent(100, 0, DAY_MS)).toBeNull();
    expect(cagrPercent(100, 200, MINUTE_MS)).toBeNull();
  });

  it("has a system quality of √n × mean ÷ sample deviation", () => {
    const pnls = [10, -5, 20, 3]; // mean 7; deviations 3, −12, 13, −4: squares 9 + 144 + 169 + 16 = 338
    expect(systemQuality(4, (index) => pnls[index] ?? 0)).toBeCloseTo((2 * 7) / Math.sqrt(338 / 3), 12);
    expect(systemQuality(1, () => 10)).toBeNull();
    expect(systemQuality(3, () => 10)).toBeNull();
  });

  it("compares each month's last equity with that of the month before, the first with the start", () => {
    const days = ["2026-01-05", "2026-01-30", "2026-02-02", "2026-04-01", "2026-04-30"];
    const time = Float64Array.from(days, (day) => Date.parse(day));
    expect(monthlyFigures(time, Float64Array.from([101, 110, 99, 120, 132]), 100)).toEqual([
      { month: "2026-01", equity: 110, returnPercent: (110 / 100 - 1) * 100 },
      { month: "2026-02", equity: 99, returnPercent: (99 / 110 - 1) * 100 },
      { month: "2026-04", equity: 132, returnPercent: (132 / 99 - 1) * 100 },
    ]);
  });

  it("holds the benchmark from the first close to the last", () => {
    const series = seriesOf(barsOfCloses([50, 60, 45, 55], DAY_MS));
    const held = buyAndHold([{ symbol: "T", series }], series.time, 1_000);
    expect(held.finalEquity).toBeCloseTo(1_100, 9); // 20 shares
    expect(held.returnPercent).toBeCloseTo(10, 9);
    expect(held.maxDrawdownPercent).toBeCloseTo(-25, 9); // 45 / 60 − 1
    expect(held.calmar).toBeCloseTo((held.annualReturnPercent ?? 0) / 25, 9);
  });
});

describe("excursions of a trade", () => {
  it.each<[string, Row[], number, number]>([
    // Bought 9 at 111.
    [
      "of bars held, and only the open of the bar it was sold at",
      [
        [111, 118, 109, 112],
        [112, 113, 105, 105.5],
        [106, 130, 90, 100],
      ],
      105,
      118,
    ],
    [
      "of the bar of a stop its open and the stop, not the high",
      [
        [111, 118, 109, 112],
        [113, 140, 100, 101],
      ],
      STOP,
      118,
    ],
    [
      "of the bar of a take-profit its low, and the target",
      [
        [111, 112, 109, 110],
        [110, 140, 106, 130],
      ],
      106,
      121,
    ],
  ])("counts %s", (_name, rows, low, high) => {
    const { series, result } = quick([...ENTRY, ...rows], { takeProfitPct: 10 });
    const [trade] = result.trades.all();
    if (trade === undefined) throw new Error("no trade");
    const { mae, mfe, maeR, rMultiple } = figuresOfTrade(series, trade);
    expect(mae?.toNumber()).toBeCloseTo(9 * (low - 111), 9);
    expect(mfe?.toNumber()).toBeCloseTo(9 * (high - 111), 9);
    const risk = 9 * (111 - STOP);
    expect(maeR).toBeCloseTo((9 * (low - 111)) / risk, 9);
    expect(rMultiple).toBeCloseTo(trade.pnl / risk, 9);
  });
});

describe("slippage", () => {
  const rows: Row[] = [...ENTRY, [111, 112, 110, 111], [111, 111, 105, 105], [104, 105, 103, 104]];

  it.each<[string, Partial<BacktestRules>, number, number]>([
    ["10 bps of the price", { slippageBps: 10 }, 111 * 1.001, 104 * 0.999],
    ["half the spread", { spread: 0.04 }, 111.02, 103.98],
    ["both", { slippageBps: 10, spread: 0.04 }, 111 * 1.001 + 0.02, 104 * 0.999 - 0.02],
  ])("makes market orders worse by %s", (_name, rules, bought, sold) => {
    const [trade] = quick(rows, rules).result.trades.all();
    expect(trade).toMatchObject({ exitReason: "signal" });
    expect(trade?.entryPrice).toBeCloseTo(bought, 10);
    expect(trade?.exitPrice).toBeCloseTo(sold, 10);
  });

  it("makes stops worse, and leaves a take-profit, which is a limit order, at its price", () => {
    const [stopped] = quick([...ENTRY, [111, 112, 104, 106]], { spread: 0.04 }).result.trades.all();
    expect(stopped?.exitPrice).toBeCloseTo(STOP - 0.02, 10);
    const [taken] = quick([...ENTRY, [111, 122, 110, 111]], {
      spread: 0.04,
      takeProfitPct: 10,
    }).result.trades.all();
    expect(taken).toMatchObject({ exitPrice: 110 * 1.1, exitReason: "take_profit" });
  });
});

describe("a part of the bars", () => {
  const series = seriesOf(walk(400, 3));
  const input: BacktestInput = {
    symbol: "T",
    strategy: quickTest,
    params: { threshold: 0.005 },
    series,
    rules: { ...RULES, sizing: { rule: "fixed_fraction", fraction: 0.5 } },
  };

  it("split anywhere while nothing is held or ordered, and the results joined, is the whole", () => {
    const whole = backtest(input);
    const busy = new Set<number>();
    for (const { entryBar, exitBar } of whole.trades.all())
      for (let t = entryBar; t <= exitBar + 1; t += 1) busy.add(t);
    const open = whole.openPosition?.entryBar ?? series.length;
    const free = Array.from({ length: open - 1 }, (_, index) => index + 1).filter(
      (t) => !busy.has(t) && !whole.trades.all().some(({ entryBar }) => entryBar === t),
    );
    expect(free.length).toBeGreaterThan(20);
    fc.assert(
      fc.property(fc.constantFrom(...free), (split) => {
        const first = backtest({ ...input, series: sliceSeries(series, 0, split) });
        const cash = first.stats.finalEquity;
        const second = backtest({ ...input, start: split, rules: { ...input.rules, cash } });
        expect([...first.trades.all(), ...second.trades.all()]).toEqual(whole.trades.all());
        expect([...first.equity, ...second.equity.slice(split)]).toEqual([...whole.equity]);
        expect(second.openPosition).toEqual(whole.openPosition);
      }),
      { numRuns: 40 },
    );
  });

  it("is named by times, and what lies before it is only history", () => {
    const { time } = series;
    const period = periodOf(series, (time[100] ?? 0) - 1, time[199] ?? 0);
    expect([period.start, period.series.length]).toEqual([100, 200]);
    const { equity, trades, stats } = backtest({ ...input, ...period });
    expect(equity.subarray(0, 100).every((value) => value === 100_000)).toBe(true);
    expect(trades.all().every(({ entryBar }) => entryBar > 100)).toBe(true);
    const inside = trades.all().reduce((sum, { entryBar, exitBar }) => sum + exitBar - entryBar + 1, 0);
    expect(stats.exposurePercent).toBeCloseTo(inside, 9); // of 100 bars
  });

  it("refuses a period without bars and says which there are", () => {
    expect(() => periodOf(series, Date.parse("2027-01-01"), Number.POSITIVE_INFINITY)).toThrow(
      "no bars in that period: there are bars from 2026-01-01T00:00:00Z to 2026-01-01T06:39:00Z",
    );
  });
});
