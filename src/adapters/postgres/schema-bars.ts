import { doublePrecision, integer, pgTable, primaryKey, serial, text, unique } from "drizzle-orm/pg-core";
import type { TimeRange } from "../../core/time-ranges.ts";
import { instant, json } from "./columns.ts";

/** Histories of bars: their names stand here once, not in each of a million rows. */
export const histories = pgTable(
  "histories",
  {
    id: serial("id").primaryKey(),
    source: text("source").notNull(),
    symbol: text("symbol").notNull(),
    timeframe: text("timeframe").notNull(),
    covered: json("covered").$type<readonly TimeRange[]>().notNull(),
  },
  (t) => [unique("histories_name").on(t.symbol, t.timeframe, t.source)],
);

/** Prices and volumes are doubles as the source gave them: bars decide, they do not account. */
export const bars = pgTable(
  "bars",
  {
    history: integer("history")
      .notNull()
      .references(() => histories.id, { onDelete: "cascade" }),
    time: instant("time").notNull(),
    open: doublePrecision("open").notNull(),
    high: doublePrecision("high").notNull(),
    low: doublePrecision("low").notNull(),
    close: doublePrecision("close").notNull(),
    volume: doublePrecision("volume").notNull(),
  },
  (t) => [primaryKey({ name: "bars_pk", columns: [t.history, t.time] })],
);
