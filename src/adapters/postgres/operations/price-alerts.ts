import { and, asc, eq, getTableColumns, isNull } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { priceAlerts } from "../schema.ts";

type PriceAlertOperation =
  | "insertPriceAlert"
  | "priceAlerts"
  | "armPriceAlert"
  | "firePriceAlert"
  | "removePriceAlert";

/** Each speaks once; what has spoken stays as history. */
export function priceAlertOperations(execute: Execute): Pick<LedgerOps, PriceAlertOperation> {
  const { firedAtMs: _firedAt, firedPrice: _firedPrice, ...columns } = getTableColumns(priceAlerts);
  return {
    async insertPriceAlert(alert) {
      const inserted = await execute("insertPriceAlert", (db) =>
        db.insert(priceAlerts).values(alert).onConflictDoNothing().returning({ id: priceAlerts.id }),
      );
      return inserted.length === 1;
    },

    async priceAlerts() {
      return execute("priceAlerts", (db) =>
        db
          .select(columns)
          .from(priceAlerts)
          .where(isNull(priceAlerts.firedAtMs))
          .orderBy(asc(priceAlerts.setAtMs), asc(priceAlerts.id)),
      );
    },

    async armPriceAlert(id) {
      await execute("armPriceAlert", (db) => db.update(priceAlerts).set({ armed: true }).where(waiting(id)));
    },

    async firePriceAlert(id, price, atMs) {
      const fired = await execute("firePriceAlert", (db) =>
        db
          .update(priceAlerts)
          .set({ firedAtMs: atMs, firedPrice: price })
          .where(waiting(id))
          .returning({ id: priceAlerts.id }),
      );
      return fired.length === 1;
    },

    async removePriceAlert(id) {
      const removed = await execute("removePriceAlert", (db) =>
        db.delete(priceAlerts).where(waiting(id)).returning({ id: priceAlerts.id }),
      );
      return removed.length === 1;
    },
  };
}

function waiting(id: string) {
  return and(eq(priceAlerts.id, id), isNull(priceAlerts.firedAtMs));
}
