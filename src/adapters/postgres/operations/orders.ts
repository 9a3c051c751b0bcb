import { and, asc, count, desc, eq, gte, inArray, sql } from "drizzle-orm";
import { LIVE_STATES } from "../../../core/order.ts";
import type { LedgerOps } from "../../../ports.ts";
import { isOneOf } from "../checks.ts";
import type { Execute } from "../connection.ts";
import { fills, orders } from "../schema.ts";
import { oneRow } from "./one-row.ts";

type OrderOperation =
  | "order"
  | "ordersById"
  | "lockOrder"
  | "orderByBrokerId"
  | "insertOrder"
  | "updateOrder"
  | "liveOrders"
  | "ordersOfPosition"
  | "legsOf"
  | "recentOrders"
  | "orderCount"
  | "countEntries"
  | "insertFill";

export function orderOperations(execute: Execute): Pick<LedgerOps, OrderOperation> {
  return {
    async order(clientOrderId) {
      const [row] = await execute("order", (db) =>
        db
          .select()
          .from(orders)
          .where(sql`${orders.clientOrderId} = ${clientOrderId}`),
      );
      return row;
    },

    async ordersById(clientOrderIds) {
      if (clientOrderIds.length === 0) return [];
      return execute("ordersById", (db) =>
        db
          .select()
          .from(orders)
          .where(inArray(sql<string>`${orders.clientOrderId}`, [...clientOrderIds])),
      );
    },

    async lockOrder(clientOrderId) {
      const [row] = await execute("lockOrder", (db) =>
        db
          .select()
          .from(orders)
          .where(sql`${orders.clientOrderId} = ${clientOrderId}`)
          .for("update"),
      );
      return row;
    },

    async orderByBrokerId(brokerOrderId) {
      const [row] = await execute("orderByBrokerId", (db) =>
        db.select().from(orders).where(eq(orders.brokerOrderId, brokerOrderId)),
      );
      return row;
    },

    async insertOrder(order) {
      // No conflict target: whichever unique index refuses, the transaction goes on and the caller is told.
      const inserted = await execute("insertOrder", (db) =>
        db.insert(orders).values(order).onConflictDoNothing().returning({ id: orders.clientOrderId }),
      );
      return inserted.length === 1;
    },

    async updateOrder(order) {
      const updated = await execute("updateOrder", (db) =>
        db
          .update(orders)
          .set(order)
          .where(eq(orders.clientOrderId, order.clientOrderId))
          .returning({ id: orders.clientOrderId }),
      );
      oneRow("order", order.clientOrderId, updated);
    },

    async liveOrders(accountId) {
      return execute("liveOrders", (db) =>
        db
          .select()
          .from(orders)
          .where(and(eq(orders.accountId, accountId), isOneOf(orders.state, LIVE_STATES)))
          .orderBy(asc(orders.createdAt), asc(orders.clientOrderId)),
      );
    },

    async ordersOfPosition(positionId) {
      return execute("ordersOfPosition", (db) =>
        db
          .select()
          .from(orders)
          .where(eq(orders.positionId, positionId))
          .orderBy(asc(orders.createdAt), asc(orders.clientOrderId)),
      );
    },

    async legsOf(entryOrderId) {
      return execute("legsOf", (db) =>
        db
          .select()
          .from(orders)
          .where(sql`${orders.parentId} = ${entryOrderId}`)
          .orderBy(asc(orders.createdAt), asc(orders.clientOrderId)),
      );
    },

    async recentOrders({ accountId, symbol, limit, offset = 0 }) {
      return execute("recentOrders", (db) =>
        db
          .select()
          .from(orders)
          .where(
            and(
              eq(orders.accountId, accountId),
              symbol === undefined ? undefined : eq(orders.symbol, symbol),
            ),
          )
          .orderBy(desc(orders.createdAt), desc(orders.clientOrderId))
          .limit(limit)
          .offset(offset),
      );
    },

    async orderCount(accountId) {
      return execute("orderCount", (db) => db.$count(orders, eq(orders.accountId, accountId)));
    },

    async countEntries(accountId, sinceMs) {
      const [row] = await execute("countEntries", (db) =>
        db
          .select({ entries: count() })
          .from(orders)
          .where(
            and(
              eq(orders.accountId, accountId),
              gte(orders.createdAt, sinceMs),
              // A new price of one entry is no second one.
              sql`${orders.purpose} = 'entry' and ${orders.state} <> 'REJECTED' and ${orders.replaces} is null`,
            ),
          ),
      );
      return row?.entries ?? 0;
    },

    async insertFill(fill) {
      const inserted = await execute("insertFill", (db) =>
        db.insert(fills).values(fill).onConflictDoNothing().returning({ id: fills.id }),
      );
      return inserted.length === 1;
    },
  };
}
