import { bigint, check, foreignKey, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { RunId } from "../../core/order.ts";
import type { GateCheck } from "../../core/risk/contract.ts";
import type { DecisionRow, Run, RunStatus } from "../../ports.ts";
import { isMemberOf } from "./checks.ts";
import { instant, json, prose } from "./columns.ts";
import { accounts } from "./schema-accounts.ts";

// Records, so that the compiler asks for a line here when a member joins one of the closed lists.
const RUN_STATUS: Record<RunStatus, true> = { running: true, paused: true, stopped: true };
const SIGNALS: Record<DecisionRow["signal"], true> = { BUY: true, SELL: true, HOLD: true };
const OUTCOMES: Record<DecisionRow["outcome"], true> = {
  entered: true,
  exited: true,
  refused: true,
  held: true,
  asked: true,
};

export const strategyRuns = pgTable(
  "strategy_runs",
  {
    id: text("id").$type<RunId>().notNull(),
    accountId: text("account_id").notNull(),
    strategyId: text("strategy_id").notNull(),
    symbols: json("symbols").$type<readonly string[]>().notNull(),
    params: json("params").$type<Run["params"]>().notNull(),
    options: json("options").$type<Run["options"]>().notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    startedBy: prose("started_by").notNull(),
    startedAt: instant("started_at").notNull(),
    stoppedAt: instant("stopped_at"),
  },
  (t) => [
    primaryKey({ name: "strategy_runs_pk", columns: [t.id] }),
    foreignKey({ name: "strategy_runs_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("strategy_runs_status_known", isMemberOf(t.status, RUN_STATUS)),
    index("strategy_runs_account_status").on(t.accountId, t.status),
  ],
);

export const runCursors = pgTable(
  "run_cursors",
  {
    runId: text("run_id").$type<RunId>().notNull(),
    symbol: text("symbol").notNull(),
    barTime: instant("bar_time").notNull(),
  },
  (t) => [
    primaryKey({ name: "run_cursors_pk", columns: [t.runId, t.symbol] }),
    foreignKey({ name: "run_cursors_run_fk", columns: [t.runId], foreignColumns: [strategyRuns.id] }),
  ],
);

export const decisions = pgTable(
  "decisions",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "decisions_id_seq" }),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    barTime: instant("bar_time"),
    signal: text("signal").$type<DecisionRow["signal"]>().notNull(),
    outcome: text("outcome").$type<DecisionRow["outcome"]>().notNull(),
    code: text("code"),
    text: prose("text").notNull(),
    checks: json("checks").$type<readonly GateCheck[]>().notNull(),
    figures: json("figures").$type<Readonly<Record<string, number>>>().notNull(),
    atMs: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ name: "decisions_pk", columns: [t.id] }),
    foreignKey({ name: "decisions_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("decisions_signal_known", isMemberOf(t.signal, SIGNALS)),
    check("decisions_outcome_known", isMemberOf(t.outcome, OUTCOMES)),
    index("decisions_newest").on(t.accountId, t.id),
    index("decisions_newest_of_symbol").on(t.accountId, t.symbol, t.id),
  ],
);
