import { describe, expect, it } from "vitest";
import { didYouMean } from "../../src/core/suggest.ts";

const STRATEGIES = ["ma_crossover", "momentum", "mean_reversion", "rsi_mean_reversion", "quick_test"];

describe("did you mean", () => {
  it.each([
    ["momentun", STRATEGIES, "momentum"],
    ["Momentum", STRATEGIES, "momentum"],
    ["quick-test", STRATEGIES, "quick_test"],
    ["quick", STRATEGIES, "quick_test"],
    ["rsi", STRATEGIES, "rsi_mean_reversion"],
    ["mean_reversoin", STRATEGIES, "mean_reversion"],
    ["lookback", ["lookback_period", "momentum_threshold"], "lookback_period"],
    ["threshold", ["lookback_period", "momentum_threshold"], "momentum_threshold"],
    ["APPL", ["AAPL", "MSFT", "SPY"], "AAPL"],
  ])("%s", (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });

  it.each([
    ["", STRATEGIES],
    ["banana", STRATEGIES],
    ["m", STRATEGIES],
    ["reversion", STRATEGIES], // two contain it: no guess
    ["XY", ["AB", "CD"]],
  ])("nothing near %s", (word, candidates) => {
    expect(didYouMean(word, candidates)).toBeUndefined();
  });
});
