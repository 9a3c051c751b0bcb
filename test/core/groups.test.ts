import { describe, expect, it } from "vitest";
import { groupTrades, type Grouping } from "../../src/core/groups.ts";
import { money } from "../../src/core/money.ts";
import type { Trade } from "../../src/core/position.ts";
import { testTrade } from "../support/fake-desk.ts";

/** 5 shares with $5 a share at risk: R is P&L ÷ 25. */
function trade(positionId: string, pnl: number, over: Partial<Trade> = {}): Trade {
  return testTrade({ positionId, pnl: money(pnl), ...over });
}

/** 14:30 UTC is 9:30 in New York in January, 10:30 in July. */
const WINTER = Date.UTC(2026, 0, 5, 14, 30);
const SUMMER = Date.UTC(2026, 6, 6, 14, 30);
/** Friday 23:59 in New York is Saturday in UTC. */
const LATE = Date.UTC(2026, 0, 10, 4, 59);

const TRADES = [
  trade("a", 50, { symbol: "AAPL", entryTime: WINTER }),
  trade("b", -25, { symbol: "AAPL", entryTime: SUMMER }),
  trade("c", 10, { symbol: "MSFT", entryTime: LATE, strategyId: "manual", initialStop: money(0) }),
  trade("d", 0, { symbol: "TSLA", entryTime: WINTER }),
];
const TAGS: Readonly<Record<string, readonly string[]>> = { a: ["fomo", "late"], b: ["fomo"] };

const grouped = (by: Grouping) => groupTrades(TRADES, by, (id) => TAGS[id] ?? []);

describe("closed trades told apart", () => {
  it("count, sum, win rate, profit factor, expectancy and mean R of each group", () => {
    // AAPL: 50 − 25 = 25 in 2, one won, 50 ÷ 25, R (2 − 1) / 2.
    expect(grouped("symbol")).toEqual([
      {
        group: "AAPL",
        trades: 2,
        wins: 1,
        pnl: 25,
        winRatePercent: 50,
        profitFactor: 2,
        expectancy: 12.5,
        averageR: 0.5,
      },
      {
        group: "MSFT",
        trades: 1,
        wins: 1,
        pnl: 10,
        winRatePercent: 100,
        profitFactor: null,
        expectancy: 10,
        averageR: null,
      },
      {
        group: "TSLA",
        trades: 1,
        wins: 0,
        pnl: 0,
        winRatePercent: 0,
        profitFactor: null,
        expectancy: 0,
        averageR: 0,
      },
    ]);
  });

  it.each<[Grouping, readonly (readonly [string, number])[]]>([
    [
      "strategy",
      [
        ["momentum", 25],
        ["manual", 10],
      ],
    ],
    // Trade a counts under both of its tags.
    [
      "tag",
      [
        ["late", 50],
        ["fomo", 25],
        ["untagged", 10],
      ],
    ],
    [
      "weekday",
      [
        ["Mon", 25],
        ["Fri", 10],
      ],
    ],
    [
      "hour",
      [
        ["09:00", 50],
        ["10:00", -25],
        ["23:00", 10],
      ],
    ],
  ])("by %s", (by, expected) => {
    expect(grouped(by).map(({ group, pnl }) => [group, pnl])).toEqual(expected);
  });

  it("are none without trades", () => {
    expect(groupTrades([], "tag", () => [])).toEqual([]);
  });
});
