import { describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { seriesOf } from "../../src/core/bar-series.ts";
import { backtestGates, gates } from "../../src/core/risk/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/risk/limits.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import type { BacktestRules } from "../../src/research/backtest.ts";
import { backtestPortfolio } from "../../src/research/portfolio.ts";
import { barsOfCloses } from "../core/series-builder.ts";

const DAY_MS = 86_400_000;
const QUARTER_MS = 15 * 60_000;

interface Market {
  readonly bars: Readonly<Record<string, readonly Bar[]>>;
  readonly limits?: Partial<Limits>;
  readonly rules?: Partial<BacktestRules>;
}

/** What buys on a bar that rises by more than 5%, 10% of the equity each; the limits that nobody names are off. */
function entriesOf({ bars, limits, rules }: Market) {
  const off = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, null]));
  const { symbols } = backtestPortfolio({
    strategy: quickTest,
    params: { threshold: 0.05 },
    symbols: Object.entries(bars).map(([symbol, each]) => ({ symbol, series: seriesOf(each) })),
    rules: {
      cash: 100_000,
      sizing: { rule: "fixed_fraction", fraction: 0.1 },
      stopAtr: 2,
      commission: 0,
      roundToTick: false,
      gates: backtestGates,
      riskLimits: { ...DEFAULT_LIMITS, ...off, ...limits },
      ...rules,
    },
  });
  return {
    bought: symbols.flatMap(({ bars: { symbol }, openPosition, trades }) =>
      openPosition === null && trades.length === 0 ? [] : [symbol],
    ),
    refused: symbols.flatMap(({ bars: { symbol }, refused }) =>
      refused.map(({ code, text, bar }) => ({ symbol, code, text, bar })),
    ),
  };
}

/** Closes from returns of −1, 0 or 1 percent, then a rise of 10% and a day after it. */
function closes(days: number, sign: (day: number) => number): readonly number[] {
  const list = [100];
  for (let day = 1; day < days; day += 1) list.push((list.at(-1) ?? 0) * (1 + sign(day) / 100));
  const last = list.at(-1) ?? 0;
  return [...list, last * 1.1, last * 1.1];
}

const zigzag = (day: number): number => (day % 2 === 0 ? 1 : -1);
/** Two up, two down: beside a zigzag its products sum to nothing. */
const slow = (day: number): number => (day % 4 < 2 ? 1 : -1);

const daily = (days: number) => ({
  AAA: barsOfCloses(closes(days, zigzag), DAY_MS),
  BBB: barsOfCloses(closes(days, zigzag), DAY_MS),
  CCC: barsOfCloses(closes(days, slow), DAY_MS),
});

describe("gates in a backtest", () => {
  it("are the live ones but for those that bars cannot answer", () => {
    expect(gates.filter((gate) => !backtestGates.includes(gate)).map(({ id }) => id)).toEqual([
      "max_positions_symbol",
      "tradable",
      "opposing",
      "price_band",
      "staleness",
      "live_capital",
    ]);
  });

  it("keep what moves together within its share of equity: AAA 10%, with BBB 20 of 15%, CCC moves alone", () => {
    const { bought, refused } = entriesOf({
      bars: daily(70),
      limits: { correlated_pct: 15, correlation: 0.7 },
    });
    expect(bought).toEqual(["AAA", "CCC"]);
    expect(refused).toMatchObject([{ symbol: "BBB", code: "CORRELATED", bar: 70 }]);
    expect(refused[0]?.text).toBe("correlated 10.0 → 20.0 of 15% (AAA)");
  });

  it("count a symbol with under 30 common days as correlated", () => {
    const { bought, refused } = entriesOf({
      bars: daily(20),
      limits: { correlated_pct: 15, correlation: 0.7 },
    });
    expect(bought).toEqual(["AAA"]);
    expect(refused.map(({ symbol, code }) => [symbol, code])).toEqual([
      ["BBB", "CORRELATED"],
      ["CCC", "CORRELATED"],
    ]);
    expect(refused[0]?.text).toContain("(AAA (too few days))");
  });

  it.each<[string, Partial<Limits>, string, readonly string[]]>([
    ["positions and entries on their way", { max_positions: 2 }, "MAX_POSITIONS", ["AAA", "BBB"]],
    ["those of the one strategy", { max_positions_strategy: 1 }, "MAX_STRATEGY_POSITIONS", ["AAA"]],
    ["entries of one minute", { orders_per_minute: 2 }, "ORDER_RATE", ["AAA", "BBB"]],
    ["entries of one day", { trades_per_day: 1 }, "TRADES_A_DAY", ["AAA"]],
  ])("count %s", (_name, limits, code, expected) => {
    const { bought, refused } = entriesOf({ bars: daily(20), limits });
    expect(bought).toEqual(expected);
    expect(new Set(refused.map((each) => each.code))).toEqual(new Set([code]));
  });

  it("count entries of one minute only: the bars of the next one are free", () => {
    const rise = [100, 110, 110, 110];
    const later = [100, 100, 110, 110];
    const { bought } = entriesOf({
      bars: { AAA: barsOfCloses(rise), BBB: barsOfCloses(later) },
      limits: { orders_per_minute: 1 },
    });
    expect(bought).toEqual(["AAA", "BBB"]);
  });

  it.each([
    [0.45, []], // 0.495 / 110 is 0.45%
    [0.44, ["SPREAD"]],
  ])("compare the backtest's own spread of $0.495 at $110 with %d%%", (limit, codes) => {
    const { refused } = entriesOf({
      bars: { AAA: barsOfCloses([100, 110, 110]) },
      limits: { spread_pct: limit },
      rules: { spread: 0.495 },
    });
    expect(refused.map(({ code }) => code)).toEqual(codes);
  });
});

describe("the session window of a backtest", () => {
  const rising = new Set<number>();

  /** Quarter-hours from 14:30 UTC, 09:30 in New York, on three days from a Monday on; the second ends as `secondTo` says. */
  function sessions(secondTo: string): readonly Bar[] {
    const days = [
      ["2026-01-05", "21:00"],
      ["2026-01-06", secondTo],
      ["2026-01-07", "21:00"],
    ] as const;
    const bars: Bar[] = [];
    let price = 100;
    for (const [day, to] of days) {
      const end = Date.parse(`${day}T${to}:00Z`);
      for (let time = Date.parse(`${day}T14:30:00Z`); time < end; time += QUARTER_MS) {
        const open = price;
        if (rising.has(time)) price *= 1.1;
        bars.push({ time, open, high: price * 1.001, low: open * 0.999, close: price, volume: 1 });
      }
    }
    return bars;
  }

  it.each<[string, string, string, Partial<Limits>, string | undefined]>([
    [
      "a bar that closes 15 min after the open",
      "2026-01-06T14:30:00Z",
      "21:00",
      { no_entry_open_minutes: 30 },
      "15 min after the open, no entries in the first 30",
    ],
    [
      "one that closes 30 min after it",
      "2026-01-05T14:45:00Z",
      "21:00",
      { no_entry_open_minutes: 30 },
      undefined,
    ],
    [
      "one that closes 15 min before the close",
      "2026-01-06T20:30:00Z",
      "21:00",
      { no_entry_close_minutes: 15 },
      "15 min before the close, no entries in the last 15",
    ],
    [
      "one that closes 30 min before it",
      "2026-01-06T20:15:00Z",
      "21:00",
      { no_entry_close_minutes: 15 },
      undefined,
    ],
    [
      "the last bar, whose order waits for the next open",
      "2026-01-05T20:45:00Z",
      "21:00",
      { no_entry_open_minutes: 5 },
      "0 min after the open, no entries in the first 5",
    ],
    [
      "12:30 to 12:45 of a half day",
      "2026-01-06T17:30:00Z",
      "18:00",
      { no_entry_close_minutes: 15 },
      "15 min before the close, no entries in the last 15",
    ],
    [
      "the same time of a whole day",
      "2026-01-06T17:30:00Z",
      "21:00",
      { no_entry_close_minutes: 15 },
      undefined,
    ],
    ["any time without a limit", "2026-01-06T14:30:00Z", "21:00", {}, undefined],
  ])("judges %s", (_name, bar, secondTo, limits, refusal) => {
    rising.clear();
    rising.add(Date.parse(bar));
    const { bought, refused } = entriesOf({ bars: { AAA: sessions(secondTo) }, limits });
    expect(refused.map(({ text }) => text)).toEqual(refusal === undefined ? [] : [refusal]);
    expect(bought).toEqual(refusal === undefined ? ["AAA"] : []);
  });

  it("is not asked of daily bars, and a day that is just not over is no half day", () => {
    const { bought } = entriesOf({
      bars: { AAA: barsOfCloses([100, 110, 110], DAY_MS) },
      limits: { no_entry_open_minutes: 30 },
    });
    expect(bought).toEqual(["AAA"]);
    rising.clear();
    rising.add(Date.parse("2026-01-06T17:30:00Z"));
    const unfinished = sessions("18:00").filter(({ time }) => time < Date.parse("2026-01-07T00:00:00Z"));
    expect(entriesOf({ bars: { AAA: unfinished }, limits: { no_entry_close_minutes: 15 } }).refused).toEqual(
      [],
    );
  });
});
