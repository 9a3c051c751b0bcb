import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Ledger, LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { alertDeliveries, alerts } from "../schema.ts";
import { alertOf, toldColumns } from "./alert-row.ts";
import type { Scope } from "./control.ts";

type RoutingOperation =
  | "heldAlerts"
  | "settleDeliveries"
  | "releaseDeliveries"
  | "openCriticals"
  | "acknowledgeAlert"
  | "countCall";

/** What becomes of deliveries that are not simply made, and who has acknowledged what. */
export function alertRoutingOperations(
  execute: Execute,
  scope: Scope,
): Pick<LedgerOps, RoutingOperation> & Pick<Ledger, "holdDeliveries" | "lateAlerts"> {
  const { id, ackedAtMs, ackedBy, calls: called, calledAtMs } = alerts;
  const critical = { ...toldColumns, id, ackedAtMs, ackedBy, calls: called, calledAtMs };
  return {
    async heldAlerts(sink, limit) {
      const rows = await execute("heldAlerts", (db) => {
        const query = db
          .select({ ...toldColumns, id, attempts: alertDeliveries.attempts })
          .from(alertDeliveries)
          .innerJoin(alerts, eq(id, alertDeliveries.alertId))
          .where(
            and(
              eq(alertDeliveries.sink, sink),
              isNull(alertDeliveries.deliveredAt),
              isNotNull(alertDeliveries.heldAt),
            ),
          )
          .orderBy(asc(alertDeliveries.alertId))
          .limit(limit);
        return scope === "transaction" ? query.for("update", { of: alertDeliveries }) : query;
      });
      return rows.map(alertOf);
    },

    async holdDeliveries(alertIds, sink) {
      await execute("holdDeliveries", (db) =>
        db
          .update(alertDeliveries)
          .set({ heldAt: sql`clock_timestamp()` })
          .where(open(alertIds, sink)),
      );
    },

    async releaseDeliveries(alertIds, sink) {
      await execute("releaseDeliveries", (db) =>
        db.update(alertDeliveries).set({ heldAt: null }).where(open(alertIds, sink)),
      );
    },

    async settleDeliveries(alertIds, sink, how) {
      await execute("settleDeliveries", (db) =>
        db
          .update(alertDeliveries)
          .set({ deliveredAt: sql`clock_timestamp()`, settled: how })
          .where(open(alertIds, sink)),
      );
    },

    async lateAlerts(sink, sinceMs, lateMs, limit) {
      const late = sql`${alertDeliveries.deliveredAt} > ${alerts.atMs} + ${lateMs}::double precision * interval '1 millisecond'`;
      const rows = await execute("lateAlerts", (db) =>
        db
          .select({
            ...toldColumns,
            deliveredAtMs: alertDeliveries.deliveredAt,
            settled: alertDeliveries.settled,
          })
          .from(alertDeliveries)
          .innerJoin(alerts, eq(id, alertDeliveries.alertId))
          .where(
            and(
              eq(alertDeliveries.sink, sink),
              gte(alerts.atMs, sinceMs),
              or(
                isNull(alertDeliveries.deliveredAt),
                and(sql`${alertDeliveries.settled} is distinct from 'skipped'`, late),
              ),
            ),
          )
          .orderBy(desc(alertDeliveries.alertId))
          .limit(limit),
      );
      return rows.map(alertOf).toReversed();
    },

    async openCriticals(sinceMs) {
      const rows = await execute("openCriticals", (db) =>
        db
          .select(critical)
          .from(alerts)
          .where(and(eq(alerts.urgency, "critical"), gte(alerts.atMs, sinceMs), isNull(ackedAtMs)))
          .orderBy(asc(id)),
      );
      return rows.map(alertOf);
    },

    async acknowledgeAlert(alertId, by, atMs) {
      const named = and(eq(id, alertId), eq(alerts.urgency, "critical"));
      const marked = await execute("acknowledgeAlert", (db) =>
        db
          .update(alerts)
          .set({ ackedAtMs: atMs, ackedBy: by })
          .where(and(named, isNull(ackedAtMs)))
          .returning({ id }),
      );
      const [row] = await execute("acknowledgeAlert", (db) => db.select(critical).from(alerts).where(named));
      return row === undefined ? undefined : { ...alertOf(row), first: marked.length === 1 };
    },

    async countCall(alertId, calls, atMs) {
      const counted = await execute("countCall", (db) =>
        db
          .update(alerts)
          .set({ calls, calledAtMs: atMs })
          .where(and(eq(id, alertId), eq(called, calls - 1), isNull(ackedAtMs)))
          .returning({ id }),
      );
      return counted.length === 1;
    },
  };
}

function open(alertIds: readonly number[], sink: string) {
  return and(
    inArray(alertDeliveries.alertId, [...alertIds]),
    eq(alertDeliveries.sink, sink),
    isNull(alertDeliveries.deliveredAt),
  );
}
