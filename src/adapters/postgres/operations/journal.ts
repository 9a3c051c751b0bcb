import { and, asc, desc, eq, getTableColumns, inArray, isNull, sql } from "drizzle-orm";
import type { Ledger, LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { alertDeliveries, alerts, audit, decisions, settings } from "../schema.ts";
import { alertOf, toldColumns } from "./alert-row.ts";

type JournalOperation =
  | "insertDecision"
  | "decisions"
  | "decisionCount"
  | "insertAlert"
  | "insertAudit"
  | "audits"
  | "setting"
  | "setSetting"
  | "settings"
  | "lockSetting";

/** Decisions, the outbox of alerts, the audit and settings. `insertAlert` is two statements: it needs a transaction around it. */
export function journalOperations(
  execute: Execute,
  sinks: readonly string[],
): Pick<LedgerOps, JournalOperation> & Pick<Ledger, "pendingAlerts" | "markDelivered" | "markFailed"> {
  const { id: _decisionId, ...decisionColumns } = getTableColumns(decisions);
  const { id: _auditId, ...auditColumns } = getTableColumns(audit);
  return {
    async insertDecision(decision) {
      await execute("insertDecision", (db) => db.insert(decisions).values(decision));
    },

    async decisions({ limit, offset = 0, ...filter }) {
      return execute("decisions", (db) =>
        db
          .select(decisionColumns)
          .from(decisions)
          .where(decisionsThat(filter))
          .orderBy(desc(decisions.id))
          .limit(limit)
          .offset(offset),
      );
    },

    async decisionCount(filter) {
      return execute("decisionCount", (db) => db.$count(decisions, decisionsThat(filter)));
    },

    async insertAlert({ sinks: only, ...alert }) {
      const [written] = await execute("insertAlert", (db) =>
        db.insert(alerts).values(alert).onConflictDoNothing().returning({ id: alerts.id }),
      );
      if (written === undefined) return false;
      const to = only ?? sinks;
      if (to.length > 0)
        await execute("insertAlert", (db) =>
          db.insert(alertDeliveries).values(to.map((sink) => ({ alertId: written.id, sink }))),
        );
      return true;
    },

    async pendingAlerts(sink, limit) {
      const rows = await execute("pendingAlerts", (db) =>
        db
          .select({ ...toldColumns, id: alerts.id, attempts: alertDeliveries.attempts })
          .from(alertDeliveries)
          .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
          .where(
            and(
              eq(alertDeliveries.sink, sink),
              isNull(alertDeliveries.deliveredAt),
              isNull(alertDeliveries.heldAt),
            ),
          )
          .orderBy(rank, asc(alertDeliveries.alertId))
          .limit(limit),
      );
      return rows.map(alertOf);
    },

    async markDelivered(alertIds, sink, place) {
      await execute("markDelivered", (db) =>
        db
          .update(alertDeliveries)
          .set({
            deliveredAt: sql`clock_timestamp()`,
            attempts: sql`${alertDeliveries.attempts} + 1`,
            ...place,
          })
          .where(deliveries(alertIds, sink)),
      );
    },

    async markFailed(alertIds, sink, error) {
      await execute("markFailed", (db) =>
        db
          .update(alertDeliveries)
          .set({ lastError: error, attempts: sql`${alertDeliveries.attempts} + 1` })
          .where(deliveries(alertIds, sink)),
      );
    },

    async insertAudit(row) {
      await execute("insertAudit", (db) => db.insert(audit).values(row));
    },

    async audits(limit) {
      return execute("audits", (db) =>
        db.select(auditColumns).from(audit).orderBy(desc(audit.id)).limit(limit),
      );
    },

    async setting(name) {
      const [row] = await execute("setting", (db) =>
        db.select().from(settings).where(eq(settings.name, name)),
      );
      return row?.value;
    },

    async lockSetting(name) {
      // A row to lock, also for a setting that nobody has made yet: two who change it at once go one after the other.
      await execute("lockSetting", (db) =>
        db.insert(settings).values({ name, value: null }).onConflictDoNothing(),
      );
      const [row] = await execute("lockSetting", (db) =>
        db.select().from(settings).where(eq(settings.name, name)).for("update"),
      );
      return row?.value;
    },

    async setSetting(name, given) {
      const value = given ?? null; // drizzle would leave an undefined one out
      await execute("setSetting", (db) =>
        db
          .insert(settings)
          .values({ name, value })
          .onConflictDoUpdate({ target: settings.name, set: { value } }),
      );
    },

    async settings(prefix) {
      const rows = await execute("settings", (db) =>
        db
          .select()
          .from(settings)
          .where(sql`starts_with(${settings.name}, ${prefix})`),
      );
      return new Map(rows.map(({ name, value }) => [name, value]));
    },
  };
}

/** Whoever stops trading is heard at once; money that has moved comes before talk. */
const rank = sql`case when ${alerts.urgency} = 'critical' or ${alerts.kind} in ('kill', 'halt') then 0 when ${alerts.kind} in ('fill', 'stop') then 1 else 2 end`;

function decisionsThat({ accountId, symbol, strategyId }: Parameters<LedgerOps["decisionCount"]>[0]) {
  return and(
    eq(decisions.accountId, accountId),
    symbol === undefined ? undefined : eq(decisions.symbol, symbol),
    strategyId === undefined ? undefined : eq(decisions.strategyId, strategyId),
  );
}

function deliveries(alertIds: readonly number[], sink: string) {
  return and(
    inArray(alertDeliveries.alertId, [...alertIds]),
    eq(alertDeliveries.sink, sink),
    isNull(alertDeliveries.deliveredAt),
  );
}
