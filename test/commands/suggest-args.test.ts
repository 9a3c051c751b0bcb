import { describe, expect, it } from "vitest";
import { strategies } from "../../src/core/strategies/index.ts";
import { runId } from "../../src/core/order.ts";
import { testPositionView, testRun, testRunView } from "../support/fake-desk.ts";
import { ANN, busBench, EVE, VIV } from "../support/command-bus.ts";

function ask(
  path: string,
  arg: string,
  typed: string,
  actor = ANN,
  given: Readonly<Record<string, string>> = {},
) {
  const bench = busBench();
  bench.desk.runs = [
    testRunView(),
    testRunView(testRun({ id: runId("old1"), status: "stopped", symbols: ["GOOG"] })),
  ];
  bench.desk.positions = [testPositionView({ symbol: "TSLA" })];
  return bench.bus.suggest({ path: path.split(" "), arg, typed, given, actor });
}

describe("suggestions", () => {
  it.each([
    ["strategy start", "strategy", "", strategies.map(({ id }) => id)],
    ["strategy start", "strategy", "mo", ["momentum"]],
    ["strategy start", "strategy", "REV", ["rsi_mean_reversion", "mean_reversion"]],
    ["strategy start", "symbols", "", ["TSLA", "AAPL", "MSFT"]],
    ["strategy start", "symbols", "AAPL,ts", ["AAPL,TSLA"]],
    ["strategy start", "params", "timeframe=1Min look", ["timeframe=1Min lookback_period="]],
    ["strategy stop", "run", "", ["all", "k7q2"]],
    ["strategy set", "run", "", ["k7q2"]],
    ["strategy stop", "close", "y", ["yes"]],
    ["close", "symbol", "a", ["all", "AAPL", "TSLA"]],
    ["positions", "strategy", "man", ["manual"]],
    ["performance", "period", "", ["day", "week", "month", "all"]],
    ["help", "command", "strategy st", ["strategy status", "strategy start", "strategy stop"]],
    ["trades", "n", "1", []],
    ["risk show", "nothing", "", []],
    ["nothing", "strategy", "", []],
  ])("complete /%s %s=%j", async (path, arg, typed, expected) => {
    expect(await ask(path, arg, typed)).toEqual(expected);
  });

  it.each([
    ["strategy start", "params", "look", { strategy: "momentum" }, ["lookback_period="]],
    ["strategy start", "params", "min_align", { strategy: "momentum" }, []],
    ["strategy start", "params", "approve=", {}, ["approve=", "approve=auto", "approve=ask"]],
    ["strategy set", "params", "min_al", { run: "k7q2" }, []],
    ["strategy set", "params", "stop_atr=3 time_stop", { run: "k7q2" }, ["stop_atr=3 time_stop_bars="]],
    ["risk set", "settings", "heat", {}, ["heat_pct="]],
    ["risk set", "settings", "lookback", {}, []],
  ])("complete /%s %s=%j beside %j", async (path, arg, typed, given, expected) => {
    expect(await ask(path, arg, typed, ANN, given)).toEqual(expected);
  });

  it("are given to viewers, and to nobody without a role", async () => {
    expect(await ask("strategy start", "strategy", "mo", VIV)).toEqual(["momentum"]);
    expect(await ask("strategy start", "strategy", "mo", EVE)).toEqual([]);
  });

  it("are at most twenty-five", async () => {
    const bench = busBench();
    bench.desk.positions = Array.from({ length: 40 }, (_, index) =>
      testPositionView({ symbol: `S${index}` }),
    );
    expect(await bench.bus.suggest({ path: ["close"], arg: "symbol", typed: "s", actor: ANN })).toHaveLength(
      25,
    );
  });

  it("are none while the desk cannot be read", async () => {
    const bench = busBench();
    bench.desk.broken.set("runs", new Error("away"));
    expect(
      await bench.bus.suggest({ path: ["strategy", "stop"], arg: "run", typed: "", actor: ANN }),
    ).toEqual([]);
    expect(bench.log).toMatchObject([{ level: "warn" }]);
  });
});
