import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { seriesOf, type BarSeries } from "../../src/core/bar-series.ts";
import type { ExitReason } from "../../src/core/order.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { HOLD, signalName } from "../../src/core/signal.ts";
import type { Params, Strategy } from "../../src/core/strategies/contract.ts";
import { strategies, strategyById } from "../../src/core/strategies/index.ts";
import { parseStrategyParams } from "../../src/core/strategies/params.ts";
import { builtInFilter } from "../../src/research/filter/entry-filter.ts";
import { FEATURES } from "../../src/core/filter/features.ts";
import type { BuiltInModel } from "../../src/core/filter/score-entry.ts";
import { backtest, type BacktestResult, type EntryFilter } from "../../src/research/backtest.ts";
import { scanSignals } from "../../src/research/signals.ts";
import type { ExitReason as BacktestExit } from "../../src/research/trade.ts";
import { openReplayGround, type Replayed, type ReplayGround } from "../support/replay-ground.ts";
import { walk } from "../core/series-builder.ts";

/** Where live and backtest differ on purpose, and how this test meets it:
 * - live there is no entry without a stop, and history stands before the first decision: the series begins with bars on which no
 *   strategy signals and ATR(14) comes to exist;
 * - live a target is watched by the engine and sold at market a moment after the price was seen there; only a bracket's target
 *   rests at the broker and fills at its price: take-profits are replayed with `entry=bracket`;
 * - a stop that lies in the very gap of the open at which a signal sells may fill first, at the same price, while its cancel is
 *   under way: the reason differs then, the money does not. The series has no such gap;
 * - the simulated venue fills orders of more than 100 shares in two parts, at two prices: the sizes here stay below.
 */
const BAR_MS = 5 * 60_000;
const SYMBOL = "AAPL";
/** A session in New York begins at 05:00 UTC. */
const START_MS = Date.UTC(2026, 0, 5, 6);
const HISTORY = 40;
const STOP_ATR = 1;
const FRACTION = 0.04;
const TAKE_PROFIT_PCT = 1;

const flat = { open: 50, high: 50.2, low: 49.8, close: 50, volume: 500 };
const bars: readonly Bar[] = [...Array.from({ length: HISTORY }, () => flat), ...walk(30, 275)].map(
  (bar, index) => ({ ...bar, time: START_MS + index * BAR_MS }),
);

/** Short periods, so that an afternoon has several trades of each. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  ma_crossover: ["fast_period=2", "slow_period=6"],
  rsi_mean_reversion: ["rsi_period=4", "oversold=35", "overbought=60"],
  momentum: ["lookback_period=4", "momentum_threshold=0.01"],
  mean_reversion: ["lookback_period=6", "z_score_threshold=1.2"],
  quick_test: ["threshold=0.005"],
  multi_timeframe: ["periods=3/6/12", "min_alignment=0.66"],
  volatility_breakout: ["atr_period=5", "breakout_multiplier=0.6", "volume_factor=1.1"],
};

const LIVE_REASON: Partial<Readonly<Record<ExitReason, BacktestExit>>> = {
  signal: "signal",
  "stop-loss": "stop",
  "take-profit": "take_profit",
  trailing: "trailing",
  time: "time",
};

function strategyOf(id: string): { readonly strategy: Strategy; readonly params: Params } {
  const strategy = strategyById(id);
  if (strategy === undefined) throw new Error(`no strategy ${id}`);
  const parsed = parseStrategyParams(strategy, SETTINGS[id] ?? []);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join("\n"));
  return { strategy, params: parsed.params };
}

function tested(
  id: string,
  series: BarSeries,
  takeProfitPct: number | undefined,
  filter?: EntryFilter,
): BacktestResult {
  return backtest({
    symbol: SYMBOL,
    ...strategyOf(id),
    series,
    timeframe: "5Min",
    ...(filter === undefined ? {} : { filter }),
    rules: {
      cash: 100_000,
      sizing: { rule: "fixed_fraction", fraction: FRACTION },
      stopAtr: STOP_ATR,
      ...(takeProfitPct === undefined ? {} : { takeProfitPct }),
      commission: 0,
      roundToTick: true,
      gates: [],
      riskLimits: DEFAULT_LIMITS,
    },
  });
}

function barOf(timeMs: number): number {
  return Math.floor((timeMs - START_MS) / BAR_MS);
}

const round = (value: number): number => Number(value.toFixed(8));

function tradesOfReplay({ trades }: Replayed) {
  return trades.map((trade) => ({
    entryBar: barOf(trade.entryTime),
    exitBar: barOf(trade.exitTime),
    entryPrice: trade.entryPrice.toNumber(),
    exitPrice: trade.exitPrice.toNumber(),
    size: trade.quantity.toNumber(),
    stop: trade.initialStop.toNumber(),
    pnl: round(trade.pnl.toNumber()),
    reason: LIVE_REASON[trade.exitReason],
  }));
}

function tradesOfBacktest({ trades }: BacktestResult) {
  return trades.all().map((trade) => ({
    entryBar: trade.entryBar,
    exitBar: trade.exitBar,
    entryPrice: trade.entryPrice,
    exitPrice: trade.exitPrice,
    size: trade.size,
    stop: trade.stop,
    pnl: round(trade.pnl),
    reason: trade.exitReason,
  }));
}

/** Bars whose decision made an order, by what it was. */
function ordersOfBacktest({ trades, openPosition, dropped }: BacktestResult) {
  const log = trades.all();
  return {
    entered: [
      ...log.map((trade) => trade.entryBar - 1),
      ...dropped.map(({ bar }) => bar - 1),
      ...(openPosition === null ? [] : [openPosition.entryBar - 1]),
    ].toSorted((a, b) => a - b),
    exited: log.filter((trade) => trade.exitReason === "signal").map((trade) => trade.exitBar - 1),
  };
}

function ordersOfReplay({ decisions }: Replayed) {
  const barsOf = (outcome: "entered" | "exited"): readonly number[] =>
    decisions.filter((row) => row.outcome === outcome).map((row) => barOf(row.barTime ?? Number.NaN));
  return { entered: barsOf("entered"), exited: barsOf("exited") };
}

describe("the same bars through the live engine on the simulated broker and through the backtest", () => {
  let ground: ReplayGround;
  beforeAll(async () => {
    ground = await openReplayGround();
  });
  afterAll(() => ground.close());

  describe.each([
    ["at market, with a stop that rests at the broker", undefined, ["signal", "stop"]],
    ["as brackets, with a take-profit", TAKE_PROFIT_PCT, ["stop", "take_profit"]],
  ] as const)("entered %s", (_how, takeProfitPct, reasons) => {
    it.each(strategies.map(({ id }) => id))(
      "%s: decisions, orders, fills, trades and equity are the same",
      async (strategyId) => {
        const live = await ground.replay({
          strategyId,
          settings: [
            ...(SETTINGS[strategyId] ?? []),
            `fraction=${FRACTION}`,
            `stop_atr=${STOP_ATR}`,
            ...(takeProfitPct === undefined ? [] : [`take_profit_pct=${takeProfitPct}`, "entry=bracket"]),
          ],
          symbol: SYMBOL,
          timeframe: "5Min",
          bars,
          history: HISTORY,
        });
        const series = seriesOf(bars);
        const result = tested(strategyId, series, takeProfitPct);

        const signals = [...scanSignals({ ...strategyOf(strategyId), series })].flatMap((signal, bar) =>
          signal === HOLD || bar < HISTORY - 1 || bar === bars.length - 1
            ? []
            : [[bar, signalName(signal === 1 ? 1 : -1)]],
        );
        expect(live.decisions.map((row) => [barOf(row.barTime ?? Number.NaN), row.signal])).toEqual(signals);
        expect(ordersOfReplay(live)).toEqual(ordersOfBacktest(result));
        expect(tradesOfReplay(live)).toEqual(tradesOfBacktest(result));
        expect(live.equity.map(round)).toEqual(Array.from(result.equity.slice(HISTORY - 1), round));
        expect(live.held).toBe(result.openPosition?.size ?? 0);
        expect(result.trades.length).toBeGreaterThan(2);
        expect(result.trades.all().map((trade) => trade.exitReason)).toEqual(
          expect.arrayContaining([...reasons]),
        );
      },
      120_000,
    );
  });

  it("momentum with a signal filter: the same probabilities refuse the same entries", async () => {
    // As many bars as the features look at, none of which is a signal; then the afternoon of the others.
    const history = 110;
    const filtered = [
      ...Array.from({ length: history }, (_, bar) =>
        bar % 2 === 0 ? flat : { ...flat, high: 50.25, low: 49.85, close: 50.05 },
      ),
      ...bars.slice(HISTORY),
    ].map((bar, index) => ({ ...bar, time: START_MS + index * BAR_MS }));
    // A narrow bar gives 0.45, a wide one 0.8.
    const range = FEATURES.names.indexOf("range_atr");
    const model: BuiltInModel["model"] = {
      featuresVersion: FEATURES.version,
      featureNames: FEATURES.names,
      classifier: { kind: "forest", trees: [[range, 1, 0.45, 0.8]] },
      calibration: { slope: 1.1, intercept: 0.01 },
    };
    const { strategy, params } = strategyOf("momentum");
    const live = await ground.replay({
      strategyId: "momentum",
      settings: [
        ...(SETTINGS["momentum"] ?? []),
        `fraction=${FRACTION}`,
        `stop_atr=${STOP_ATR}`,
        "ml_filter=0.6",
      ],
      symbol: SYMBOL,
      timeframe: "5Min",
      bars: filtered,
      history,
      filter: {
        strategyId: "momentum",
        timeframe: "5Min",
        params,
        symbols: [SYMBOL],
        settings: [],
        trainedFromMs: null,
        trainedToMs: null,
        model,
        scores: null,
        createdBy: "ann",
        createdAt: START_MS,
      },
    });
    const series = seriesOf(filtered);
    const run = { strategy, params, series, timeframe: "5Min" as const };
    const result = tested(
      "momentum",
      series,
      undefined,
      builtInFilter(run, { label: "model 1", model, trainedOn: null }, 0.6),
    );
    const refused = live.decisions.filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ barTime, code, text }) => [barOf(barTime ?? Number.NaN), code, text])).toEqual(
      result.refused.map(({ bar, code, text }) => [bar, code, text]),
    );
    expect(ordersOfReplay(live)).toEqual(ordersOfBacktest(result));
    expect(tradesOfReplay(live)).toEqual(tradesOfBacktest(result));
    expect(live.equity.map(round)).toEqual(Array.from(result.equity.slice(history - 1), round));
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["ML_FILTER"]));
    expect(result.trades.length).toBeGreaterThan(0);
  }, 120_000);
});
