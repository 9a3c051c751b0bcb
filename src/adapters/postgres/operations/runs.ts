import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { completeOptions } from "../../../core/run-options.ts";
import type { Ledger, LedgerOps, Run } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { accounts, runCursors, strategyRuns } from "../schema.ts";
import type { Scope } from "./control.ts";
import { oneRow } from "./one-row.ts";

/** Accounts, runs and how far each run has decided. */
export function runOperations(
  execute: Execute,
  scope: Scope,
): Pick<LedgerOps, "runs" | "run" | "insertRun" | "updateRun" | "cursors" | "setCursor"> &
  Pick<Ledger, "ensureAccount"> {
  return {
    async ensureAccount({ id, mode, broker, accountNumber }) {
      await execute("ensureAccount", (db) =>
        db
          .insert(accounts)
          .values({ id, mode, broker, accountNumber })
          .onConflictDoUpdate({
            target: accounts.id,
            // A start that could not ask the broker does not forget the number.
            set: {
              mode,
              broker,
              accountNumber: sql`coalesce(excluded.account_number, ${accounts.accountNumber})`,
            },
          }),
      );
    },

    async runs({ accountId, status }) {
      const rows = await execute("runs", (db) => {
        const query = db
          .select()
          .from(strategyRuns)
          .where(
            and(
              accountId === undefined ? undefined : eq(strategyRuns.accountId, accountId),
              status === undefined ? undefined : inArray(strategyRuns.status, [...status]),
            ),
          )
          .orderBy(asc(strategyRuns.startedAt), asc(strategyRuns.id));
        // Rows are written whole: who reads one in a transaction to change it must not undo what another wrote meanwhile.
        return scope === "transaction" ? query.for("update") : query;
      });
      return rows.map(complete);
    },

    async run(id) {
      const [row] = await execute("run", (db) => {
        const query = db
          .select()
          .from(strategyRuns)
          .where(sql`${strategyRuns.id} = ${id}`);
        return scope === "transaction" ? query.for("update") : query;
      });
      return row === undefined ? undefined : complete(row);
    },

    async insertRun(run) {
      const inserted = await execute("insertRun", (db) =>
        db.insert(strategyRuns).values(run).onConflictDoNothing().returning({ id: strategyRuns.id }),
      );
      return inserted.length === 1;
    },

    async updateRun(run) {
      const updated = await execute("updateRun", (db) =>
        db
          .update(strategyRuns)
          .set(run)
          .where(eq(strategyRuns.id, run.id))
          .returning({ id: strategyRuns.id }),
      );
      oneRow("run", run.id, updated);
    },

    async cursors(runId) {
      const rows = await execute("cursors", (db) =>
        db.select().from(runCursors).where(eq(runCursors.runId, runId)),
      );
      return new Map(rows.map(({ symbol, barTime }) => [symbol, barTime]));
    },

    async setCursor(runId, symbol, barTime) {
      await execute("setCursor", (db) =>
        db
          .insert(runCursors)
          .values({ runId, symbol, barTime })
          .onConflictDoUpdate({
            target: [runCursors.runId, runCursors.symbol],
            set: { barTime },
            setWhere: sql`${runCursors.barTime} < excluded.bar_time`,
          }),
      );
    },
  };
}

/** A run that an earlier version wrote lacks the options that came since. */
function complete(run: Run): Run {
  return { ...run, options: completeOptions(run.options) };
}
