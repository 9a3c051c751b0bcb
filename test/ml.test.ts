import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seriesOf } from "../src/core/bar-series.ts";
import { addMl, barsWithFilter, compareMl, statusMl, trainMl, type MlWorld } from "../src/ml.ts";
import { periodOf } from "../src/research/period.ts";
import { runBacktest, type BarsInput } from "../src/research/cli.ts";
import { leaps } from "./research/filter/market.ts";
import { fakeLedger } from "./support/fake-ledger.ts";
import { noOnnx } from "./support/no-onnx.ts";

const BARS: readonly BarsInput[] = [{ symbol: "AAPL", series: seriesOf(leaps(140, true)) }];
const OPTIONS = { param: ["threshold=0.007"], stopAtr: "0", fraction: "0.1", mlFilter: "0.6" };

const { ledger } = fakeLedger();
const world: MlWorld = {
  // Its score is the close's place in the bar, the fourteenth feature.
  onnx: { open: async () => ({ score: async (features) => features[13] ?? Number.NaN }) },
  by: "ann",
  nowMs: Date.UTC(2026, 10, 22),
  withLedger: (work) => work(ledger),
};

/** The bars up to the end of a period, as the command line reads them. */
const periodsOf = (fromMs: number, toMs: number): readonly BarsInput[] =>
  BARS.map(({ symbol, series }) => ({ symbol, ...periodOf(series, fromMs, toMs) }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "alphaflow-ml-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function reported(options: Parameters<typeof barsWithFilter>[3]) {
  const bars = await barsWithFilter(world, "quick_test", BARS, options);
  const report: {
    readonly warnings: readonly string[];
    readonly rules: Readonly<Record<string, unknown>>;
    readonly trades: readonly { readonly pnl: number }[];
    readonly refused: readonly { readonly code: string; readonly text: string }[];
  } = JSON.parse(runBacktest("quick_test", bars, { ...options, json: true }));
  return report;
}

describe("alphaflow ml", () => {
  it("trains into the database or a file, and a backtest asks either alike", async () => {
    const told = await trainMl(world, "quick_test", BARS, OPTIONS);
    expect(told).toMatch(/^signal filter of quick_test on 1Min bars of AAPL\nthreshold=0.007 stop_atr=0\n/);
    expect(told).toContain("At 0.60 the filter beats no filter: +");
    expect(told).toMatch(/told +entries +mean told +won/);
    expect(told).toMatch(/kept as model 1$/);
    const out = join(folder, "filter.json");
    await trainMl(world, "quick_test", BARS, { ...OPTIONS, out });
    expect(await statusMl(world, undefined, false)).toMatch(/1 +quick_test +1Min .*2026-11-22 +ann/);
    // What is known of the version is what was told.
    expect(told.startsWith(await compareMl(world, "quick_test", undefined, {}))).toBe(true);

    const plain = await reported({ ...OPTIONS, mlFilter: undefined });
    const kept = await reported({ ...OPTIONS, inSample: true });
    const filed = await reported({ ...OPTIONS, mlModel: out, inSample: true });
    expect(kept.trades).toEqual(filed.trades);
    expect(kept.rules).toMatchObject({ ml_filter: 0.6, ml_model: "1" });
    expect(filed.rules).toMatchObject({ ml_filter: 0.6, ml_model: out });
    expect(plain.rules).not.toHaveProperty("ml_filter");
    expect(kept.trades.length).toBeLessThan(plain.trades.length * 0.7);
    expect(new Set(kept.refused.map(({ code }) => code))).toEqual(new Set(["ML_FILTER", "ML_NOT_READY"]));
    expect(kept.refused.at(-1)?.text).toMatch(/^ml 0\.\d\d of 0\.60 \(model 1\)$/);
    expect(JSON.parse(await readFile(out, "utf8"))).toMatchObject({
      strategyId: "quick_test",
      timeframe: "1Min",
    });
  }, 60_000);

  it("tests a filter on bars that it has not seen, and on those that trained it only where that is wished and said", async () => {
    const cutMs = Date.UTC(2026, 0, 6, 14);
    const out = join(folder, "early.json");
    const training = { ...OPTIONS, mlFilter: "0.5", out };
    await trainMl(world, "quick_test", periodsOf(0, cutMs - 1), training);
    const options = { ...OPTIONS, mlModel: out };
    const test = (bars: readonly BarsInput[], inSample = false) =>
      barsWithFilter(world, "quick_test", bars, { ...options, inSample }).then((filtered) =>
        runBacktest("quick_test", filtered, options),
      );
    const later = periodsOf(cutMs, Number.POSITIVE_INFINITY);
    expect(await test(later)).toMatch(
      /^quick_test on .*\n.*\n.* gates=false ml_filter=0\.6 ml_model=\S+early\.json\n/,
    );
    // One bar that its labels know is enough; those before it only warm indicators up.
    // A file fits the run that it was trained for, and no other.
    const other = (changes: Partial<typeof options> & { readonly timeframe?: string }) =>
      barsWithFilter(world, "quick_test", later, { ...options, ...changes });
    const misfit = `--ml-model ${out}: it was trained for`;
    await expect(other({ timeframe: "1Day" })).rejects.toThrow(`${misfit} 1Min bars instead of 1Day`);
    await expect(other({ param: ["threshold=0.008"] })).rejects.toThrow(
      `${misfit} threshold=0.007 instead of 0.008`,
    );
    await expect(other({ stopAtr: "2" })).rejects.toThrow(`${misfit} stop_atr=0 instead of 2`);
    const strangers = later.map((bars) => ({ ...bars, symbol: "GOOG" }));
    expect(await test(strangers)).toMatch(
      /^\S+early\.json has learned nothing from GOOG: it was trained on AAPL\.\n/,
    );
    const [{ trainedToMs }] = [JSON.parse(await readFile(out, "utf8"))];
    const told = `bars of this period trained ${out} (AAPL, 2026-01-05T`;
    await expect(test(periodsOf(trainedToMs, Number.POSITIVE_INFINITY))).rejects.toThrow(told);
    expect(await test(periodsOf(trainedToMs + 1, Number.POSITIVE_INFINITY))).toMatch(/^quick_test on /);
    await expect(test(BARS)).rejects.toThrow(/train up to a day \(ml train --to\)/);
    expect(await test(BARS, true)).toMatch(/^IN SAMPLE: bars of this period trained .*early\.json \(AAPL, /);
    const json = await reported({ ...options, inSample: true });
    expect(Object.keys(json)[0]).toBe("warnings");
    expect(json.warnings).toEqual([expect.stringMatching(/^IN SAMPLE: /)]);
  }, 120_000);

  it("keeps a user's own ONNX file, which a backtest asks about every BUY", async () => {
    const file = join(folder, "own.onnx");
    await writeFile(file, "bytes");
    const setting = { param: ["threshold=0.008"], timeframe: "1Min" };
    expect(await addMl(world, "quick_test", file, setting)).toBe(
      `${file} is kept as model 2 of quick_test on 1Min`,
    );
    const options = { ...OPTIONS, ...setting, mlFilter: "0.99" };
    const { refused, warnings } = await reported(options);
    expect(warnings).toEqual([
      "Nothing is known of what trained model 2: it may have learned from these very bars.",
    ]);
    expect(refused.at(-1)?.text).toMatch(/^ml 0\.\d\d of 0\.99 \(model 2\)$/);
    expect((await reported({ ...options, mlModel: file })).refused.length).toBe(refused.length);
    await expect(addMl({ ...world, onnx: noOnnx }, "quick_test", file, setting)).rejects.toThrow(
      `${file}: no ONNX runtime in this test`,
    );
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      "a model without a filter",
      () => reported({ ...OPTIONS, mlFilter: undefined, mlModel: "1" }),
      "--ml-model 1 needs --ml-filter, for example --ml-filter 0.7",
    ],
    [
      "a threshold that is none",
      () => reported({ ...OPTIONS, mlFilter: "70" }),
      "--ml-filter 70: expected a number above 0 and below 1, or none",
    ],
    [
      "a version there is not",
      () => reported({ ...OPTIONS, mlModel: "9" }),
      "there is no model 9; of quick_test on 1Min these fit: 1",
    ],
    ["a file there is not", () => reported({ ...OPTIONS, mlModel: "nowhere.json" }), "nowhere.json: ENOENT"],
    [
      "a file that is no model",
      () => reported({ ...OPTIONS, mlModel: "package.json" }),
      "--ml-model package.json: expected what alphaflow ml train --out wrote, or an .onnx file",
    ],
    [
      "a scheme there is not",
      () => trainMl(world, "quick_test", BARS, { ...OPTIONS, validation: "kfold" }),
      "unknown --validation kfold; did you mean k_fold?",
    ],
    [
      "a strategy without a model",
      () => compareMl(world, "momentum", undefined, {}),
      "no model of momentum yet; alphaflow ml train momentum makes one",
    ],
  ])("refuses %s", async (_name, act, text) => {
    await expect(act()).rejects.toThrow(text);
  });
});
