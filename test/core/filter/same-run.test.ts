import { describe, expect, it } from "vitest";
import { differenceFrom, exitSettings, type FilteredRun } from "../../../src/core/filter/same-run.ts";
import { strategyById } from "../../../src/core/strategies/index.ts";
import { defaultParams } from "../../../src/core/strategies/params.ts";

const strategy = strategyById("rsi_mean_reversion");
if (strategy === undefined) throw new Error("no rsi_mean_reversion");
const params = { ...defaultParams(strategy.params), rsi_period: 14 };
const run: FilteredRun = { strategy, params, timeframe: "1Hour", exits: { stopAtr: 2 } };
const model = {
  strategyId: strategy.id,
  timeframe: "1Hour",
  params,
  settings: ["stop_atr=2", "commission=0.001", "spread=0.01"],
} as const;

describe("the run that a filter was trained for", () => {
  it("has its stop and the exits that are on", () => {
    expect(exitSettings({ stopAtr: 0, takeProfitR: 3, partialR: 1, partialFraction: 0.5 })).toEqual([
      "stop_atr=0",
      "take_profit_r=3",
      "partial_r=1",
    ]);
  });

  it.each<[string, Partial<FilteredRun>, Partial<Parameters<typeof differenceFrom>[0]>, string | undefined]>([
    ["the same, at other costs", {}, {}, undefined],
    [
      "another strategy",
      {},
      { strategyId: "momentum" },
      "it is a filter of momentum, not of rsi_mean_reversion",
    ],
    ["other bars", { timeframe: "1Day" }, {}, "it was trained for 1Hour bars instead of 1Day"],
    [
      "another parameter",
      { params: { ...params, rsi_period: 7 } },
      {},
      "it was trained for rsi_period=14 instead of 7",
    ],
    ["no stop", { exits: { stopAtr: 0 } }, {}, "it was trained for stop_atr=2 instead of 0"],
    [
      "other exits",
      { exits: { stopAtr: 2, trailPct: 3 } },
      { settings: ["stop_atr=2", "time_stop_bars=9"] },
      "it was trained for time_stop_bars=9 instead of none, no trail_pct instead of 3",
    ],
    ["exits that nobody knows", { exits: { stopAtr: 7, trailPct: 3 } }, { settings: [] }, undefined],
  ])("with %s", (_name, asked, trained, text) => {
    expect(differenceFrom({ ...model, ...trained }, { ...run, ...asked })).toBe(text);
  });
});
