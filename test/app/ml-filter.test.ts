import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestExit } from "../../src/app/record.ts";
import { setRun, startRun } from "../../src/app/runs.ts";
import type { Classifier } from "../../src/core/filter/model.ts";
import type { Params } from "../../src/core/strategies/contract.ts";
import { strategyById } from "../../src/core/strategies/index.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import { checksLine } from "../../src/core/risk/lines.ts";
import type { DecisionRow } from "../../src/ports.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";
import { logisticOnnx } from "../support/onnx-model.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const OWN_PARAMS = "min_alignment=0.66 periods=5/20/50 timeframes=none";
const PARAMS = defaultParams(strategyById("multi_timeframe")?.params ?? []);

/** A filter of multi_timeframe on minute bars, with its version. */
const keep = (
  classifier: Classifier,
  featuresVersion = 1,
  params: Params = PARAMS,
  settings: readonly string[] = [],
): Promise<number> =>
  ground.ledger.insertFilterModel({
    strategyId: "multi_timeframe",
    timeframe: "1Min",
    params,
    symbols: ["AAPL"],
    settings,
    trainedFromMs: null,
    trainedToMs: null,
    model: { featuresVersion, featureNames: [], classifier, calibration: null },
    scores: null,
    createdBy: "ann",
    createdAt: Date.now(),
  });
/** As a row would be that somebody has damaged: a forest without trees. */
const DAMAGED: Classifier = JSON.parse('{"kind":"forest"}');
const always = (probability: number): Classifier => ({ kind: "forest", trees: [probability] });
const decision = async (): Promise<DecisionRow | undefined> =>
  (await ground.ledger.decisions({ accountId: "paper", symbol: "AAPL", limit: 1 }))[0];
const buys = (): number => ground.alpaca.orders().filter((order) => order.side === "buy").length;

describe("a run with ml_filter", () => {
  it.each([
    [0.64, "ml 0.64 of 0.70 ✗"],
    [0.7, "ml 0.70 not above 0.70 ✗"],
  ])("does not enter at %f with ml_filter=0.7, and /why shows it", async (probability, line) => {
    const id = await keep(always(probability));
    await ground.start(["AAPL"], ["ml_filter=0.7"]);
    await ground.running.tick();
    const found = await decision();
    expect(found).toMatchObject({ outcome: "refused", code: "ML_FILTER" });
    expect(checksLine(found?.checks ?? [])).toContain(`${line} model ${id}`);
    expect(buys()).toBe(0);
  });

  it("enters above its threshold, with the newest model, and shows that too", async () => {
    await keep(always(0.1));
    const id = await keep(always(0.75));
    await ground.start(["AAPL"], ["ml_filter=0.7"]);
    await ground.running.tick();
    const found = await decision();
    expect(found?.outcome).toBe("entered");
    expect(checksLine(found?.checks ?? [])).toContain(`ml 0.75 of 0.70 ✓ model ${id}`);
    expect(buys()).toBe(1);
  });

  it("stays with the version that ml_model names", async () => {
    const id = await keep(always(0.1));
    await keep(always(0.9));
    await ground.start(["AAPL"], ["ml_filter=0.7", `ml_model=${id}`]);
    await ground.running.tick();
    expect(checksLine((await decision())?.checks ?? [])).toContain(`ml 0.10 of 0.70 ✗ model ${id}`);
  });

  it.each<[string, Classifier, number, string]>([
    ["of another version of the features", always(0.9), 0, "was trained on version 0 of the features"],
    ["that answers no probability", always(1.5), 1, "answered 1.5, expected a probability from 0 to 1"],
    ["that is damaged", DAMAGED, 1, "could not be asked"],
  ])(
    "refuses entries on a model %s, by name, and the tick goes on",
    async (_name, classifier, version, text) => {
      await keep(classifier, version);
      await ground.start(["AAPL"], ["ml_filter=0.7"]);
      await ground.running.tick();
      expect(await decision()).toMatchObject({ outcome: "refused", code: "ML_MODEL" });
      expect((await decision())?.text).toContain(text);
      expect(ground.running.engine.state.tickFailure).toBeNull();
    },
  );

  it("refuses entries while its features do not exist", async () => {
    ground.alpaca.setBars("AAPL", "1Min", risingBars(Date.now(), 60));
    await keep(always(0.9), 1, { ...PARAMS, periods: [3, 6, 12] });
    await ground.start(["AAPL"], ["ml_filter=0.7", "periods=3/6/12"]);
    await ground.running.tick();
    expect(await decision()).toMatchObject({ outcome: "refused", code: "ML_NOT_READY" });
  });

  it("keeps nobody from getting out", async () => {
    await keep(always(0.9));
    const run = await ground.start(["AAPL"], ["ml_filter=0.7"]);
    await ground.running.tick();
    const { engine } = ground.running;
    await expect.poll(async () => (await ground.ledger.openPositions("paper")).length).toBe(1);
    await keep(DAMAGED);
    const [position] = await ground.ledger.openPositions("paper");
    expect(position?.runId).toBe(run.id);
    await requestExit(engine, position?.id ?? "", "signal", Date.now());
    engine.tendSoon(position?.id ?? "");
    await expect
      .poll(async () => (await ground.ledger.openPositions("paper")).length, { timeout: 15_000 })
      .toBe(0);
  });
});

describe("ml_filter at the start of a run", () => {
  const start = (...settings: readonly string[]) =>
    startRun(
      ground.running.engine,
      { strategyId: "multi_timeframe", symbols: ["AAPL"], settings: ["timeframe=1Min", ...settings] },
      BY,
    );

  it("is refused without a model for strategy, timeframe and parameters, with what to do", async () => {
    expect(await start("ml_filter=0.7")).toEqual({
      kind: "refused",
      text: `ml_filter=0.7: no model of multi_timeframe on 1Min has been trained with these parameters and exits; train one: /ml train multi_timeframe SYMBOLS timeframe=1Min ${OWN_PARAMS} stop_atr=2`,
    });
    const id = await keep(always(0.9));
    expect(await start("ml_filter=0.7", "min_alignment=0.9")).toMatchObject({ kind: "refused" });
    expect(await start("ml_filter=0.7", "ml_model=999")).toMatchObject({
      kind: "refused",
      text: `ml_filter=0.7: there is no model 999; of multi_timeframe on 1Min these fit: ${id}`,
    });
    expect(await start("ml_filter=0.7")).toMatchObject({ kind: "done" });
    expect(await start("ml_filter=off", "fraction=0.02")).toMatchObject({ kind: "done" });
  });

  it("is refused where the model's exits or stop are others, and names them", async () => {
    const id = await keep(always(0.9), 1, PARAMS, ["stop_atr=3", "take_profit_r=2", "commission=0.001"]);
    const differs = (text: string) => ({
      kind: "refused",
      text: expect.stringContaining(`model ${id} does not fit: it was trained for ${text}; no model of`),
    });
    expect(await start("ml_filter=0.7")).toMatchObject(
      differs("stop_atr=3 instead of 2, take_profit_r=2 instead of none"),
    );
    expect(await start("ml_filter=0.7", `ml_model=${id}`, "stop_atr=3", "trail_pct=2")).toMatchObject(
      differs("take_profit_r=2 instead of none, no trail_pct instead of 2"),
    );
    expect(await start("ml_filter=0.7", `ml_model=${id}`, "min_alignment=0.9")).toMatchObject(
      differs("min_alignment=0.66 instead of 0.9, stop_atr=3 instead of 2, take_profit_r=2 instead of none"),
    );
    expect(await start("ml_filter=0.7", "stop_atr=3", "take_profit_r=2")).toMatchObject({ kind: "done" });
  });

  it.each([
    ["ml_filter=1", "ml_filter=1: expected a number above 0 and below 1, or none"],
    ["ml_filter=70%", "ml_filter=70%: expected a number above 0 and below 1, or none"],
    ["ml_model=3", "ml_model=3 needs ml_filter, for example ml_filter=0.7"],
  ])("%s is refused", async (setting, text) => {
    expect(await start(setting)).toEqual({ kind: "refused", text });
  });

  it("is refused where a user's own model cannot run here", async () => {
    await keep({ kind: "onnx", base64: Buffer.from(logisticOnnx([1])).toString("base64") });
    expect(await start("ml_filter=0.7")).toMatchObject({
      kind: "refused",
      text: expect.stringMatching(/^ml_filter=0.7: model \d+ cannot be used: no ONNX runtime in this test$/),
    });
  });

  it("and in /strategy set alike", async () => {
    const run = await ground.start(["AAPL"]);
    expect(await setRun(ground.running.engine, run.id, ["ml_filter=0.6"], BY)).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("no model of multi_timeframe on 1Min"),
    });
    await keep(always(0.9));
    expect(await setRun(ground.running.engine, run.id, ["ml_filter=0.6"], BY)).toMatchObject({
      kind: "done",
    });
  });
});
