import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/commands/contract.ts";
import type { PastBarsRequest } from "../../src/ports.ts";
import { evaluateTrials } from "../../src/research/optimize/evaluate.ts";
import { reportStudy } from "../../src/research/optimize/report.ts";
import { nextTrials } from "../../src/research/optimize/search.ts";
import { studyBars } from "../../src/research/optimize/study-bars.ts";
import { readRecord, readReport } from "../../src/research/studies/record.ts";
import { barsFromBytes } from "../../src/research/studies/series-bytes.ts";
import { walk } from "../core/series-builder.ts";
import { ANN, busBench, TOM, VIV } from "../support/command-bus.ts";
import { T0 } from "../support/fake-desk.ts";

const BARS = walk(400, 5, 3_600_000);
const FROM = 150;

function bench() {
  const asked: PastBarsRequest[] = [];
  const found = busBench();
  found.desk.pastBars = (request) => {
    asked.push(request);
    const bars = new Map(request.symbols.map((symbol) => [symbol, BARS]));
    return { kind: "done", text: "", value: { fromMs: BARS[FROM]?.time ?? 0, bars } };
  };
  const { studies } = found.ledger.ledger;
  const dispatch = (text: string, deliveryId = "s1"): Promise<Answer> =>
    found.bus.dispatch({ text, actor: TOM, channel: "C7", deliveryId });
  /** Tries all that the study wants, as workers would, and ends it. */
  const finish = async (number: number): Promise<void> => {
    const row = await studies.study(number);
    const { study } = readRecord(row?.definition);
    const bars = studyBars(study, await barsFromBytes(await studies.bars(number)));
    const { trials: planned, total, skipped } = nextTrials(study, bars.windows.length, []);
    const trials = evaluateTrials(study, bars, planned);
    await studies.addTrials(
      number,
      trials.map((trial) => ({ number: trial.number, trial })),
    );
    await studies.setPlanned(number, total);
    const report = reportStudy(study, bars, { trials, total, skipped, stopped: false });
    await studies.end(number, { state: "done", text: "", report, atMs: T0 + 90_000 });
  };
  const say = (text: string, actor = ANN): Promise<Answer> => found.say(text, actor);
  return { ...found, asked, studies, dispatch, finish, say };
}

const START =
  "/optimize ma_crossover AAPL,MSFT fast_period=5,10 slow_period=20:40:10 commission=0.001 days=3";

describe("/optimize", () => {
  it("begins a study with its bars, of what is searched, fixed and told beside", async () => {
    const { dispatch, studies, asked } = bench();
    const answer = await dispatch(`${START} spread=0.04 walk_forward=2 objective=calmar`);
    expect(answer).toMatchObject({
      title: "Study 1 · MA Crossover · AAPL, MSFT · 15Min · grid",
      text: "░░░░░░░░░░ 0% · waits for a worker",
    });
    // Ten times the longest period that any combination may have.
    expect(asked).toEqual([{ symbols: ["AAPL", "MSFT"], timeframe: "15Min", days: 3, warmupBars: 400 }]);
    const row = await studies.study(1);
    expect(row?.asked).toEqual({ actor: "slack:UTRADER", name: "tom", platform: "slack", channel: "C7" });
    const { study, symbols, bars } = readRecord(row?.definition);
    expect({ symbols, bars }).toEqual({ symbols: ["AAPL", "MSFT"], bars: 800 });
    expect(study).toMatchObject({
      strategyId: "ma_crossover",
      search: "grid",
      objective: "calmar",
      walkForward: { windows: 2, inSampleParts: 3, anchored: false },
      space: [
        { name: "fast_period", kind: "list", values: [5, 10] },
        { name: "slow_period", kind: "range", low: 20, high: 40, step: 10, log: false },
      ],
      rules: { commission: 0.001, spread: 0.04, roundToTick: true, gates: false },
    });
    const kept = await barsFromBytes(await studies.bars(1));
    expect(kept.map(({ symbol, series, start }) => [symbol, series.length, start])).toEqual([
      ["AAPL", 400, FROM],
      ["MSFT", 400, FROM],
    ]);
  });

  it("begins one study however often it is delivered, and is audited", async () => {
    const { dispatch, studies, bus, ledger } = bench();
    await dispatch(START);
    // A restarted bot that is delivered the same command again: another memory, the same database.
    ledger.claims.clear();
    ledger.finished.clear();
    const again = busBench(undefined, ledger);
    again.desk.pastBars = () => ({
      kind: "done",
      text: "",
      value: { fromMs: BARS[FROM]?.time ?? 0, bars: new Map([["AAPL", BARS]]) },
    });
    await again.bus.dispatch({ text: START, actor: TOM, channel: "C7", deliveryId: "s1" });
    expect(await studies.list(5)).toHaveLength(1);
    expect(bus.commands.some(({ path }) => path.join(" ") === "optimize cancel")).toBe(true);
    expect(ledger.audits[0]).toMatchObject({ action: START, outcome: "done", actor: "slack:UTRADER (tom)" });
  });

  it("looks for what did well where the grid is large or has no end", async () => {
    const { dispatch, studies } = bench();
    await dispatch("/optimize momentum AAPL stop_atr=1:4 trials=50");
    expect(readRecord((await studies.study(1))?.definition).study).toMatchObject({
      search: "tpe",
      trials: 50,
    });
  });

  it.each([
    ["/optimize momentum AAPL stop_atr=3", /nothing to search; give at least one/],
    ["/optimize momentum AAPL", /params is missing/],
    ["/optimize momentun AAPL stop_atr=1:4", /did you mean momentum/],
    ["/optimize momentum AAPL stop_attr=1:4", /did you mean stop_atr/],
    ["/optimize momentum AAPL stop_atr=1:4 ml_filter=0.7", /^ml_filter=0\.7: .* train a filter for the best/],
    ["/optimize momentum AAPL ml_filter=0.6,0.7", /^ml_filter=0\.6,0\.7: a model is trained for one set/],
    ["/optimize momentum AAPL stop_atr=4:1", /4 is more than 1/],
    ["/optimize momentum AAPL stop_atr=1:4 search=grid", /a grid needs a step/],
    ["/optimize momentum AAPL stop_atr=1:4 objective=luck", /objective=luck: expected one of sharpe/],
    ["/optimize momentum AAPL stop_atr=1:4 days=5000 timeframe=1Min", /at most 1,000,000 here/],
    ["/optimize momentum AAPL stop_atr=1:4 trials=10000 walk_forward=4", /at most 10,000 here/],
    [
      "/optimize momentum AAPL stop_atr=1:4 trials=10 walk_forward=100 in_sample=50",
      /is too few|are too few/,
    ],
  ])("refuses %s and says why", async (text, expected) => {
    const { dispatch, studies } = bench();
    expect((await dispatch(text)).text).toMatch(expected);
    expect(await studies.list(5)).toEqual([]);
  });

  it("is for traders", async () => {
    const { say } = bench();
    for (const text of [START, "/optimize list", "/optimize show 1", "/optimize cancel 1"])
      expect((await say(text, VIV)).text).toContain("needs the role trader");
  });

  it("is told where its answer stands", async () => {
    const { dispatch, studies } = bench();
    const answer = await dispatch(START);
    await answer.placed?.({ channel: "C7", messageId: "17.5" });
    expect((await studies.study(1))?.place).toEqual({ channel: "C7", messageId: "17.5" });
  });
});

describe("/optimize list, show and cancel", () => {
  it("list studies, newest first", async () => {
    const { dispatch, finish, say } = bench();
    expect((await say("/optimize list")).text).toMatch(/None yet/);
    await dispatch(START, "s1");
    await finish(1);
    await dispatch("/optimize momentum AAPL stop_atr=1,2", "s2");
    const list = await say("/optimize list");
    expect(list.text).toBe("2 studies, 1 running.");
    expect(list.table?.rows).toMatchObject([
      ["2", "Momentum · AAPL · 15Min · grid", "running", "0", "0s", "tom"],
      ["1", "MA Crossover · AAPL, MSFT · 15Min · grid", "done", "6/6", "0s", "tom"],
    ]);
  });

  it("show the best trials with the verdict, and how the best is started", async () => {
    const { dispatch, finish, say } = bench();
    await dispatch(`${START} min_trades=0`);
    await finish(1);
    const shown = await say("/optimize show 1", ANN);
    expect(shown.text).toMatch(/^6 trials done after 1m 30s\./);
    expect(shown.text).toMatch(/luck|Sharpe/);
    expect(shown.fields?.map(({ label }) => label)).toEqual(["Best", "Return", "Sharpe", "Deflated Sharpe"]);
    expect(shown.table?.rows.length).toBeGreaterThan(0);
    expect(shown.footer?.join("\n")).toMatch(
      /Start the best: \/strategy start ma_crossover AAPL,MSFT timeframe=15Min fast_period=\d+ slow_period=\d+/,
    );
  });

  it("show the equity of the best trial as a picture, and reports of before there was one without", async () => {
    const { dispatch, finish, say, studies } = bench();
    await dispatch(`${START} min_trades=0`);
    await finish(1);
    const { picture, table } = await say("/optimize show 1");
    const title = "Study 1 · best in sample · MA Crossover · AAPL, MSFT · 15Min · grid";
    expect(picture?.drawing).toMatchObject({ kind: "equity", title });
    expect(picture?.alt).toMatch(/^Study 1 · best .+: from \$100,000\.00 to \$/);
    // Its last figure is that of the table.
    expect(picture?.alt).toContain(`(${table?.rows[0]?.[2] ?? "?"})`);
    const { equity_curve: _curve, ...before } = readReport((await studies.study(1))?.report) ?? {};
    await dispatch(START, "s2");
    await studies.end(2, { state: "done", text: "", report: before, atMs: T0 });
    const old = await say("/optimize show 2");
    expect(old.fields?.map(({ label }) => label)).toContain("Deflated Sharpe");
    expect(old.picture).toBeUndefined();
  });

  it("show the windows of a walk-forward and what is left out of sample", async () => {
    const { dispatch, finish, say } = bench();
    await dispatch(`${START} walk_forward=2 min_trades=0`);
    await finish(1);
    const shown = await say("/optimize show 1");
    expect(shown.fields?.[0]?.label).toBe("Out of sample");
    expect(shown.table?.rows).toHaveLength(2);
    expect(shown.text).toContain("On bars that no search had seen");
    expect(shown.picture?.drawing.title).toContain("Study 1 · out of sample · ");
  });

  it("show the best so far of a study that is running", async () => {
    const { dispatch, studies, say } = bench();
    await dispatch(`${START} min_trades=0`);
    const { study } = readRecord((await studies.study(1))?.definition);
    const bars = studyBars(study, await barsFromBytes(await studies.bars(1)));
    const [first] = evaluateTrials(study, bars, nextTrials(study, 1, []).trials.slice(0, 1));
    await studies.setPlanned(1, 6);
    await studies.addTrials(1, [{ number: 0, trial: first }]);
    const shown = await say("/optimize show 1");
    expect(shown.text).toContain("█░░░░░░░░░ 16% · 1 of 6 trials");
    expect(shown.table?.rows[0]?.at(-1)).toMatch(/^fast_period=5 slow_period=20$/);
  });

  it("cancel a running study once, and keep what was tried", async () => {
    const { dispatch, studies, say } = bench();
    await dispatch(START);
    expect((await say("/optimize cancel 1", ANN)).text).toMatch(
      /^cancelled after \d+s by ann; 0 trials kept/,
    );
    expect(await studies.study(1)).toMatchObject({ state: "cancelled", text: "by ann" });
    expect((await say("/optimize cancel 1")).text).toBe("study 1 has ended already: it is cancelled");
  });

  it.each(["/optimize show 9", "/optimize cancel x", "/optimize show 0"])(
    "say what would be right: %s",
    async (text) => {
      const { dispatch, say } = bench();
      await dispatch(START);
      expect((await say(text)).text).toMatch(
        /unknown study .+; the newest are 1; \/optimize list shows more/,
      );
    },
  );

  it("complete the number of a study and the names of a search", async () => {
    const { dispatch, bus } = bench();
    await dispatch(START);
    const complete = (path: readonly string[], arg: string, typed: string) =>
      bus.suggest({ path, arg, typed, actor: TOM, given: { strategy: "momentum" } });
    expect(await complete(["optimize", "show"], "number", "")).toEqual(["1"]);
    expect(await complete(["optimize", "start"], "params", "walk")).toEqual(["walk_forward="]);
  });
});
