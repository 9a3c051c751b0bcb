import { describe, expect, it } from "vitest";
import { completeOptions, formatRun, parseRun, type RunOptions } from "../../src/core/run-options.ts";
import { momentum } from "../../src/core/strategies/momentum.ts";
import { multiTimeframe } from "../../src/core/strategies/multi-timeframe.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";

const DEFAULTS: RunOptions = {
  timeframe: "15Min",
  sizing: "fixed_fraction",
  fraction: 0.01,
  riskPct: 0.5,
  targetVolPct: 0.2,
  kellyFraction: 0.5,
  maxPositionPct: 10,
  fractional: false,
  stopAtr: 2,
  protection: "broker",
  approve: "auto",
  extendedHours: false,
};

describe("a run's options", () => {
  it("have the defaults of PRODUCT.md", () => {
    expect(parseRun(momentum, [])).toEqual({
      kind: "ok",
      params: { lookback_period: 20, momentum_threshold: 0.02 },
      options: DEFAULTS,
    });
    expect(parseRun(quickTest, [])).toMatchObject({ options: { timeframe: "1Min" } });
  });

  it("stand beside the strategy's parameters in any order", () => {
    const texts = [
      "take_profit_pct=5%",
      "min_alignment=0.75",
      "timeframe=1min",
      "protection=engine",
      "fraction=0.5",
      "stop_atr=1.5",
      "extended_hours=true",
    ];
    expect(parseRun(multiTimeframe, texts)).toEqual({
      kind: "ok",
      params: { min_alignment: 0.75, periods: [5, 20, 50], timeframes: [] },
      options: {
        ...DEFAULTS,
        timeframe: "1Min",
        fraction: 0.5,
        stopAtr: 1.5,
        takeProfitPct: 5,
        protection: "engine",
        extendedHours: true,
      },
    });
  });

  it.each([
    [
      "timeframe=10Min",
      "timeframe=10Min: expected one of 1Min, 5Min, 15Min, 30Min, 1Hour, 1Day; did you mean 1Min?",
    ],
    ["fraction=0", "fraction=0: expected a number above 0 and at most 1"],
    ["fraction=1.01", "fraction=1.01: expected a number above 0 and at most 1"],
    ["stop_atr=0", "stop_atr=0: expected a number above 0 and at most 20"],
    ["take_profit_pct=0", "take_profit_pct=0: expected a percentage above 0 and at most 1000, or none"],
    ["protection=brker", "protection=brker: expected one of broker, engine; did you mean broker?"],
    ["timefame=1Min", "unknown parameter timefame; did you mean timeframe?"],
  ])("refuse %s", (text, error) => {
    expect(parseRun(momentum, [text])).toEqual({ kind: "invalid", errors: [error] });
  });

  it("take every exit, and write it back as it was given", () => {
    const texts = [
      "take_profit_r=3",
      "trail_atr=2.5",
      "trail_after_r=1",
      "breakeven_r=1",
      "time_stop_bars=20",
      "partial_r=1",
      "partial_fraction=0.25",
    ];
    const parsed = parseRun(momentum, texts);
    expect(parsed).toMatchObject({
      options: {
        takeProfitR: 3,
        trailAtr: 2.5,
        trailAfterR: 1,
        breakevenR: 1,
        timeStopBars: 20,
        partialR: 1,
        partialFraction: 0.25,
      },
    });
    if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
    expect(formatRun(momentum, parsed)).toEqual(expect.arrayContaining(texts));
    expect(parseRun(momentum, formatRun(momentum, parsed))).toEqual(parsed);
  });

  it.each([
    [
      ["take_profit_pct=5", "take_profit_r=2"],
      "take_profit_pct and take_profit_r exclude each other: a position has one target",
    ],
    [
      ["trail_pct=2", "trail_atr=3"],
      "trail_pct and trail_atr exclude each other: a position has one trailing stop",
    ],
    [["trail_after_r=1"], "trail_after_r needs trail_pct or trail_atr: without one nothing trails"],
    [["partial_fraction=0.3"], "partial_fraction needs partial_r: it says when the part is sold"],
    [
      ["partial_r=2", "take_profit_r=2"],
      "partial_r=2 is never reached: take_profit_r=2 sells everything before",
    ],
    [
      ["breakeven_r=3", "take_profit_r=2"],
      "breakeven_r=3 is never reached: take_profit_r=2 sells everything before",
    ],
    [
      ["trail_pct=1", "trail_after_r=4", "take_profit_r=2"],
      "trail_after_r=4 is never reached: take_profit_r=2 sells everything before",
    ],
    [["trail_pct=60"], "trail_pct=60: expected a percentage from 0.1 to 50, or none"],
    [["time_stop_bars=1.5"], "time_stop_bars=1.5: expected a whole number from 1 to 10000, or none"],
  ])("refuse %j with the reason", (texts, error) => {
    expect(parseRun(momentum, texts)).toEqual({ kind: "invalid", errors: [error] });
  });

  it("take a sizing with its number", () => {
    expect(parseRun(momentum, ["sizing=fixed_risk", "risk_pct=1%", "max_position_pct=25"])).toMatchObject({
      options: { sizing: "fixed_risk", riskPct: 1, maxPositionPct: 25 },
    });
    const kelly = parseRun(momentum, ["sizing=kelly", "kelly_fraction=0.25", "fraction=0.02"]);
    expect(kelly).toMatchObject({ options: { sizing: "kelly", kellyFraction: 0.25, fraction: 0.02 } });
  });

  it.each([
    [["risk_pct=1"], "risk_pct does nothing with sizing=fixed_fraction; it belongs to sizing=fixed_risk"],
    [
      ["sizing=volatility", "fraction=0.02"],
      "fraction does nothing with sizing=volatility; it belongs to sizing=fixed_fraction and sizing=kelly",
    ],
    [
      ["fractional=true"],
      "fractional=true needs protection=engine: fractions are day orders, and no stop can rest at the broker for them",
    ],
  ])("refuse the contradiction %j", (texts, error) => {
    expect(parseRun(momentum, texts)).toEqual({ kind: "invalid", errors: [error] });
  });

  it("check a change against the rule that the run has then", () => {
    const before = parseRun(momentum, ["sizing=fixed_risk", "risk_pct=2"]);
    if (before.kind === "invalid") throw new Error(before.errors.join());
    expect(parseRun(momentum, ["risk_pct=1"], before)).toMatchObject({ options: { riskPct: 1 } });
    // The number of the rule that was left behind is no contradiction.
    expect(parseRun(momentum, ["sizing=fixed_fraction"], before)).toMatchObject({ kind: "ok" });
    const fractional = parseRun(momentum, ["fractional=true", "protection=engine"]);
    if (fractional.kind === "invalid") throw new Error(fractional.errors.join());
    expect(parseRun(momentum, ["protection=broker"], fractional)).toMatchObject({ kind: "invalid" });
  });

  it("of an earlier version get the defaults of what came since", () => {
    expect(completeOptions({ timeframe: "15Min", fraction: 0.2, stopAtr: 3 })).toEqual({
      ...DEFAULTS,
      fraction: 0.2,
      stopAtr: 3,
    });
  });

  it("keep what is not set anew, and take back what was set", () => {
    const before = parseRun(momentum, ["lookback_period=5", "take_profit_pct=3", "protection=engine"]);
    if (before.kind === "invalid") throw new Error(before.errors.join());
    expect(parseRun(momentum, formatRun(momentum, before))).toEqual(before);
    expect(parseRun(momentum, ["fraction=0.2", "take_profit_pct=none"], before)).toEqual({
      kind: "ok",
      params: { lookback_period: 5, momentum_threshold: 0.02 },
      options: { ...DEFAULTS, fraction: 0.2, protection: "engine" },
    });
  });
});
