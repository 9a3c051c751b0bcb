import { describe, expect, it } from "vitest";
import { commands } from "../../src/commands/index.ts";
import { parseCommand } from "../../src/commands/parse.ts";

function read(text: string) {
  const parsed = parseCommand(text, commands);
  if (parsed.kind === "invalid") throw new Error(parsed.text);
  return { path: parsed.spec.path.join(" "), ...parsed.args };
}

function errorOf(text: string): string {
  const parsed = parseCommand(text, commands);
  return parsed.kind === "invalid" ? parsed.text : `understood as ${JSON.stringify(parsed.args)}`;
}

const START = { path: "strategy start", values: { strategy: "momentum" }, symbols: ["AAPL", "MSFT"] };

describe("the text parser", () => {
  it.each([
    ["/strategy start momentum AAPL,MSFT"],
    ["strategy start momentum AAPL,MSFT"],
    ["  /Strategy  START  Momentum  aapl,msft "],
    ["/strategy start momentum AAPL, MSFT"],
    ["/strategy start momentum AAPL MSFT"],
    ["/strategy start momentum AAPL ,MSFT AAPL"],
    ['/strategy start momentum "AAPL, MSFT"'],
    ["/strategy start momentum “AAPL MSFT”"],
    ["/strategy start strategy=momentum symbols=AAPL,MSFT"],
    ['/strategy start symbols="AAPL MSFT" strategy=momentum'],
  ])("reads %s", (text) => {
    expect(read(text)).toEqual({ ...START, settings: [] });
  });

  it.each([
    ["/strategy start momentum AAPL,MSFT timeframe=1Min fraction=0.02"],
    ["/strategy start momentum AAPL timeframe=1Min MSFT FRACTION=0.02"],
    ['/strategy start strategy=momentum symbols=AAPL,MSFT params="timeframe=1Min fraction=0.02"'],
    ['/strategy start strategy=momentum symbols=AAPL,MSFT params="timeframe=1Min, fraction=0.02"'],
  ])("takes the settings from %s", (text) => {
    expect(read(text)).toEqual({ ...START, settings: ["timeframe=1Min", "fraction=0.02"] });
  });

  it("leaves lists with slashes in one piece", () => {
    expect(
      read("/strategy start multi_timeframe AAPL periods=5/20/50 timeframes=5Min/1Hour/1Day").settings,
    ).toEqual(["periods=5/20/50", "timeframes=5Min/1Hour/1Day"]);
  });

  it.each([
    ["/trades", {}],
    ["/trades 50", { n: "50" }],
    ["/trades momentum", { strategy: "momentum" }],
    ["/trades aapl", { symbol: "AAPL" }],
    ["/trades 50 momentum AAPL csv", { n: "50", strategy: "momentum", symbol: "AAPL", format: "csv" }],
    ["/trades AAPL manual", { symbol: "AAPL", strategy: "manual" }],
    ["/positions brk.b", { symbol: "BRK.B" }],
    ["/risk show", {}],
    ["/close ALL", { symbol: "all" }],
    ["/cancel All", { id: "all" }],
    ["/kill Drill", { drill: "drill" }],
    ["/strategy stop all close=yes", { run: "all", close: "yes" }],
    ["/halt CPI isn't out, a=b, wait", { reason: "CPI isn't out, a=b, wait" }],
    ["/halt reason=CPI at 14:30", { reason: "CPI at 14:30" }],
    ["/confirm k7qd2x 12 34", { code: "k7qd2x", account: "12 34" }],
    ["/help strategy start", { command: "strategy start" }],
  ])("reads %s", (text, values) => {
    expect(read(text).values).toEqual(values);
  });

  it.each([
    ["/positons", "unknown command /positons; did you mean /positions?"],
    ["/frobnicate", "unknown command /frobnicate"],
    ["", "type a command, for example /strategy list"],
    ["/", "type a command, for example /strategy list"],
    ["/strategy", "/strategy needs one of list, info, status, start, stop, pause, resume, set"],
    ["/strategy strat momentum AAPL", "unknown /strategy strat; did you mean /strategy start?"],
    ["/strategy start momentun AAPL", "unknown strategy momentun; did you mean momentum?"],
    ["/strategy start strategy=momentun AAPL", "unknown strategy momentun; did you mean momentum?"],
    ["/strategy start rsi AAPL", "unknown strategy rsi; did you mean rsi_mean_reversion?"],
    ["/strategy start momentum", "symbols is missing: symbols to trade, e.g. AAPL,MSFT"],
    ["/strategy start momentum ,", "symbols is missing: symbols to trade, e.g. AAPL,MSFT"],
    ["/strategy start momentum AAPL,$$$", "$$$ is not a symbol; symbols look like AAPL or BRK.B"],
    [
      "/strategy start momentum AAPL fraction 0.02",
      "fraction is neither a symbol nor a setting; settings are written name=value",
    ],
    ["/strategy start momentum AAPL fraction=", "fraction needs a value: fraction=…"],
    ["/strategy start momentum AAPL fraction=1 fraction=2", "fraction is given twice"],
    ["/strategy stop", "run is missing: id of a run, id of a strategy, or all"],
    ["/strategy stop all yes", "yes is one word too many"],
    ["/strategy stop all close=maybe", "unknown close maybe; known: yes, no"],
    ["/strategy stop all clsoe=yes", "unknown argument clsoe; did you mean close?"],
    [
      "/strategy set k7q2",
      "params is missing: parameters and options as name=value; /strategy info lists them",
    ],
    ["/trades 0", "n is a whole number from 1 to 500, not 0"],
    ["/trades 1.5", "n is a whole number from 1 to 500, not 1.5"],
    ["/trades momentun", "unknown strategy momentun; did you mean momentum?"],
    ["/trades 5 5", "5 fits none of strategy, format, symbol"],
    ["/positions AAPL momentum extra", "unknown format extra; known: csv, json"],
    ["/kill dril", "unknown drill dril; did you mean drill?"],
    ["/kill now", "unknown drill now; known: drill"],
    ["/resume all", "all is one word too many"],
    ["/performance weak", "unknown period weak; did you mean week?"],
    ["/mode lvie", "unknown mode lvie; did you mean live?"],
    ["/health verbose=1", "unknown argument verbose; /health takes none"],
  ])("answers %s with what would be right", (text, error) => {
    expect(errorOf(text)).toBe(error);
  });

  it("shows usage and an example beside the error", () => {
    const parsed = parseCommand("/strategy start momentum", commands);
    expect(parsed).toMatchObject({
      hints: [
        "usage: /strategy start STRATEGY SYMBOLS [name=value…]",
        "example: /strategy start multi_timeframe AAPL,MSFT timeframe=1Min min_alignment=0.66",
      ],
    });
  });

  it("takes fifty symbols and refuses fifty-one", () => {
    const symbols = Array.from({ length: 51 }, (_, index) => `S${index}`);
    expect(read(`/strategy start momentum ${symbols.slice(0, 50).join(",")}`).symbols).toHaveLength(50);
    expect(errorOf(`/strategy start momentum ${symbols.join(",")}`)).toBe(
      "51 symbols are too many; 50 at most",
    );
  });

  it("reads no more than 2,000 characters, and repeats little of what it does not know", () => {
    expect(errorOf(`/strategy start momentum ${"A,".repeat(5_000)}`)).toBe(
      "that command has 10025 characters; 2000 are read at most",
    );
    expect(errorOf(`/${"x".repeat(1_500)}`).length).toBeLessThan(100);
  });

  it.each([["\u001b[2J\u001b[1;1Hfake"], ["a\u0007b\u009b31m"], ["\u202egnp.exe"], ["a\u0000b"]])(
    "repeats %j without its control characters",
    (word) => {
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      expect(errorOf(`/${word}`)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    },
  );
});
