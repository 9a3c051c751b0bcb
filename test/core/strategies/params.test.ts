import { describe, expect, it } from "vitest";
import { strategies, strategyById } from "../../../src/core/strategies/index.ts";
import {
  defaultParams,
  expectedOf,
  formatParams,
  parseParams,
  parseStrategyParams,
} from "../../../src/core/strategies/params.ts";

function errorsOf(id: string, ...texts: string[]): readonly string[] {
  const strategy = strategyById(id);
  if (strategy === undefined) throw new Error(`no strategy ${id}`);
  const parsed = parseStrategyParams(strategy, texts);
  return parsed.kind === "invalid" ? parsed.errors : [];
}

function paramsOf(id: string, ...texts: string[]): unknown {
  const strategy = strategyById(id);
  const parsed = strategy === undefined ? undefined : parseStrategyParams(strategy, texts);
  return parsed?.kind === "ok" ? parsed.params : parsed;
}

describe("strategy parameters", () => {
  it.each([
    ["momentum", ["lookback=10"], "unknown parameter lookback; did you mean lookback_period?"],
    [
      "momentum",
      ["momentum_treshold=0.1"],
      "unknown parameter momentum_treshold; did you mean momentum_threshold?",
    ],
    [
      "multi_timeframe",
      ["min_alignment=0.4"],
      "min_alignment=0.4: expected a number above 0.5 and at most 1",
    ],
    [
      "multi_timeframe",
      ["min_alignment=0.5"],
      "min_alignment=0.5: expected a number above 0.5 and at most 1",
    ],
    [
      "multi_timeframe",
      ["min_alignment=nan"],
      "min_alignment=nan: expected a number above 0.5 and at most 1",
    ],
    [
      "multi_timeframe",
      ["periods=5/x"],
      "periods=5/x: expected whole numbers from 1 to 1000 with slashes between them (5/20/50)",
    ],
    [
      "multi_timeframe",
      ["periods="],
      "periods=: expected whole numbers from 1 to 1000 with slashes between them (5/20/50)",
    ],
    [
      "multi_timeframe",
      ["timeframes=5Min/2Hour/1Day"],
      "timeframes=5Min/2Hour/1Day: expected timeframes with slashes between them, each one of 1Min, 5Min, 15Min, 30Min, 1Hour, 1Day, or none",
    ],
    [
      "multi_timeframe",
      ["timeframes=5Min/1Hour"],
      "timeframes=5Min/1Hour: expected 3, one for each of periods=5/20/50",
    ],
    ["ma_crossover", ["fast_period=30"], "fast_period=30: expected less than slow_period=30"],
    ["ma_crossover", ["fast_period=2.5"], "fast_period=2.5: expected a whole number from 1 to 1000"],
    ["ma_crossover", ["fast_period=0x10"], "fast_period=0x10: expected a whole number from 1 to 1000"],
    ["ma_crossover", ["fast_period"], "fast_period: expected name=value"],
    ["rsi_mean_reversion", ["oversold=70"], "oversold=70: expected less than overbought=70"],
    ["rsi_mean_reversion", ["oversold=-1"], "oversold=-1: expected a number from 0 to 100"],
    [
      "volatility_breakout",
      ["volume_confirmation=maybe"],
      "volume_confirmation=maybe: expected true or false",
    ],
    [
      "volatility_breakout",
      ["breakout_multiplier=0"],
      "breakout_multiplier=0: expected a number above 0 and at most 20",
    ],
  ])("%s %j is refused with what would be right", (id, texts, error) => {
    expect(errorsOf(id, ...texts)).toEqual([error]);
  });

  it("names every problem at once", () => {
    expect(errorsOf("ma_crossover", "fast_period=0", "slow=3", "slow_period=20", "slow_period=30")).toEqual([
      "fast_period=0: expected a whole number from 1 to 1000",
      "unknown parameter slow; did you mean slow_period?",
      "slow_period is given twice",
    ]);
  });

  it("reads every kind", () => {
    expect(paramsOf("multi_timeframe", "min_alignment=1", "periods=3/8", "timeframes=5min/1hour")).toEqual({
      min_alignment: 1,
      periods: [3, 8],
      timeframes: ["5Min", "1Hour"],
    });
    expect(paramsOf("multi_timeframe", "timeframes=none")).toMatchObject({ timeframes: [] });
    expect(paramsOf("volatility_breakout", "volume_confirmation=false", "volume_factor=1e0")).toEqual({
      atr_period: 14,
      breakout_multiplier: 2,
      volume_confirmation: false,
      volume_factor: 1,
    });
  });

  it.each(strategies.map((strategy) => strategy.id))("%s reads back what it writes", (id) => {
    const strategy = strategyById(id);
    const params = defaultParams(strategy?.params ?? []);
    const texts = formatParams(strategy?.params ?? [], params);
    expect(parseParams(strategy?.params ?? [], texts)).toEqual({ kind: "ok", params });
    expect(texts.length).toBe(strategy?.params.length);
  });

  it("describes ranges as a person reads them", () => {
    const spec = { name: "x", kind: "percent", default: "none", above: 0, max: 5, description: "" } as const;
    expect(expectedOf(spec)).toBe("a percentage above 0 and at most 5, or none");
    expect(expectedOf({ name: "x", kind: "number", default: 1, min: 0, below: 1, description: "" })).toBe(
      "a number of at least 0 and below 1",
    );
  });
});
