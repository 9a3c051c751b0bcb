import { bigint, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { FilterModelInfo, FilterModelRow } from "../../ports.ts";
import { instant, json, prose } from "./columns.ts";

/** Signal filters, a row a version; rows are only ever added. */
export const filterModels = pgTable(
  "filter_models",
  {
    id: bigint("id", { mode: "number" })
      .notNull()
      .generatedAlwaysAsIdentity({ name: "filter_models_id_seq" }),
    strategyId: text("strategy_id").notNull(),
    timeframe: text("timeframe").$type<FilterModelRow["timeframe"]>().notNull(),
    params: json("params").$type<FilterModelRow["params"]>().notNull(),
    symbols: json("symbols").$type<FilterModelRow["symbols"]>().notNull(),
    settings: json("settings").$type<FilterModelRow["settings"]>().notNull(),
    kind: text("kind").$type<FilterModelInfo["kind"]>().notNull(),
    featuresVersion: integer("features_version").notNull(),
    trainedFromMs: instant("trained_from"),
    trainedToMs: instant("trained_to"),
    model: json("model").$type<FilterModelRow["model"]>().notNull(),
    scores: json("scores").$type<FilterModelRow["scores"]>(),
    createdBy: prose("created_by").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "filter_models_pk", columns: [t.id] }),
    index("filter_models_newest").on(t.strategyId, t.timeframe, t.id),
  ],
);
