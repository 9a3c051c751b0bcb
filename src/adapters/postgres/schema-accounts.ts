import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { Mode } from "../../ports.ts";
import { isMemberOf } from "./checks.ts";
import { instant, money } from "./columns.ts";

// Records, so that the compiler asks for a line here when a member joins one of the closed lists.
const MODES: Record<Mode, true> = { paper: true, live: true };

export const accounts = pgTable(
  "accounts",
  {
    id: text("id").notNull(),
    mode: text("mode").$type<Mode>().notNull(),
    broker: text("broker").notNull(),
    accountNumber: text("account_number"),
    createdAt: instant("created_at")
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    primaryKey({ name: "accounts_pk", columns: [t.id] }),
    check("accounts_mode_known", isMemberOf(t.mode, MODES)),
  ],
);

export const equity = pgTable(
  "equity",
  {
    accountId: text("account_id").notNull(),
    atMs: instant("at").notNull(),
    equity: money("equity").notNull(),
    cash: money("cash").notNull(),
  },
  (t) => [
    primaryKey({ name: "equity_pk", columns: [t.accountId, t.atMs] }),
    foreignKey({ name: "equity_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    index("equity_highest").on(t.accountId, t.equity),
  ],
);
