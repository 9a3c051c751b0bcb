import { describe, expect, it } from "vitest";
import { seriesOf } from "../../src/core/bar-series.ts";
import { backtestGates } from "../../src/core/risk/index.ts";
import { UsageError } from "../../src/core/errors.ts";
import { runBacktest, runSignals, type BacktestOptions, type BarsInput } from "../../src/research/cli.ts";
import { barsOfRows, walk } from "../core/series-builder.ts";

const WALK: BarsInput = { symbol: "T", series: seriesOf(walk(300)) };

/** The lines of the table of figures. */
function figuresOf(text: string): readonly string[] {
  return (text.split("\n\n")[1] ?? "").split("\n");
}

function usageError(run: () => string): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no error";
}

describe("alphaflow signals", () => {
  it("gives one JSON entry a bar", () => {
    const bars: BarsInput = {
      symbol: "T",
      series: seriesOf(
        barsOfRows([
          [100, 100, 100, 100],
          [100, 101, 100, 101],
        ]),
      ),
    };
    expect(JSON.parse(runSignals("quick_test", bars, { json: true }))).toEqual([
      { time: "2026-01-01T00:00:00Z", signal: "HOLD", reason: "warming up: 1 more bar needed" },
      { time: "2026-01-01T00:01:00Z", signal: "BUY", reason: "up 1% on one bar, more than 0.1%" },
    ]);
  });

  it("prints the orders and counts the rest", () => {
    const bars: BarsInput = {
      symbol: "T",
      series: seriesOf(
        barsOfRows([
          [100, 100, 100, 100],
          [100, 101, 100, 101],
        ]),
      ),
    };
    expect(runSignals("quick_test", bars, {})).toBe(
      "2026-01-01T00:01:00Z  BUY  up 1% on one bar, more than 0.1%\n\n2 bars: 1 BUY, 0 SELL, 1 HOLD (not shown; --json lists every bar)",
    );
    expect(runSignals("quick_test", bars, { param: ["threshold=0.5"] })).toMatch(/^2 bars: 0 BUY/);
  });
});

describe("alphaflow backtest", () => {
  it("gives the JSON of PRODUCT.md", () => {
    const report: unknown = JSON.parse(
      runBacktest("quick_test", WALK, { json: true, fraction: "0.5", param: ["threshold=0.005"] }),
    );
    expect(report).toMatchObject({
      strategy: "quick_test",
      params: { threshold: 0.005 },
      bars: 300,
      stats: {
        final_equity: expect.any(Number),
        return_percent: expect.any(Number),
        max_drawdown_percent: expect.any(Number),
        win_rate_percent: expect.any(Number),
        profit_factor: expect.any(Number),
        sharpe: null,
        sortino: null,
        exposure_percent: expect.any(Number),
        trades: expect.any(Number),
      },
      bars_per_second: expect.any(Number),
    });
    // In the order in which they are written, so that the contract's fields come first.
    expect(runBacktest("quick_test", WALK, { json: true })).toMatch(
      /"strategy"[^]*"params"[^]*"rules"[^]*"bars"[^]*"trades"[^]*"open_position"[^]*"stats"[^]*"dropped"[^]*"refused"[^]*"bars_per_second"/,
    );
    expect(report).toHaveProperty(["trades", "0"], {
      entry_time: expect.stringMatching(/^2026-01-01T\d\d:\d\d:00Z$/),
      exit_time: expect.stringMatching(/^2026-01-01T\d\d:\d\d:00Z$/),
      entry_price: expect.any(Number),
      exit_price: expect.any(Number),
      size: expect.any(Number),
      pnl: expect.any(Number),
      pnl_percent: expect.any(Number),
      exit_reason: expect.stringMatching(/^(?:signal|stop)$/),
      stop: null,
      commission: 0,
      mae: -621.18, // 986 × (50.06 − 50.69), the low of its two bars
      mfe: 157.76,
      mae_r: null,
      mfe_r: null,
      r_multiple: null,
      symbol: "T",
    });
  });

  it("prints statistics and the newest trades", () => {
    const text = runBacktest("quick_test", WALK, { fraction: "0.5" });
    expect(text).toMatch(
      /^quick_test on 300 bars\nthreshold=0\.001\ncash=100000 fraction=0\.5 stop_atr=2 take_profit_pct=none /,
    );
    expect(text).toMatch(/\n\nFinal equity +[\d,.]+\nReturn +-?[\d.]+%\n/);
    expect(text).toMatch(/\nSharpe +-\n/);
    expect(text).toMatch(/\d+ earlier trades not shown; --json lists all/);
    const table =
      text
        .split("\n\n")
        .find((section) => section.startsWith("Entry "))
        ?.split("\n") ?? [];
    expect(table).toHaveLength(21);
  });

  it.each<[BacktestOptions, string]>([
    [{ cash: "0" }, "--cash 0: expected a number above 0"],
    [{ cash: "lots" }, "--cash lots: expected a number above 0"],
    [{ fraction: "1.5" }, "--fraction 1.5: expected a number above 0 and at most 1"],
    [{ stopAtr: "-1" }, "--stop-atr -1: expected a number from 0 to 20"],
    [{ takeProfitPct: "0" }, "--take-profit-pct 0: expected a percentage above 0 and at most 1000, or none"],
    [{ commission: "1" }, "--commission 1: expected a number of at least 0 and below 1"],
    [{ timeframe: "2Min" }, "--timeframe 2Min: expected one of 1Min, 5Min, 15Min, 30Min, 1Hour, 1Day"],
    [
      { param: ["lookback=3"], cash: "x" },
      "unknown parameter lookback; did you mean lookback_period?\n--cash x: expected a number above 0",
    ],
  ])("refuses %j", (options, message) => {
    expect(usageError(() => runBacktest("momentum", WALK, options))).toBe(message);
  });

  it("prints each figure beside its definition with --explain", () => {
    const plain = runBacktest("quick_test", WALK, { fraction: "0.5" });
    const explained = runBacktest("quick_test", WALK, { fraction: "0.5", explain: true });
    expect(explained).toMatch(
      /\nWin rate +[\d.]+% {2}closed trades with a P&L above 0 after commissions \/ closed trades\n/,
    );
    const [bare, defined] = [figuresOf(plain), figuresOf(explained)];
    expect(defined).toHaveLength(bare.length);
    for (const [index, line] of bare.entries()) {
      expect(defined[index]?.startsWith(line)).toBe(true);
      expect(defined[index]?.slice(line.length)).toMatch(/^ {2}\S.{10,}/);
    }
  });

  it("asks the gates only with --gates, and limits need them", () => {
    const limited = { json: true, fraction: "0.05", limit: ["max_position_value=1"] };
    const { trades, refused } = JSON.parse(runBacktest("quick_test", WALK, limited, backtestGates));
    expect(trades).toEqual([]);
    expect(new Set(refused.map((each: { readonly code: string }) => each.code))).toEqual(
      new Set(["POSITION_VALUE"]),
    );
    expect(usageError(() => runBacktest("quick_test", WALK, limited))).toBe(
      "--limit needs --gates: without them no limit is asked for",
    );
    expect(usageError(() => runBacktest("quick_test", WALK, { limit: ["heat=1"] }, backtestGates))).toBe(
      "unknown limit heat; did you mean heat_pct?",
    );
  });

  it("keeps out of the market after a stop for the cooldown of the gates", () => {
    const options = { json: true, fraction: "0.05", stopAtr: "0.5" };
    const stopsOf = (limit: readonly string[]) => {
      const { trades, refused } = JSON.parse(
        runBacktest("quick_test", WALK, { ...options, limit }, backtestGates),
      );
      return {
        trades,
        cooled: refused.filter((each: { readonly code: string }) => each.code === "COOLDOWN"),
      };
    };
    expect(stopsOf([]).cooled).toEqual([]);
    const { trades, cooled } = stopsOf(["cooldown_minutes=10080"]);
    expect(cooled.length).toBeGreaterThan(0);
    for (const [index, trade] of trades.slice(1).entries())
      expect([
        trades[index].exit_reason,
        Date.parse(trade.entry_time) - Date.parse(trades[index].exit_time),
      ]).toSatisfy(([reason, pause]: [string, number]) => reason !== "stop" || pause >= 10_080 * 60_000);
  });

  it("refuses an unknown strategy", () => {
    const message = "unknown strategy momentun; did you mean momentum?";
    expect(usageError(() => runBacktest("momentun", WALK, {}))).toBe(message);
    expect(usageError(() => runSignals("momentun", WALK, {}))).toBe(message);
  });
});
