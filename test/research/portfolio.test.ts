import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { seriesOf } from "../../src/core/bar-series.ts";
import { backtestGates } from "../../src/core/risk/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/risk/limits.ts";
import { strategies } from "../../src/core/strategies/index.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import { backtest, type BacktestRules } from "../../src/research/backtest.ts";
import { buyAndHold } from "../../src/research/benchmark.ts";
import { runBacktest } from "../../src/research/cli.ts";
import { backtestPortfolio, type PortfolioInput, type SymbolBars } from "../../src/research/portfolio.ts";
import { barsOfRows, MINUTE_MS, walk } from "../core/series-builder.ts";

const RULES: BacktestRules = {
  cash: 100_000,
  sizing: { rule: "fixed_fraction", fraction: 0.3 },
  stopAtr: 2,
  commission: 0.001,
  roundToTick: false,
  gates: [],
  riskLimits: DEFAULT_LIMITS,
};

/** Three positions of 30% of the equity may move together. */
const WIDE: Limits = { ...DEFAULT_LIMITS, correlated_pct: 95 };

const quick = { strategy: quickTest, params: { threshold: 0.005 }, rules: RULES };

function symbolBars(symbol: string, bars: readonly Bar[]): SymbolBars {
  return { symbol, series: seriesOf(bars) };
}

/** Walks of their own lengths and beginnings, with bars missing here and there. */
const markets = fc
  .array(
    fc.record({
      seed: fc.integer({ min: 1, max: 9_999 }),
      length: fc.integer({ min: 30, max: 120 }),
      late: fc.nat(20),
      gap: fc.integer({ min: 3, max: 40 }),
    }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((all) =>
    all.map(({ seed, length, late, gap }, index) =>
      symbolBars(
        "ABCD"[index] ?? "E",
        walk(length, seed)
          .filter((_, bar) => bar % gap !== gap - 1)
          .map((bar) => ({ ...bar, time: bar.time + late * MINUTE_MS })),
      ),
    ),
  );

const ruleSets = fc.constantFrom<BacktestRules>(
  RULES,
  { ...RULES, takeProfitPct: 1, trailPct: 1, slippageBps: 5 },
  { ...RULES, gates: backtestGates, riskLimits: WIDE, partialR: 1, timeStopBars: 12 },
  { ...RULES, sizing: { rule: "kelly", kellyFraction: 0.5, fraction: 0.3 } },
);

describe("several symbols on one equity", () => {
  it.each(strategies.map(({ id }) => id))("with one symbol it is the backtest: %s", (id) => {
    const strategy = strategies.find((each) => each.id === id) ?? quickTest;
    const params = defaultParams(strategy.params);
    for (const rules of [
      RULES,
      { ...RULES, gates: backtestGates, riskLimits: WIDE, trailAtr: 2, timeStopBars: 20 },
    ]) {
      const one = symbolBars("T", walk(600, 7));
      const single = backtest({ strategy, params, rules, ...one, start: 50 });
      const { symbols, equity, stats } = backtestPortfolio({
        strategy,
        params,
        rules,
        symbols: [{ ...one, start: 50 }],
      });
      expect(symbols[0]?.trades.all()).toEqual(single.trades.all());
      expect(symbols[0]?.openPosition).toEqual(single.openPosition);
      expect(symbols[0]?.refused).toEqual(single.refused);
      expect([...equity]).toEqual([...single.equity.subarray(50)]);
      expect(stats).toEqual(single.stats);
    }
  });

  it("shuffling the symbols changes nothing", () => {
    fc.assert(
      fc.property(
        markets.chain((symbols) =>
          fc.tuple(fc.constant(symbols), fc.shuffledSubarray(symbols, { minLength: symbols.length })),
        ),
        ruleSets,
        ([symbols, shuffled], rules) => {
          const inOrder = outcome({ ...quick, rules, symbols });
          expect(outcome({ ...quick, rules, symbols: shuffled })).toEqual(inOrder);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("equity is cash and positions at every bar, and cash is never below zero", () => {
    fc.assert(
      fc.property(markets, (symbols) => {
        const { time, cash, equity, symbols: results } = backtestPortfolio({ ...quick, symbols });
        for (const [k, now] of time.entries()) {
          // Reckoned anew from what was bought and sold until then.
          let held = 0;
          let spent = 0;
          for (const { bars, trades, openPosition } of results) {
            const { series } = bars;
            const newest = series.time.findLastIndex((each) => each <= now);
            const close = series.close[newest] ?? 0;
            for (const trade of trades.all()) {
              const bought = trade.entryBar <= newest;
              const sold = trade.exitBar <= newest;
              const entry = trade.size * trade.entryPrice;
              if (bought && !sold) held += trade.size * close;
              if (bought) spent += entry + RULES.commission * entry;
              if (sold) spent -= trade.size * trade.exitPrice * (1 - RULES.commission);
            }
            if (openPosition !== null && openPosition.entryBar <= newest) {
              held += openPosition.size * close;
              spent += openPosition.size * openPosition.entryPrice * (1 + RULES.commission);
            }
          }
          expect(cash[k]).toBeCloseTo(RULES.cash - spent, 6);
          expect(equity[k]).toBeCloseTo(RULES.cash - spent + held, 6);
          expect(cash[k]).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("spends the cash once: what comes second and costs more than is left is dropped", () => {
    // Both rise 10% on bar 1 and want 60% of the equity each: ⌊60000 / 110⌋ = 545 shares, 59,950 at the open of 110.
    const rise = barsOfRows([
      [100, 100, 100, 100],
      [100, 110, 100, 110],
      [110, 111, 109, 110],
    ]);
    const rules = { ...RULES, commission: 0, sizing: { rule: "fixed_fraction", fraction: 0.6 } as const };
    const { symbols } = backtestPortfolio({
      ...quick,
      params: { threshold: 0.05 },
      rules,
      symbols: [symbolBars("MSFT", rise), symbolBars("AAPL", rise)],
    });
    expect(symbols.map(({ bars }) => bars.symbol)).toEqual(["AAPL", "MSFT"]);
    expect(symbols[0]?.openPosition).toMatchObject({ size: 545 });
    expect(symbols[1]).toMatchObject({
      openPosition: null,
      dropped: [{ bar: 2, price: 110, size: 545, cost: 59_950, cash: 100_000 - 59_950 }],
    });
  });

  it("sells before it buys at the same open", () => {
    const threshold = { threshold: 0.05 };
    const rules = { ...RULES, commission: 0, sizing: { rule: "fixed_fraction", fraction: 0.6 } as const };
    // B is bought at 110 and falls to 100 on bar 3, when A rises: B is sold at the open at which A is bought.
    const falls = barsOfRows([
      [100, 100, 100, 100],
      [100, 110, 100, 110],
      [110, 110, 110, 110],
      [110, 110, 100, 100],
      [100, 100, 100, 100],
    ]);
    const rises = barsOfRows([
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 100, 100, 100],
      [100, 110, 100, 110],
      [110, 110, 110, 110],
    ]);
    const { symbols } = backtestPortfolio({
      ...quick,
      params: threshold,
      rules,
      symbols: [symbolBars("A", rises), symbolBars("B", falls)],
    });
    expect(symbols[1]?.trades.all()).toMatchObject([{ entryBar: 2, exitBar: 4, size: 545, pnl: -5_450 }]);
    // Equity 94,550 at the close of bar 3: ⌊56730 / 110⌋ = 515.
    expect(symbols[0]?.openPosition).toMatchObject({ entryBar: 4, size: 515 });
  });

  it("holds the benchmark in equal parts", () => {
    const rising = symbolBars(
      "A",
      barsOfRows([
        [10, 10, 10, 10],
        [10, 12, 10, 12],
        [12, 12, 12, 12],
      ]),
    );
    const late = barsOfRows([
      [5, 5, 5, 5],
      [5, 5, 5, 5],
      [5, 5, 4, 4],
    ]).slice(1);
    const held = buyAndHold([rising, symbolBars("B", late)], rising.series.time, 1_000);
    expect(held.finalEquity).toBeCloseTo(500 * 1.2 + 500 * 0.8, 9);
    expect(held.maxDrawdownPercent).toBeCloseTo((1_000 / 1_100 - 1) * 100, 9);
  });

  it("refuses a symbol that is given twice", () => {
    const bars = symbolBars("A", walk(30));
    expect(() => backtestPortfolio({ ...quick, symbols: [bars, bars] })).toThrow("A is given twice");
  });
});

describe("alphaflow backtest with several symbols", () => {
  const symbols = [symbolBars("B", walk(300, 2)), symbolBars("A", walk(300, 1))];
  const options = { fraction: "0.3", param: ["threshold=0.005"] };

  it("tells each symbol's part in the JSON, trades in the order of time", () => {
    const report: unknown = JSON.parse(runBacktest("quick_test", symbols, { ...options, json: true }));
    expect(report).toMatchObject({
      bars: 600,
      symbols: [
        { symbol: "A", bars: 300 },
        { symbol: "B", bars: 300 },
      ],
      trades: expect.arrayContaining([
        expect.objectContaining({ symbol: "A" }),
        expect.objectContaining({ symbol: "B" }),
      ]),
    });
  });

  it("prints a line a symbol", () => {
    const text = runBacktest("quick_test", symbols, options);
    expect(text).toMatch(/^quick_test on 600 bars of A, B\n/);
    expect(text).toMatch(/\nSymbol +Bars +Trades +P&L +Win rate +PF\nA +300 +\d+ /);
  });
});

function outcome(input: PortfolioInput) {
  const { symbols, equity, stats } = backtestPortfolio(input);
  return {
    symbols: symbols.map(({ bars, trades, openPosition, dropped, refused }) => ({
      symbol: bars.symbol,
      trades: trades.all(),
      openPosition,
      dropped,
      refused,
    })),
    equity: [...equity],
    stats,
  };
}
