import { and, asc, desc, eq, gte, sql } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { equity, positions } from "../schema.ts";
import type { Scope } from "./control.ts";
import { oneRow } from "./one-row.ts";

type PositionOperation =
  | "openPositions"
  | "position"
  | "lockPosition"
  | "positionOfEntry"
  | "insertPosition"
  | "updatePosition"
  | "positionByNumber"
  | "seePrice"
  | "insertEquity"
  | "equity"
  | "peakEquity";

/** What is held, and what the account was worth. */
export function positionOperations(execute: Execute, scope: Scope): Pick<LedgerOps, PositionOperation> {
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
      const [row] = await execute("positionOfEntry", (db) => {
        const query = db.select().from(positions).where(eq(positions.entryOrderId, entryOrderId));
        // The entry's next fill writes the whole row: an exit that a person asks for meanwhile must not be undone.
        return scope === "transaction" ? query.for("update") : query;
      });
      return row;
    },

    async insertPosition(position) {
      const { number: _given, ...row } = position;
      const [{ number } = { number: position.number }] = await execute("insertPosition", (db) =>
        db.insert(positions).values(row).returning({ number: positions.number }),
      );
      return { ...position, number };
    },

    async updatePosition(position) {
      const { number: _given, ...row } = position;
      const updated = await execute("updatePosition", (db) =>
        db.update(positions).set(row).where(eq(positions.id, position.id)).returning({ id: positions.id }),
      );
      oneRow("position", position.id, updated);
    },

    async positionByNumber(accountId, number) {
      const [row] = await execute("positionByNumber", (db) =>
        db
          .select()
          .from(positions)
          .where(and(eq(positions.accountId, accountId), eq(positions.number, number))),
      );
      return row;
    },

    async seePrice(positionId, price) {
      // One statement on the row as it is then: whoever holds it writes first, and nothing is lost to either.
      await execute("seePrice", (db) =>
        db
          .update(positions)
          .set({
            highWater: sql`greatest(${positions.highWater}, ${price.toFixed()}::numeric)`,
            lowWater: sql`case when ${positions.lowWater} is null then null else least(${positions.lowWater}, ${price.toFixed()}::numeric) end`,
          })
          .where(and(eq(positions.id, positionId), sql`${positions.status} = 'open'`)),
      );
    },

    async insertEquity(snapshot) {
      await execute("insertEquity", (db) =>
        db
          .insert(equity)
          .values(snapshot)
          .onConflictDoUpdate({ target: [equity.accountId, equity.atMs], set: snapshot }),
      );
    },

    async peakEquity(accountId) {
      const [row] = await execute("peakEquity", (db) =>
        db
          .select({ equity: equity.equity })
          .from(equity)
          .where(eq(equity.accountId, accountId))
          .orderBy(desc(equity.equity))
          .limit(1),
      );
      return row?.equity ?? null;
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
