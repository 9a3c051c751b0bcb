import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { maCrossover } from "../../../src/core/strategies/ma-crossover.ts";
import { parseCsv } from "../../../src/research/csv.ts";
import type { Dimension } from "../../../src/research/optimize/contract.ts";
import { runOptimize } from "../../../src/research/optimize/cli.ts";
import { progressText } from "../../../src/research/optimize/progress.ts";
import { readSpace } from "../../../src/research/optimize/read-space.ts";
import type { OptimizeOptions } from "../../../src/research/optimize/read-study.ts";
import type { StudyReport } from "../../../src/research/optimize/report.ts";
import { hours } from "./study.ts";

const BARS = hours(900);
const SPACE = ["fast_period=5:15:5", "slow_period=20,40"];

async function optimize(options: OptimizeOptions, strategy = "ma_crossover"): Promise<string> {
  return runOptimize(strategy, [BARS], { csv: ["T.csv"], space: SPACE, ...options }, [], {});
}

async function report(options: OptimizeOptions): Promise<StudyReport> {
  const parsed: StudyReport = JSON.parse(await optimize({ ...options, json: true }));
  return parsed;
}

describe("the values to search", () => {
  const range = { kind: "range", low: 5, high: 20, step: null, log: false } as const;

  it.each<[string, Dimension]>([
    ["fast_period=5:20:5", { ...range, name: "fast_period", step: 5 }],
    ["fast_period=5:20", { ...range, name: "fast_period", step: 1 }],
    ["stop-atr=5:20", { ...range, name: "stop_atr" }],
    ["stop_atr=5:20:log", { ...range, name: "stop_atr", log: true }],
    ["stop_atr=5:20:0.5:log", { ...range, name: "stop_atr", step: 0.5, log: true }],
    ["fast_period=5,10,5", { name: "fast_period", kind: "list", values: [5, 10] }],
    ["trail_pct=none,2,4%", { name: "trail_pct", kind: "list", values: ["none", 2, 4] }],
    ["fast_period=7", { name: "fast_period", kind: "list", values: [7] }],
  ])("are read from %s", (text, dimension) => {
    const problems: string[] = [];
    expect(readSpace(maCrossover, [text], problems)).toEqual([dimension]);
    expect(problems).toEqual([]);
  });

  it.each([
    ["fast=5:20", "--space fast=5:20: unknown parameter fast; did you mean fast_period?"],
    ["fast_period", "--space fast_period: expected NAME=A,B,C, NAME=LOW:HIGH, NAME=LOW:HIGH:STEP or"],
    ["fast_period=20:5", "--space fast_period=20:5: 20 is more than 5; expected LOW:HIGH"],
    ["fast_period=5:20:0", "expected a step above 0"],
    ["fast_period=5:20:x", "expected a step above 0"],
    ["fast_period=5:20:1.5", "expected a step in whole numbers"],
    ["fast_period=5:2000", "--space fast_period=2000: expected a whole number from 1 to 1000"],
    ["stop_atr=0:4:log", "by ratio needs a low end above 0"],
    ["fast_period=5,x", "--space fast_period=x: expected a whole number from 1 to 1000"],
  ])("are refused as %s", (text, problem) => {
    const problems: string[] = [];
    readSpace(maCrossover, [text], problems);
    expect(problems.join("\n")).toContain(problem);
  });
});

describe("alphaflow optimize", () => {
  it("searches with the options of a backtest and tells the same in JSON every time", async () => {
    const options = { fraction: "0.5", stopAtr: "3", commission: "0.001", minTrades: "1" };
    const found = await report(options);
    expect(found).toMatchObject({
      strategy: "ma_crossover",
      rules: { fraction: 0.5, stop_atr: 3, commission: 0.001 },
      trials: { planned: 6, done: 6, failed: 0, skipped: 0, stopped: false },
      search: { kind: "grid", objective: "sharpe", seed: 1 },
    });
    expect(await report(options)).toEqual(found);
    expect(found.best[0]?.score ?? 0).toBeGreaterThanOrEqual(found.best[1]?.score ?? 0);
  });

  it.each<[string, OptimizeOptions]>([
    ["random", { search: "random", trials: "4", space: ["fast_period=2:15", "stop_atr=1:4"] }],
    ["tpe", { search: "tpe", trials: "30", space: ["fast_period=2:15", "stop_atr=1:4"] }],
    ["walk-forward", { walkForward: "3", inSample: "2", anchored: true, minTrades: "1" }],
    ["another objective", { objective: "calmar" }],
  ])("does a study: %s", async (_name, options) => {
    const found = await report(options);
    expect(found.trials.failed).toBe(0);
    expect(found.trials.done).toBe(found.trials.planned);
    expect(found.verdict.length).toBeGreaterThan(1);
  });

  it.each<[string, OptimizeOptions, string]>([
    ["nothing to search", { space: [] }, "--space: nothing to search; give at least one"],
    ["an unknown search", { search: "brute" }, "--search brute: expected one of grid, random, tpe"],
    ["an unknown objective", { objective: "sharp" }, "did you mean sharpe?"],
    [
      "a value fixed and searched",
      { param: ["fast_period=5"] },
      "fast_period stands in --space and in --param",
    ],
    [
      "a stop fixed and searched",
      { space: ["stop_atr=1,2"], stopAtr: "2" },
      "stop_atr stands in --space and in --stop-atr: fix it or search it",
    ],
    ["windows of nothing", { inSample: "3" }, "--in-sample needs --walk-forward"],
    [
      "more windows than there are bars for",
      { walkForward: "600" },
      "--walk-forward 600: expected a whole number from 1 to 100",
    ],
    ["a dimension twice", { space: ["stop_atr=1", "stop_atr=2"] }, "--space stop_atr is given twice"],
    ["a signal filter", { mlFilter: "0.7" }, "--ml-filter 0.7: a model is trained for one set of parameters"],
    ["filters to search", { space: ["ml_filter=0.6,0.7"] }, "--space ml_filter=0.6,0.7: a model is trained"],
    ["what contradicts itself", { space: ["fast_period=50,60"] }, "all 2 combinations contradict themselves"],
    ["a wrong option of the backtest", { cash: "0" }, "--cash 0: expected a number above 0"],
  ])("refuses %s", async (_name, options, text) => {
    await expect(optimize(options)).rejects.toThrow(text);
  });

  it("names an unknown strategy", async () => {
    await expect(optimize({}, "momentun")).rejects.toThrow(
      "unknown strategy momentun; did you mean momentum?",
    );
  });

  it("does not take a random walk for a discovery, as the README shows", async () => {
    const file = join(import.meta.dirname, "../../../samples/random-walk.csv");
    const walk = { symbol: "random-walk", series: parseCsv(file, readFileSync(file)) };
    const space = ["fast_period=5:30:5", "slow_period=20:120:20", "stop_atr=1,2,3"];
    const text = await runOptimize("ma_crossover", [walk], { csv: [file], space, fraction: "0.95" }, [], {});
    expect(text).toContain("99 trials, 9 combinations skipped");
    expect(text).toContain("Not proven: a Sharpe ratio of 0.64");
  });

  it("tells how far it is in a line", () => {
    expect(progressText({ done: 320, total: 1_000, best: undefined })).toBe("320 of 1,000 trials");
  });
});
