import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { isoTime } from "../../../src/core/iso-time.ts";
import { maCrossover } from "../../../src/core/strategies/ma-crossover.ts";
import { momentum } from "../../../src/core/strategies/momentum.ts";
import { backtest } from "../../../src/research/backtest.ts";
import { buyAndHold } from "../../../src/research/benchmark.ts";
import type { Study, Trial } from "../../../src/research/optimize/contract.ts";
import { formatStudy } from "../../../src/research/optimize/format.ts";
import { reportStudy, type StudyReport } from "../../../src/research/optimize/report.ts";
import { runStudy, type StudyRun } from "../../../src/research/optimize/run-study.ts";
import { ranked } from "../../../src/research/optimize/score.ts";
import { studyBars } from "../../../src/research/optimize/study-bars.ts";
import { walkForward } from "../../../src/research/optimize/walk-forward.ts";
import { barsOfCloses } from "../../core/series-builder.ts";
import { HOUR_MS, hours, STUDY, trialOf } from "./study.ts";

const BARS = hours(2_400);
const WALKED: Study = { ...STUDY, walkForward: { windows: 4, inSampleParts: 2, anchored: false } };

async function studied(study: Study, symbol = BARS): Promise<StudyRun> {
  return runStudy(study, [symbol], { threads: 1 });
}

function reported(study: Study, run: StudyRun, symbol = BARS): StudyReport {
  return reportStudy(study, studyBars(study, [symbol]), run);
}

/** A run of trials with these figures, a trial each. */
function runOf(...figures: Parameters<typeof trialOf>[1][]): StudyRun {
  const params = { fast_period: 5, slow_period: 20 };
  const trials = figures.map((each, number) => trialOf({ number, window: 0, params }, each));
  return { trials, skipped: 0, total: trials.length, stopped: false };
}

describe("the best trial", () => {
  const trials: readonly Trial[] = runOf(
    { sharpe: 1 },
    { sharpe: 2, trades: 4 },
    { sharpe: null },
    {},
  ).trials;

  it("has the highest score, enough trades, and of equals came first", () => {
    expect(ranked({ ...STUDY, minTrades: 5 }, trials).map(({ number }) => number)).toEqual([0, 3]);
    expect(ranked({ ...STUDY, minTrades: 1 }, trials).map(({ number }) => number)).toEqual([1, 0, 3]);
  });

  it("does not depend on the order in which trials were finished", () => {
    expect(ranked(STUDY, trials.toReversed())).toEqual(ranked(STUDY, trials));
  });
});

describe("the report of a study", () => {
  it("is the same for any order of its trials", async () => {
    const run = await studied(STUDY);
    const report = reported(STUDY, run);
    const turned = reported(STUDY, { ...run, trials: run.trials.toReversed() });
    expect(turned.best).toEqual(report.best);
    expect(turned.monte_carlo).toEqual(report.monte_carlo);
    expect(turned.luck?.deflated_sharpe).toBeCloseTo(report.luck?.deflated_sharpe ?? 0, 12);
    expect(report.best.length).toBe(8);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it.each<[string, number, string]>([
    // Four ratios scatter by 0.0129 around 0.065: luck alone shows 0.0129 × 1.05 = 0.014, and 0.08 × √249 is far above it.
    ["Better than luck", 1, "Better than luck: a Sharpe ratio of 1.27"],
    ["Not proven", 0.8, "Not proven: a Sharpe ratio of 1.02"],
    ["luck", 0.05, "This is what luck would give: a Sharpe ratio of 0.06"],
  ])("says %s", (_name, part, words) => {
    const days = part === 1 ? 2_500 : 250;
    const ratios = [0.05, 0.06, 0.07, 0.08].map((ratio) => ratio * part);
    const run = runOf(
      ...ratios.map((dailySharpe, index) => ({
        dailySharpe: part === 0.05 && index < 3 ? -0.1 * index : dailySharpe,
        days,
        sharpe: index,
      })),
    );
    expect(reported(STUDY, run).verdict.join("\n")).toContain(words);
  });

  it("says that nothing is to be recommended when even the best trial lost", () => {
    const run = runOf({ sharpe: -2, returnPercent: -3.5 }, { sharpe: -1, returnPercent: -0.63 });
    const [first] = reported(STUDY, run).verdict;
    expect(first).toBe(
      "Even the best of 2 trials made no money on these bars (-0.63%): nothing to recommend.",
    );
  });

  it("says that nothing is to be recommended without trades, and what failed", () => {
    const [trial] = runOf({ trades: 0 }).trials;
    const failed: Trial = {
      ...trialOf({ number: 1, window: 0, params: {} }),
      state: "failed",
      inSample: null,
      text: "boom",
    };
    const run = {
      trials: [...(trial === undefined ? [] : [trial]), failed],
      skipped: 0,
      total: 9,
      stopped: true,
    };
    const report = reported(STUDY, run);
    expect(report.equity_curve).toEqual([]);
    expect(report.verdict).toEqual([
      "Stopped: 2 of 9 trials were made, and only they are judged.",
      "1 trial failed; the first: boom",
      "No trial has a sharpe with at least 1 closed trade: nothing to recommend.",
    ]);
  });

  it("compares with buying and holding", async () => {
    const report = reported(STUDY, await studied(STUDY));
    const held = buyAndHold([BARS], BARS.series.time, 100_000);
    expect(report.benchmark.return_percent).toBe(held.returnPercent);
  });

  it("keeps the equity of the best trial, thinned and to the cent", async () => {
    const report = reported(STUDY, await studied(STUDY));
    const { equity_curve: curve, best } = report;
    expect(curve.length).toBeGreaterThan(200);
    expect(curve.length).toBeLessThanOrEqual(302);
    const alone = backtest({
      ...BARS,
      strategy: maCrossover,
      params: { ...STUDY.params, ...best[0]?.params },
      rules: { ...STUDY.rules, ...STUDY.rules.exits, gates: [] },
    });
    const { time } = BARS.series;
    const whole = new Map(Array.from(time, (ms, index) => [isoTime(ms), alone.equity[index]]));
    expect(curve).toEqual(
      curve.map((point) => ({ ...point, equity: Number(whole.get(point.time)?.toFixed(2)) })),
    );
    expect([curve[0]?.time, curve.at(-1)?.time]).toEqual([report.bars.from, report.bars.to]);
    expect(Math.min(...curve.map(({ equity }) => equity))).toBeCloseTo(Math.min(...alone.equity), 2);
    expect(Math.max(...curve.map(({ equity }) => equity))).toBeCloseTo(Math.max(...alone.equity), 2);
  });

  it("keeps the equity of all windows out of sample where they judge", async () => {
    const { equity_curve: curve, walk_forward: walked } = reported(WALKED, await studied(WALKED));
    expect(curve[0]?.equity).toBe(100_000);
    // The first window decides on the last bar of what was searched, an hour before its own.
    const first = Date.parse(walked?.windows[0]?.out_of_sample?.from ?? "");
    expect(Date.parse(curve[0]?.time ?? "")).toBe(first - HOUR_MS);
    expect(curve.at(-1)?.equity).toBeCloseTo(walked?.stitched.final_equity ?? 0, 2);
  });

  it("shows tables and words", async () => {
    const text = formatStudy(reported(STUDY, await studied(STUDY)));
    expect(text).toContain("grid search for the highest sharpe: 8 trials, 1 combination skipped");
    expect(text).toMatch(/Trial +sharpe +Return/);
    expect(formatStudy(reported(WALKED, await studied(WALKED)))).toMatch(/Judged from +sharpe in sample/);
  });
});

describe("walk-forward", () => {
  it("judges what each window chose on the bars after it, one equity through all windows", async () => {
    const run = await studied(WALKED);
    const bars = studyBars(WALKED, [BARS]);
    const { windows, stitched, pnls } = walkForward(WALKED, bars, run.trials);
    expect(windows).toHaveLength(4);
    const [first, second] = windows;
    expect(first?.chosen).toMatchObject({ window: 0, inSample: { trades: expect.any(Number) } });
    // All positions are sold at the ends of their windows: equity is the cash and every profit.
    const profit = pnls.reduce((sum, pnl) => sum + pnl, 0);
    expect(stitched.finalEquity).toBeCloseTo(100_000 + profit, 6);
    expect(windows.at(-1)?.chosen?.outOfSample?.finalEquity).toBe(stitched.finalEquity);
    expect(stitched.trades).toBe(pnls.length);
    const trades = windows.map(({ chosen }) => chosen?.outOfSample?.trades ?? 0);
    expect(trades.reduce((sum, each) => sum + each, 0)).toBe(pnls.length);
    expect(second?.window.inSample.fromMs).toBeGreaterThan(first?.window.inSample.fromMs ?? 0);
  });

  it("chooses the same whatever comes after what was searched", async () => {
    const run = await studied(WALKED);
    const cut = WALKED.walkForward === null ? 0 : 2_000; // the last window judges from bar 2,000 on
    const later = {
      ...BARS,
      series: { ...BARS.series, close: BARS.series.close.map((price, t) => (t < cut ? price : price / 2)) },
    };
    const changed = await studied(WALKED, later);
    expect(changed.trials).toEqual(run.trials);
    const chosen = (of: StudyRun, symbol: typeof BARS) =>
      walkForward(WALKED, studyBars(WALKED, [symbol]), of.trials).windows.map(({ chosen: each }) => each);
    expect(chosen(changed, later).map((each) => each?.params)).toEqual(
      chosen(run, BARS).map((each) => each?.params),
    );
    expect(chosen(changed, later).slice(0, 3)).toEqual(chosen(run, BARS).slice(0, 3));
    expect(chosen(changed, later)[3]).not.toEqual(chosen(run, BARS)[3]);
  });

  it("fills what the last bar before a window wants, and sells at the window's end", () => {
    // Hours that rise by 10% at bar 5, the last that is searched, and again at bar 8: momentum over one bar buys both times.
    const closes = [100, 100, 100, 100, 100, 110, 110, 110, 121, 121];
    const symbol = { symbol: "T", series: seriesOf(barsOfCloses(closes, HOUR_MS)) };
    const study: Study = {
      ...STUDY,
      strategyId: "momentum",
      params: { lookback_period: 1, momentum_threshold: 0.05 },
      rules: { ...STUDY.rules, stopAtr: 0, commission: 0 },
      space: [{ name: "lookback_period", kind: "list", values: [1] }],
      minTrades: 0,
      walkForward: { windows: 2, inSampleParts: 3, anchored: true },
    };
    const trials = [0, 1].map((number) =>
      trialOf({ number, window: number, params: { lookback_period: 1 } }),
    );
    const { stitched, pnls } = walkForward(study, studyBars(study, [symbol]), trials);
    // Bought at the open of bar 6, 110, ⌊0.5 × 100,000 ÷ 110⌋ = 454; sold at the close of bar 7, 110. Bar 8 wants to buy, bar 9
    // opens at 121: ⌊0.5 × 100,000 ÷ 121⌋ = 413, sold at its close of 121.
    expect(pnls).toEqual([0, 0]);
    expect(stitched.trades).toBe(2);
    const alone = backtest({
      ...symbol,
      strategy: momentum,
      params: study.params,
      start: 6,
      rules: { ...study.rules, ...study.rules.exits, gates: [] },
    });
    expect(alone.trades.length).toBe(0); // without the bar before nothing is bought at bar 6, and nothing is sold
  });

  it("says what was left of the promise, and that no setting was stable", async () => {
    const report = reported(WALKED, await studied(WALKED));
    const { walk_forward: walked, verdict, best } = report;
    expect(best).toEqual([]);
    const promised = walked?.windows.map(({ chosen }) => chosen?.in_sample?.annual_return_percent ?? 0) ?? [];
    const mean = promised.reduce((sum, each) => sum + each, 0) / promised.length;
    const left = walked?.stitched.annual_return_percent ?? 0;
    expect(walked?.efficiency).toBe(mean > 0 ? left / mean : null);
    expect(verdict[0]).toMatch(/^On bars that no search had seen: /);
  });

  it("stays in cash where no trial may be the best", () => {
    const run = { trials: [], skipped: 0, total: 8, stopped: true };
    const { verdict, walk_forward: walked } = reported(WALKED, run);
    expect(walked?.windows.every(({ chosen }) => chosen === null)).toBe(true);
    expect(walked?.stitched).toMatchObject({ final_equity: 100_000, trades: 0, return_percent: 0 });
    expect(verdict).toContain("4 of 4 windows had no trial with enough trades and stayed in cash.");
  });
});

describe("running a study", () => {
  it("tells how far it is, with the best so far", async () => {
    const told: [number, number, number | undefined][] = [];
    const run = await runStudy(WALKED, [BARS], {
      threads: 1,
      onProgress: ({ done, total, best }) => told.push([done, total, best?.number]),
    });
    expect(told.at(-1)).toEqual([32, 32, ranked(WALKED, run.trials)[0]?.number]);
  });

  it("ends with what is done when it is cancelled", async () => {
    const bars = hours(30_000);
    const abort = new AbortController();
    abort.abort();
    const none = await runStudy(STUDY, [bars], { threads: 1, signal: abort.signal });
    expect(none).toMatchObject({ trials: [], stopped: true, total: 8 });
  });
});
