import { and, asc, desc, eq, gte, sql } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { equity, positions, trades } from "../schema.ts";
import { oneRow } from "./one-row.ts";

type PositionOperation =
  | "openPositions"
  | "position"
  | "lockPosition"
  | "positionOfEntry"
  | "insertPosition"
  | "updatePosition"
  | "saveTrade"
  | "trades"
  | "insertEquity"
  | "equity";

/** What is held, what was closed, and what the account was worth. */
export function positionOperations(execute: Execute): Pick<LedgerOps, PositionOperation> {
  return {
    async openPositions(accountId) {
      return execute("openPositions", (db) =>
        db
          .select()
          .from(positions)
          .where(and(eq(positions.accountId, accountId), sql`${positions.status} = 'open'`))
          .orderBy(asc(positions.entryTime), asc(positions.id)),
      );
    },

    async position(id) {
      const [row] = await execute("position", (db) =>
        db.select().from(positions).where(eq(positions.id, id)),
      );
      return row;
    },

    async lockPosition(id) {
      const [row] = await execute("lockPosition", (db) =>
        db.select().from(positions).where(eq(positions.id, id)).for("update"),
      );
      return row;
    },

    async positionOfEntry(entryOrderId) {
      const [row] = await execute("positionOfEntry", (db) =>
        db.select().from(positions).where(eq(positions.entryOrderId, entryOrderId)),
      );
      return row;
    },

    async insertPosition(position) {
      await execute("insertPosition", (db) => db.insert(positions).values(position));
    },

    async updatePosition(position) {
      const updated = await execute("updatePosition", (db) =>
        db
          .update(positions)
          .set(position)
          .where(eq(positions.id, position.id))
          .returning({ id: positions.id }),
      );
      oneRow("position", position.id, updated);
    },

    async saveTrade(trade) {
      await execute("saveTrade", (db) =>
        db.insert(trades).values(trade).onConflictDoUpdate({ target: trades.positionId, set: trade }),
      );
    },

    async trades({ accountId, strategyId, symbol, sinceMs, limit }) {
      return execute("trades", (db) => {
        const query = db
          .select()
          .from(trades)
          .where(
            and(
              eq(trades.accountId, accountId),
              strategyId === undefined ? undefined : eq(trades.strategyId, strategyId),
              symbol === undefined ? undefined : eq(trades.symbol, symbol),
              sinceMs === undefined ? undefined : gte(trades.exitTime, sinceMs),
            ),
          )
          .orderBy(desc(trades.exitTime), desc(trades.positionId));
        return limit === undefined ? query : query.limit(limit);
      });
    },

    async insertEquity(snapshot) {
      await execute("insertEquity", (db) =>
        db
          .insert(equity)
          .values(snapshot)
          .onConflictDoUpdate({ target: [equity.accountId, equity.atMs], set: snapshot }),
      );
    },

    async equity(accountId, sinceMs) {
      return execute("equity", (db) =>
        db
          .select({ atMs: equity.atMs, equity: equity.equity, cash: equity.cash })
          .from(equity)
          .where(and(eq(equity.accountId, accountId), gte(equity.atMs, sinceMs)))
          .orderBy(asc(equity.atMs)),
      );
    },
  };
}
