import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { seriesOf } from "../../src/core/bar-series.ts";
import { decide, type DecisionInput } from "../../src/core/decide.ts";
import type { Gate, GateFigures } from "../../src/core/risk/contract.ts";
import type { Sizing } from "../../src/core/size/index.ts";
import { shrunkKelly } from "../../src/core/size/kelly.ts";
import { NO_TRADES, recordOf } from "../../src/core/size/trade-record.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { BUY, SELL } from "../../src/core/signal.ts";
import { strategies } from "../../src/core/strategies/index.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import { backtest, type BacktestResult, type BacktestRules } from "../../src/research/backtest.ts";
import { barsOfCloses, barsOfRows, walk } from "../core/series-builder.ts";

const RULES: BacktestRules = {
  cash: 100_000,
  sizing: { rule: "fixed_fraction", fraction: 0.01 },
  stopAtr: 2,
  commission: 0,
  roundToTick: false,
  gates: [],
  riskLimits: DEFAULT_LIMITS,
};

/** quick_test that acts on moves of more than 5%. */
function quick(bars: readonly Bar[], rules: Partial<BacktestRules> = {}): BacktestResult {
  return backtest({
    symbol: "T",
    strategy: quickTest,
    params: { threshold: 0.05 },
    series: seriesOf(bars),
    rules: { ...RULES, ...rules },
  });
}

type Row = [number, number, number, number];

/** 15 flat bars around 100: true range 2 each, so ATR(14) is 2 at bar 14. */
const FLAT: Row[] = Array.from({ length: 15 }, () => [100, 101, 99, 100]);
/** Bar 15 rises to 110: a BUY at 110, true range 10, ATR (2 × 13 + 10) / 14 = 36/14; stop 110 − 72/14; size ⌊1000 / 110⌋ = 9. */
const ENTRY: Row[] = [...FLAT, [100, 110, 100, 110]];
const STOP = 110 - 2 * ((2 * 13 + 10) / 14);

describe("fills", () => {
  it("buys and sells at the open after the signal", () => {
    const { trades, stats, openPosition } = quick(
      barsOfRows([
        [100, 100, 100, 100],
        [100, 110, 100, 110], // +10%: BUY ⌊0.5 × 100000 / 110⌋ = 454; no ATR yet, so no stop
        [112, 112, 111, 112], // bought at 112
        [112, 112, 100, 100], // −10.7%: SELL
        [99, 99, 99, 99], // sold at 99
      ]),
      { sizing: { rule: "fixed_fraction", fraction: 0.5 } },
    );
    expect(trades.all()).toEqual([
      {
        entryBar: 2,
        exitBar: 4,
        entryPrice: 112,
        exitPrice: 99,
        size: 454,
        stop: null,
        commission: 0,
        pnl: 454 * (99 - 112),
        pnlPercent: ((454 * (99 - 112)) / (454 * 112)) * 100,
        exitReason: "signal",
      },
    ]);
    expect(stats.finalEquity).toBe(100_000 - 454 * 13);
    expect(stats.exposurePercent).toBe(60); // bars 2, 3 and 4 of 5
    expect(openPosition).toBeNull();
  });

  it.each<[string, Row, number]>([
    ["at the stop when the low reaches it on the bar of the fill", [111, 112, 104, 106], STOP],
    ["at the open when the bar opens below the stop", [103, 104, 102, 103], 103],
  ])("stops out %s", (_name, bar, price) => {
    const { trades } = quick(barsOfRows([...ENTRY, bar]));
    expect(trades.all()).toMatchObject([
      {
        entryBar: 16,
        exitBar: 16,
        entryPrice: bar[0],
        exitPrice: price,
        size: 9,
        stop: STOP,
        exitReason: "stop",
      },
    ]);
    expect(trades.pnl(0)).toBe(9 * (price - bar[0]));
  });

  it("stops out when the low is just the stop", () => {
    const { trades } = quick(barsOfRows([...ENTRY, [111, 112, STOP, 111]]));
    expect(trades.all()).toMatchObject([{ exitPrice: STOP, exitReason: "stop" }]);
  });

  it.each<[string, Row, number, string]>([
    ["at the target when the high reaches it", [110, 116, 109, 110], 110 * 1.05, "take_profit"],
    ["at the open when the bar opens above the target", [118, 119, 117, 118], 118, "take_profit"],
    ["at the stop when stop and target lie inside one bar", [110, 116, 104, 110], STOP, "stop"],
  ])("takes profit %s", (_name, bar, price, reason) => {
    const { trades } = quick(barsOfRows([...ENTRY, bar]), { takeProfitPct: 5 });
    expect(trades.all()).toMatchObject([{ exitPrice: price, exitReason: reason }]);
  });

  it("sells on a pending signal before the stop of the same bar", () => {
    const rows: Row[] = [...ENTRY, [110, 118, 110, 117], [117, 117, 110, 110.5], [109, 109, 90, 91]];
    const { trades } = quick(barsOfRows(rows));
    // −5.6% on bar 17 is a SELL; bar 18 opens at 109 and falls through the stop.
    expect(trades.all()).toMatchObject([{ exitBar: 18, exitPrice: 109, exitReason: "signal" }]);
  });

  it("never fills a signal of the last bar", () => {
    expect(quick(barsOfRows(ENTRY))).toMatchObject({
      openPosition: null,
      stats: { trades: 0, finalEquity: 100_000 },
    });
  });

  it("marks a position that is open at the end", () => {
    const { openPosition, stats } = quick(barsOfRows([...ENTRY, [111, 113, 111, 112]]));
    expect(openPosition).toEqual({
      entryBar: 16,
      entryPrice: 111,
      size: 9,
      stop: STOP,
      target: null,
      lastPrice: 112,
      unrealizedPnl: 9,
      unrealizedPnlPercent: (9 / 999) * 100,
    });
    expect(stats.finalEquity).toBe(100_009);
    expect(stats.exposurePercent).toBe(0);
  });

  it("drops an entry that costs more than the cash, and says so", () => {
    // All equity at 110 is 909 shares; at an open of 115 they cost 104,535.
    const { dropped, trades, openPosition } = quick(barsOfRows([...ENTRY, [115, 116, 114, 115]]), {
      sizing: { rule: "fixed_fraction", fraction: 1 },
    });
    expect(dropped).toEqual([{ bar: 16, price: 115, size: 909, cost: 909 * 115, cash: 100_000 }]);
    expect([trades.length, openPosition]).toEqual([0, null]);
  });

  it("takes commission on entry and exit", () => {
    const { trades, stats } = quick(barsOfRows([...ENTRY, [111, 112, 104, 106]]), { commission: 0.001 });
    const commission = 9 * 111 * 0.001 + 9 * STOP * 0.001;
    expect(trades.all()[0]?.commission).toBeCloseTo(commission, 12);
    expect(trades.pnl(0)).toBeCloseTo(9 * (STOP - 111) - commission, 10);
    expect(stats.finalEquity).toBeCloseTo(100_000 + 9 * (STOP - 111) - commission, 8);
  });

  it("rounds the stop up to the tick when asked", () => {
    const { trades } = quick(barsOfRows([...ENTRY, [111, 112, 104, 106]]), { roundToTick: true });
    expect(STOP).toBeCloseTo(104.857, 3);
    expect(trades.all()[0]?.stop).toBe(104.86);
  });

  it("has no stop when asked for none, or when it would not be positive", () => {
    for (const stopAtr of [0, 60])
      expect(quick(barsOfRows([...ENTRY, [111, 112, 1, 106]]), { stopAtr }).openPosition?.stop).toBeNull();
  });

  it("names an entry that is too small for one share", () => {
    const { refused } = quick(barsOfRows([...ENTRY, [111, 112, 110, 111]]), { cash: 10_000 });
    expect(refused).toMatchObject([{ bar: 15, code: "NO_SIZE" }]);
  });
});

describe("risk gates", () => {
  it("see the account at the close of the signal and refuse by name", () => {
    const seen: GateFigures[] = [];
    const gate: Gate = {
      id: "never",
      title: "Never",
      check: (_intent, figures) => {
        seen.push(figures);
        return { gate: "never", ok: false, code: "HALTED", text: "halted", figures: {} };
      },
    };
    const { refused, trades } = quick(barsOfRows([...ENTRY, [111, 112, 110, 111]]), { gates: [gate] });
    expect(refused).toEqual([{ bar: 15, code: "HALTED", text: "halted" }]);
    expect(trades.length).toBe(0);
    expect(seen).toMatchObject([
      {
        equity: 100_000,
        lastEquity: 100_000,
        buyingPower: 100_000,
        peakEquity: 100_000,
        holdings: [],
        trades: [],
      },
    ]);
  });

  it("compare with the last equity of the UTC day before", () => {
    const seen: number[] = [];
    const gate: Gate = {
      id: "watch",
      title: "Watch",
      check: (_intent, { lastEquity }) => {
        seen.push(lastEquity);
        return { gate: "watch", ok: true, text: "", figures: {} };
      },
    };
    // Bars twelve hours apart: bars 16 and 17 are one day, bar 18 begins the next.
    const rows: Row[] = [
      ...ENTRY,
      [111, 112, 110, 111],
      [111, 111, 104, 105],
      [105, 112, 105, 112],
      [112, 113, 111, 112],
    ];
    const { equity } = quick(barsOfRows(rows, 43_200_000), { gates: [gate] });
    expect(seen).toEqual([100_000, equity[17]]);
    expect(equity[17]).toBeLessThan(100_000);
  });
});

describe("every backtest", () => {
  const runs = fc.record({
    strategy: fc.constantFrom(...strategies),
    seed: fc.integer({ min: 1, max: 10_000 }),
    sizing: fc.constantFrom<Sizing>(
      { rule: "fixed_fraction", fraction: 0.01 },
      { rule: "fixed_fraction", fraction: 0.5 },
      { rule: "fixed_fraction", fraction: 1 },
      { rule: "fixed_risk", riskPct: 1 },
      { rule: "volatility", targetVolPct: 0.5 },
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.1 },
    ),
    stopAtr: fc.constantFrom(0, 0.5, 2),
    takeProfitPct: fc.constantFrom(1, 5),
    commission: fc.constantFrom(0, 0.001),
  });

  it("sizes kelly by the newest 250 closed trades, as live", () => {
    // A round of two steps up, which buy and gain, one down, which sells, and three too small to signal back to the start.
    const closes = [100];
    for (let t = 0; t < 2_500; t += 1) {
      const up = 1.1 + 0.03 * Math.sin(t / 400);
      closes.push((closes.at(-1) ?? 0) * ([up, up, 0.93][t % 6] ?? (0.98 / (up * up * 0.93)) ** (1 / 3)));
      if (t % 6 === 5) closes.splice(-1, 1, 100);
    }
    const sizing = { rule: "kelly", kellyFraction: 0.5, fraction: 0.3 } as const;
    const { trades, equity } = quick(barsOfCloses(closes), { sizing, stopAtr: 0 });
    const all = trades.all();
    expect(all.length).toBeGreaterThan(350);
    for (const [index, { entryBar, size }] of all.entries()) {
      if (index < 30) continue;
      const record = recordOf(all.slice(Math.max(0, index - 250), index).map((each) => each.pnlPercent));
      const stake = shrunkKelly(record) * sizing.kellyFraction;
      const price = closes[entryBar - 1] ?? 0;
      expect(size, `trade ${index}`).toBe(Math.floor((stake * (equity[entryBar - 1] ?? 0)) / price));
    }
  });

  it("keeps equity = cash + position at every bar", () => {
    let trades = 0;
    fc.assert(
      fc.property(runs, ({ strategy, seed, ...rules }) => {
        const series = seriesOf(walk(300, seed));
        const result = backtest({
          symbol: "T",
          strategy,
          params: defaultParams(strategy.params),
          series,
          rules: { ...RULES, ...rules },
        });
        trades += result.trades.length;
        const all = result.trades.all();
        const open = result.openPosition;
        for (const [t, equity] of result.equity.entries()) {
          // Cash by the trades alone: what was paid and received up to the close of bar t, and the shares held then.
          let cash = RULES.cash;
          let shares = 0;
          for (const trade of all) {
            const rate = rules.commission;
            if (trade.entryBar <= t) cash -= trade.size * trade.entryPrice * (1 + rate);
            if (trade.exitBar <= t) cash += trade.size * trade.exitPrice * (1 - rate);
            if (trade.entryBar <= t && t < trade.exitBar) shares += trade.size;
          }
          if (open !== null && open.entryBar <= t) {
            cash -= open.size * open.entryPrice * (1 + rules.commission);
            shares += open.size;
          }
          expect(equity).toBeCloseTo(cash + shares * (series.close[t] ?? 0), 5);
        }
      }),
      { numRuns: 60 },
    );
    expect(trades, "runs without trades show nothing").toBeGreaterThan(100);
  });

  it("holds one position at a time and never buys on credit", () => {
    fc.assert(
      fc.property(runs, ({ strategy, seed, ...rules }) => {
        const result = backtest({
          symbol: "T",
          strategy,
          params: defaultParams(strategy.params),
          series: seriesOf(walk(300, seed)),
          rules: { ...RULES, ...rules },
        });
        const trades = result.trades.all();
        for (const [index, trade] of trades.entries()) {
          expect(trade.entryBar).toBeGreaterThan(trades[index - 1]?.exitBar ?? 0);
          expect(Number.isInteger(trade.size) && trade.size >= 1).toBe(true);
        }
        expect(Math.min(...result.equity)).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it("skips only decisions that are a hold", () => {
    const base: Omit<DecisionInput, "signal" | "long"> = {
      symbol: "T",
      price: 100,
      atr: 1,
      rules: {
        sizing: { rule: "fixed_fraction", fraction: 0.01 },
        limits: { decimals: 0 },
        barsPerSession: 26,
        stopAtr: 2,
        exits: {},
        stopRequired: false,
        roundStop: (price) => price,
      },
      equity: 100_000,
      record: NO_TRADES,
      gates: [],
      figures: undefined,
    };
    expect(decide({ ...base, signal: BUY, long: true })).toEqual({ kind: "hold" });
    expect(decide({ ...base, signal: SELL, long: false })).toEqual({ kind: "hold" });
  });
});
