import { and, asc, count, eq, gt, gte, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { Position } from "../../../core/position.ts";
import type { Ledger, LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { alertDeliveries, alerts, cards, orders, positions } from "../schema.ts";

type PlaceOperation = "staleAlerts" | "markShown" | "positionAt" | "pendingCount";

/** Where alerts stand in the chats: what is said of a position there, and what has to be changed there. */
export function alertPlaceOperations(
  execute: Execute,
): Pick<LedgerOps, "alertMessage" | "reviseAlert"> & Pick<Ledger, PlaceOperation> {
  async function positionWhere(which: ReturnType<typeof eq>): Promise<Position | undefined> {
    const [row] = await execute("positionAt", (db) => db.select().from(positions).where(which).limit(1));
    return row;
  }

  /** A message that tells of several orders names none. */
  async function orderToldBy(platform: string, messageId: string): Promise<string | undefined> {
    const told = await execute("positionAt", (db) =>
      db
        .selectDistinct({ order: alerts.order, sink: alertDeliveries.sink })
        .from(alertDeliveries)
        .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
        .where(and(eq(alertDeliveries.messageId, messageId), isNotNull(alerts.order))),
    );
    const mine = told.filter(({ sink }) => platformOf(sink) === platform);
    return mine.length === 1 ? (mine[0]?.order ?? undefined) : undefined;
  }

  return {
    async alertMessage(key) {
      const [row] = await execute("alertMessage", (db) =>
        db.select({ message: alerts.message }).from(alerts).where(eq(alerts.key, key)).for("update"),
      );
      return row?.message;
    },

    async reviseAlert(key, message) {
      await execute("reviseAlert", (db) =>
        db
          .update(alerts)
          .set({ message, revision: sql`${alerts.revision} + 1` })
          .where(eq(alerts.key, key)),
      );
    },

    async staleAlerts(sink, sinceMs, limit) {
      const rows = await execute("staleAlerts", (db) =>
        db
          .select({
            id: alerts.id,
            message: alerts.message,
            revision: alerts.revision,
            channel: alertDeliveries.channel,
            messageId: alertDeliveries.messageId,
          })
          .from(alerts)
          .innerJoin(alertDeliveries, eq(alertDeliveries.alertId, alerts.id))
          .where(
            and(
              gt(alerts.revision, 0),
              gte(alerts.atMs, sinceMs),
              eq(alertDeliveries.sink, sink),
              isNotNull(alertDeliveries.messageId),
              gt(alerts.revision, alertDeliveries.shownRevision),
            ),
          )
          .orderBy(asc(alerts.id))
          .limit(limit),
      );
      return rows.flatMap(({ channel, messageId, ...alert }) =>
        channel === null || messageId === null ? [] : [{ ...alert, place: { channel, messageId } }],
      );
    },

    async markShown(id, sink, revision) {
      await execute("markShown", (db) =>
        db
          .update(alertDeliveries)
          .set({ shownRevision: revision })
          .where(and(eq(alertDeliveries.alertId, id), eq(alertDeliveries.sink, sink))),
      );
    },

    async positionAt(platform, messageId) {
      const shown = await execute("positionAt", (db) =>
        db
          .select({ subject: cards.subject, sink: cards.sink })
          .from(cards)
          .where(or(eq(cards.messageId, messageId), eq(cards.threadId, messageId))),
      );
      const card = shown.find(({ sink }) => platformOf(sink) === platform);
      if (card !== undefined) return positionWhere(eq(positions.entryOrderId, card.subject));
      const told = await orderToldBy(platform, messageId);
      if (told === undefined) return undefined;
      const [order] = await execute("positionAt", (db) =>
        db
          .select({ positionId: orders.positionId })
          .from(orders)
          .where(eq(sql<string>`${orders.clientOrderId}`, told)),
      );
      const { positionId = null } = order ?? {};
      // An adopted position has no entry of ours, and its alerts name it by the id that stands for one.
      return positionWhere(
        positionId === null ? eq(positions.entryOrderId, told) : eq(positions.id, positionId),
      );
    },

    async pendingCount(sink) {
      const [row] = await execute("pendingCount", (db) =>
        db
          .select({ pending: count() })
          .from(alertDeliveries)
          .where(
            and(
              eq(alertDeliveries.sink, sink),
              isNull(alertDeliveries.deliveredAt),
              isNull(alertDeliveries.heldAt),
            ),
          ),
      );
      return row?.pending ?? 0;
    },
  };
}

/** "slack:C1" and "slack" are the same platform. */
function platformOf(sink: string): string {
  return sink.split(":", 1)[0] ?? sink;
}
