import { sql } from "drizzle-orm";
import {
  check,
  doublePrecision,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { RunId } from "../../core/order.ts";
import type { Approval } from "../../ports.ts";
import { isMemberOf } from "./checks.ts";
import { instant, json, prose } from "./columns.ts";
import { accounts } from "./schema-accounts.ts";
import { strategyRuns } from "./schema-runs.ts";

const APPROVAL_STATUS: Record<Approval["status"], true> = {
  open: true,
  approved: true,
  rejected: true,
  expired: true,
  withdrawn: true,
};

/** Entries that wait for a person's word, named like the order they would be: one a run, symbol and bar. */
export const approvals = pgTable(
  "approvals",
  {
    id: text("id").notNull(),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>().notNull(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    barTime: instant("bar_time").notNull(),
    close: doublePrecision("close").notNull(),
    atr: doublePrecision("atr"),
    reason: prose("reason").notNull(),
    figures: json("figures").$type<Approval["figures"]>().notNull(),
    context: prose("context").notNull(),
    text: prose("text").notNull(),
    status: text("status").$type<Approval["status"]>().notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    decidedAt: instant("decided_at"),
    decidedBy: prose("decided_by"),
    decidedDelivery: text("decided_delivery"),
  },
  (t) => [
    primaryKey({ name: "approvals_pk", columns: [t.id] }),
    foreignKey({ name: "approvals_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "approvals_run_fk", columns: [t.runId], foreignColumns: [strategyRuns.id] }),
    check("approvals_status_known", isMemberOf(t.status, APPROVAL_STATUS)),
    check("approvals_decided_once", sql`(${t.status} = 'open') = (${t.decidedAt} is null)`),
    uniqueIndex("approvals_one_open_per_run_and_symbol")
      .on(t.runId, t.symbol)
      .where(sql`${t.status} = 'open'`),
    index("approvals_newest").on(t.accountId, t.createdAt),
  ],
);
