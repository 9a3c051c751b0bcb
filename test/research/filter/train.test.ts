import { describe, expect, it } from "vitest";
import { RandomForestRegression } from "ml-random-forest";
import type { FeatureSet } from "../../../src/core/filter/feature-set.ts";
import { FEATURES } from "../../../src/core/filter/features.ts";
import { scoreOf } from "../../../src/core/filter/probability.ts";
import { verdictOf } from "../../../src/core/filter/verdict.ts";
import { backtestPortfolio } from "../../../src/research/portfolio.ts";
import { entrySignals } from "../../../src/research/filter/entry-signals.ts";
import { fit } from "../../../src/research/filter/fit.ts";
import { trainFilter } from "../../../src/research/filter/train.ts";
import { walk } from "../../core/series-builder.ts";
import { leaps, quickTest } from "./market.ts";

const TELLING = quickTest(leaps(140, true));
const train = (portfolio: typeof TELLING, features = FEATURES) =>
  trainFilter({ portfolio, threshold: 0.7, scheme: "walk_forward" }, features);

describe("labels", () => {
  it("are what the backtest's exits made of the entry, after costs, where it took that entry", () => {
    const signals = entrySignals(TELLING, FEATURES);
    const [result] = backtestPortfolio(TELLING).symbols;
    const trades = result?.trades.all() ?? [];
    const labelled = new Map(signals.map(({ bar, label }) => [bar, label]));
    const compared = trades.filter(({ entryBar }) => labelled.has(entryBar - 1));
    expect(compared.length).toBeGreaterThan(100);
    for (const trade of compared) {
      const label = labelled.get(trade.entryBar - 1);
      expect(label?.pnlPercent).toBeCloseTo(trade.pnlPercent, 6);
      expect(label?.endMs).toBe(TELLING.symbols[0].series.time[trade.exitBar]);
    }
  });

  it("of a stop, a target and a time stop are those of the run's exits", () => {
    const rules = { ...TELLING.rules, stopAtr: 1, takeProfitPct: 1, timeStopBars: 4 };
    const signals = entrySignals({ ...TELLING, rules }, FEATURES);
    const minutes = signals.map(({ atMs, label }) => ((label?.endMs ?? atMs) - atMs) / 60_000);
    // Entered on the bar after the signal and sold at the open after the fourth bar held, at the latest.
    expect(new Set(minutes)).toEqual(new Set([1, 2, 3]));
  });

  it("are missing for an entry that is still open in the end", () => {
    const cut = quickTest(leaps(20, true).slice(0, 19 * 12 + 6));
    expect(entrySignals(cut, FEATURES).at(-1)?.label).toBeUndefined();
  });
});

describe("a classifier", () => {
  const features = Array.from({ length: 120 }, (_, index) => [
    index % 7,
    (index * 31) % 17,
    (index * 13) % 5,
  ]);
  const won = features.map(([a = 0, b = 0]) => a + b / 3 > 5);

  it("of trees says what the library's own forest says", () => {
    const library = new RandomForestRegression({
      nEstimators: 60,
      maxFeatures: 2,
      replacement: false,
      useSampleBagging: true,
      noOOB: true,
      seed: 20_180_203,
      treeOptions: { maxDepth: 3, minNumSamples: 10 },
    });
    library.train(features, won.map(Number));
    const ours = fit("forest", { features, won });
    const expected = library.predict(features);
    for (const [index, row] of features.entries())
      expect(scoreOf(ours, row)).toBeCloseTo(expected[index] ?? Number.NaN, 12);
  });

  it.each(["logistic", "forest"] as const)(
    "of kind %s is the same for the same samples, also as JSON",
    (kind) => {
      const [one, two] = [fit(kind, { features, won }), fit(kind, { features, won })];
      expect(JSON.parse(JSON.stringify(one))).toEqual(two);
      const told = features.map((row) => scoreOf(one, row));
      expect(told.filter((score, index) => score > 0.5 === won[index]).length).toBeGreaterThan(105);
    },
  );

  it.each(["logistic", "forest"] as const)("of kind %s that saw only winners says so", (kind) => {
    expect(scoreOf(fit(kind, { features, won: features.map(() => true) }), [1, 1, 1])).toBeGreaterThan(0.99);
  });
});

describe("training a filter", () => {
  it("finds what the volume tells, keeps the better trades and says that it beats no filter; twice the same", () => {
    const { model, scores } = train(TELLING);
    const [first] = scores.comparisons;
    expect(first).toBeDefined();
    if (first === undefined) return;
    expect(verdictOf(first)).toMatchObject({ beats: true });
    expect(first.threshold).toBe(0.7);
    expect(first.filtered.trades).toBeLessThan(first.unfiltered.trades * 0.7);
    expect(first.filtered.winRatePercent).toBeGreaterThan(80);
    const [best] = scores.classifiers;
    expect(best?.scores.logLoss).toBeLessThan(scores.baseline.logLoss);
    expect(best?.scores.auc).toBeGreaterThan(0.8);
    // Where much was told, much came of it.
    const top = scores.reliability.filter(({ count, from }) => count > 10 && from >= 0.8);
    for (const bin of top) expect(Math.abs((bin.won ?? 0) - (bin.told ?? 0))).toBeLessThan(0.15);
    expect(model.featureNames).toEqual(FEATURES.names);
    const labelled = entrySignals(TELLING, FEATURES).filter(({ label }) => label !== undefined);
    // Its labels know prices up to the last exit.
    const toMs = Math.max(...labelled.map(({ label }) => label?.endMs ?? 0));
    expect(train(TELLING)).toEqual({ model, scores, fromMs: labelled[0]?.atMs, toMs });
  });

  it.each([
    ["leaps whose volume says nothing", quickTest(leaps(140, false))],
    ["a random walk", { ...quickTest(walk(900, 9)), params: { threshold: 0.008 } }],
  ])("on %s says that it does not beat no filter, at any threshold", (_name, portfolio) => {
    const { scores } = train(portfolio);
    const verdicts = scores.comparisons.map(verdictOf);
    expect(verdicts.map(({ beats }) => beats)).toEqual([false, false, false]);
    for (const { text } of verdicts) expect(text).toMatch(/does not beat no filter|is worse than no filter/);
  });

  it("refuses what there is too little of, and what there is nothing to tell apart in", () => {
    expect(() => train(quickTest(leaps(40, true)))).toThrow(
      "32 finished BUYs of quick_test on AAPL after the first 100 bars: expected at least 100; more days, more symbols, or shorter bars",
    );
    const dear = { ...TELLING, rules: { ...TELLING.rules, commission: 0.5 } };
    expect(() => train(dear)).toThrow(/BUYs of quick_test on AAPL lost: there is nothing to tell apart/);
  });

  it("refuses a feature that knows the future, by name", () => {
    const clairvoyant: FeatureSet = {
      ...FEATURES,
      names: [...FEATURES.names, "tomorrow"],
      at(series, t, timeframe) {
        const values = FEATURES.at(series, t, timeframe);
        return values && [...values, (series.close[t + 1] ?? 0) / (series.close[t] ?? 1)];
      },
    };
    expect(() => train(TELLING, clairvoyant)).toThrow(/^feature tomorrow knows the future: at 2026-/);
    const scaled: FeatureSet = {
      ...FEATURES,
      names: ["of_all_time"],
      // The subtle kind: scaled by the highest close of the whole series.
      at: (series, t) => (t < 99 ? undefined : [(series.close[t] ?? 0) / Math.max(...series.close)]),
    };
    expect(() => train(TELLING, scaled)).toThrow(/^feature of_all_time knows the future/);
  });
});
