import { exchangeMinute, exchangeWeekday } from "./calendar.ts";
import { outcomeFigures, type OutcomeFigures } from "./performance.ts";
import type { Trade } from "./position.ts";
import { tradeFigures } from "./trade-figures.ts";

/** By what closed trades can be told apart; weekday and hour are those of the entry, in New York. */
export const GROUPINGS = ["strategy", "symbol", "tag", "weekday", "hour"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface GroupFigures extends OutcomeFigures {
  /** A strategy, symbol or tag; `Mon`; `09:00` for entries from 9 to 10 o'clock; `untagged`. */
  readonly group: string;
  /** Mean R multiple of the trades that have one; null when none has. */
  readonly averageR: number | null;
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const UNTAGGED = "untagged";

/**
 * The figures of each group: days and hours in their order, everything else by P&L, best first. A trade with several tags
 * counts under each of them, so that these groups may sum to more than the whole.
 */
export function groupTrades(
  trades: readonly Trade[],
  by: Grouping,
  tagsOf: (positionId: string) => readonly string[],
): readonly GroupFigures[] {
  const groups = new Map<string, Trade[]>();
  for (const trade of trades)
    for (const group of groupsOf(trade, by, tagsOf)) {
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [trade]);
      else members.push(trade);
    }
  const figures = [...groups].map(([group, members]) => figuresOf(group, members));
  switch (by) {
    case "weekday":
      return figures.toSorted((a, b) => WEEKDAYS.indexOf(a.group) - WEEKDAYS.indexOf(b.group));
    case "hour":
      return figures.toSorted((a, b) => a.group.localeCompare(b.group));
    case "strategy":
    case "symbol":
    case "tag":
      return figures.toSorted((a, b) => b.pnl - a.pnl || a.group.localeCompare(b.group));
  }
}

function groupsOf(
  trade: Trade,
  by: Grouping,
  tagsOf: (positionId: string) => readonly string[],
): readonly string[] {
  switch (by) {
    case "strategy":
      return [trade.strategyId];
    case "symbol":
      return [trade.symbol];
    case "tag": {
      const tags = tagsOf(trade.positionId);
      return tags.length === 0 ? [UNTAGGED] : tags;
    }
    case "weekday":
      return [exchangeWeekday(trade.entryTime)];
    case "hour":
      return [`${String(Math.floor(exchangeMinute(trade.entryTime) / 60)).padStart(2, "0")}:00`];
  }
}

function figuresOf(group: string, members: readonly Trade[]): GroupFigures {
  const pnls = members.map((trade) => trade.pnl.toNumber());
  const multiples = members.flatMap((trade) => tradeFigures(trade).rMultiple ?? []);
  return {
    group,
    ...outcomeFigures(pnls.length, (index) => pnls[index] ?? 0),
    averageR:
      multiples.length === 0 ? null : multiples.reduce((sum, each) => sum + each, 0) / multiples.length,
  };
}
