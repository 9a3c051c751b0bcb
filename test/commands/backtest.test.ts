import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seriesOf } from "../../src/core/bar-series.ts";
import type { LimitUse } from "../../src/core/risk/usage.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { registerOwnStrategies, strategyById } from "../../src/core/strategies/index.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import type { Actor } from "../../src/commands/contract.ts";
import type { Message } from "../../src/message.ts";
import type { PastBarsRequest } from "../../src/ports.ts";
import { backtest } from "../../src/research/backtest.ts";
import { projectWith } from "../adapters/own-strategies/ground.ts";
import { walk } from "../core/series-builder.ts";
import { busBench, TOM, VIV, wordsOf } from "../support/command-bus.ts";

const BARS = walk(400, 5);
const FROM = 100;

function bench() {
  const asked: PastBarsRequest[] = [];
  const found = busBench();
  found.desk.pastBars = (request) => {
    asked.push(request);
    return {
      kind: "done",
      text: "",
      value: {
        fromMs: BARS[FROM]?.time ?? 0,
        bars: new Map(request.symbols.map((symbol) => [symbol, BARS])),
      },
    };
  };
  const talk = (text: string, actor: Actor): Promise<Message> => found.say(text, actor);
  return { desk: found.desk, asked, talk };
}

const ONE_TRADE_A_DAY: LimitUse = {
  name: "trades_per_day",
  description: "",
  unit: "count",
  limit: 1,
  used: 0,
  left: 1,
  where: null,
};

const JUMPY = `
  import { defineStrategy, z } from "alphaflow";
  export default defineStrategy({
    id: "jumpy",
    title: "Jumpy",
    description: "Buys whatever rises.",
    params: z.object({ threshold: z.number().min(0).default(0.001).describe("move that counts") }),
    warmupBars: () => 0,
    kernel: ({ threshold }) => ({
      step: (open, _high, _low, close) => (close > open * (1 + threshold) ? 1 : close < open ? -1 : 0),
      explain: () => ({ reason: "it moved", figures: {} }),
    }),
  });
`;

describe("/backtest", () => {
  it("answers with the figures of the backtest on the run's own options, stops rounded as live", async () => {
    const { talk, asked } = bench();
    const answer = await talk(
      "/backtest quick_test AAPL threshold=0.005 fraction=0.1 days=3 slippage_bps=2 spread=0.02",
      TOM,
    );
    expect(asked).toEqual([{ symbols: ["AAPL"], timeframe: "1Min", days: 3, warmupBars: 10 }]);
    const strategy = strategyById("quick_test");
    if (strategy === undefined) throw new Error("no quick_test");
    const { stats, trades } = backtest({
      symbol: "AAPL",
      strategy,
      params: { threshold: 0.005 },
      series: seriesOf(BARS),
      timeframe: "1Min",
      start: FROM,
      rules: {
        cash: 100_000,
        sizing: { rule: "fixed_fraction", fraction: 0.1 },
        maxPositionPct: 10,
        stopAtr: 2,
        commission: 0,
        slippageBps: 2,
        spread: 0.02,
        roundToTick: true,
        gates: [],
        riskLimits: DEFAULT_LIMITS,
      },
    });
    expect(trades.length).toBeGreaterThan(5);
    const sign = stats.returnPercent < 0 ? "-" : "+";
    expect(answer.title).toBe("Backtest · Quick Test · AAPL · 1Min");
    expect(answer.text).toContain(
      `(${sign}${Math.abs(stats.returnPercent).toFixed(2)}%) in ${trades.length} trades over 3 days; buy and hold `,
    );
    expect(answer.picture?.drawing).toMatchObject({ kind: "equity", title: answer.title });
    expect(answer.picture?.drawing.kind === "equity" && answer.picture.drawing.equity.at(-1)).toBe(
      stats.finalEquity,
    );
    expect(answer.footer).toContain("Start it: /strategy start quick_test AAPL threshold=0.005 fraction=0.1");
    const lines = answer.file?.content.trim().split("\r\n") ?? [];
    expect(lines[0]).toMatch(/^entry_time,exit_time,entry_price,exit_price,size,pnl,/);
    expect(lines).toHaveLength(trades.length + 1);
    expect(lines.join("\n")).not.toMatch(/\.\d{7}/);
  });

  it("tests several symbols on one equity and tells each one's part", async () => {
    const answer = await bench().talk("/backtest quick_test MSFT,AAPL threshold=0.005", TOM);
    expect(answer.title).toBe("Backtest · Quick Test · AAPL, MSFT · 1Min");
    expect(answer.table?.rows.map(([symbol]) => symbol)).toEqual(["AAPL", "MSFT"]);
  });

  it("loads the desk's own strategies in its thread, from the files", async () => {
    const project = await projectWith({ "jumpy.ts": JUMPY });
    registerOwnStrategies({
      directory: join(project.directory, "strategies"),
      loaded: [{ file: "jumpy.ts", strategy: { ...quickTest, id: "jumpy" } }],
      leftOut: [],
    });
    const answer = await bench().talk("/backtest jumpy AAPL threshold=0.005 timeframe=1Min", TOM);
    registerOwnStrategies({ loaded: [], leftOut: [] });
    await project.remove();
    expect(answer.title).toBe("Backtest · Jumpy · AAPL · 1Min");
    expect(answer.text).toMatch(/ in \d+ trades over 5 days/);
  });

  it("asks the gates with the desk's own limits", async () => {
    const { talk, desk } = bench();
    const text = "/backtest quick_test AAPL threshold=0.005 gates=true";
    expect(wordsOf(await talk(text, TOM))).not.toContain("refused");
    desk.risk = {
      ...desk.risk,
      limits: [ONE_TRADE_A_DAY],
    };
    expect((await talk(text, TOM)).footer?.join("\n")).toMatch(/entries refused; the last: /);
  });

  it.each([
    ["/backtest quick_test AAPL threshhold=1", /unknown parameter .?threshhold.?/],
    ["/backtest quick_test AAPL cash=-5", /cash=-5/],
    ["/backtest quick_test AAPL entry=limit", /entry=limit: bars do not tell whether it fills/],
    ["/backtest quick_test AAPL fractional=true protection=engine", /a backtest buys whole shares/],
    ["/backtest quick_test AAPL extended_hours=true", /bars of the regular session only/],
    [
      "/backtest quick_test AAPL days=5000",
      /about 1,392,858 bars of 1Min in 5000 days: at most 1,000,000 here/,
    ],
    ["/backtest multi_timeframe AAPL timeframe=1Hour timeframes=1Min/1Hour/1Day", /1Min/],
  ])("refuses %s and says why", async (text, expected) => {
    const { talk, asked } = bench();
    const answer = await talk(text, TOM);
    expect(answer.text).toMatch(expected);
    // Only what the bars themselves tell is found out after they were fetched.
    expect(asked).toHaveLength(text.includes("multi") ? 1 : 0);
  });

  it("passes on what the desk says of a symbol, and is for traders", async () => {
    const { talk, desk } = bench();
    desk.pastBars = () => ({ kind: "refused", text: "unknown symbol ZZZZ: simulated does not list it" });
    expect((await talk("/backtest momentum ZZZZ", TOM)).text).toBe(
      "unknown symbol ZZZZ: simulated does not list it",
    );
    expect((await talk("/backtest momentum AAPL", VIV)).text).toContain("needs the role trader");
  });
});
