import { and, asc, eq, exists, isNotNull, isNull, lt, or, sql, type SQL } from "drizzle-orm";
import type { InterruptedDelivery, IntakeOps, Unrecorded } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { audit, confirmations, inbox } from "../schema.ts";
import { ownerSessionSql } from "../session.ts";

/** Codes are short, so that people can type them: an old one makes room for the next that happens to be the same. */
const KEEP_CONFIRMATIONS_MS = 24 * 60 * 60_000;

export function intakeOperations(execute: Execute): IntakeOps {
  // The owner of an unfinished delivery is dead when no connection of the server carries its name.
  const ownerLives = sql`exists (select 1 from pg_stat_activity where application_name = ${ownerSessionSql(inbox.owner)})`;

  async function interrupted(
    operation: string,
    which: SQL,
    limit: number,
  ): Promise<readonly (InterruptedDelivery & { readonly stops: Unrecorded | null })[]> {
    const { platform, deliveryId, owner, actor, channel, action, stops } = inbox;
    return execute(operation, (db) => {
      const itsAudit = db
        .select({ id: audit.id })
        .from(audit)
        .where(and(eq(audit.platform, platform), eq(audit.deliveryId, deliveryId)));
      return db
        .select({
          platform,
          deliveryId,
          owner,
          about: { actor, channel, action },
          audited: sql<boolean>`${exists(itsAudit)}`,
          stops,
        })
        .from(inbox)
        .where(and(isNull(inbox.finishedAt), which, sql`not ${ownerLives}`))
        .orderBy(asc(inbox.claimedAt))
        .limit(limit)
        .for("update", { skipLocked: true });
    });
  }

  return {
    async claimDelivery(platform, deliveryId, owner, about, stops) {
      const claimed = await execute("claimDelivery", (db) =>
        db
          .insert(inbox)
          .values({ platform, deliveryId, owner, ...about, stops })
          .onConflictDoUpdate({
            target: [inbox.platform, inbox.deliveryId],
            set: { owner, claimedAt: sql`clock_timestamp()`, ...about, stops: stops ?? null },
            setWhere: sql`${inbox.finishedAt} is null and ${inbox.owner} <> ${owner} and not ${ownerLives}`,
          })
          .returning({ deliveryId: inbox.deliveryId }),
      );
      return claimed.length === 1 ? "new" : "seen";
    },

    async finishDelivery(platform, deliveryId, owner, about) {
      const finishedAt = sql`clock_timestamp()`;
      const finished = await execute("finishDelivery", (db) =>
        db
          .insert(inbox)
          .values({ platform, deliveryId, owner, ...about, finishedAt })
          .onConflictDoUpdate({
            target: [inbox.platform, inbox.deliveryId],
            set: { finishedAt },
            setWhere: sql`${inbox.finishedAt} is null and ${inbox.owner} = ${owner}`,
          })
          .returning({ deliveryId: inbox.deliveryId }),
      );
      return finished.length === 1;
    },

    async interruptedDeliveries(olderThanMs, limit) {
      const rows = await interrupted(
        "interruptedDeliveries",
        sql`${inbox.claimedAt} < clock_timestamp() - ${olderThanMs} * interval '1 millisecond'`,
        limit,
      );
      return rows.map(({ stops: _stops, ...delivery }) => delivery);
    },

    async interruptedStops(limit) {
      const rows = await interrupted("interruptedStops", isNotNull(inbox.stops), limit);
      return rows.flatMap(({ stops, ...delivery }) => (stops === null ? [] : [{ ...delivery, stops }]));
    },

    async insertConfirmation({ used: _unused, ...confirmation }) {
      await execute("insertConfirmation", (db) =>
        db
          .delete(confirmations)
          .where(lt(confirmations.expiresAt, confirmation.expiresAt - KEEP_CONFIRMATIONS_MS)),
      );
      await execute("insertConfirmation", (db) => db.insert(confirmations).values(confirmation));
    },

    async confirmation(code) {
      const [row] = await execute("confirmation", (db) =>
        db.select().from(confirmations).where(eq(confirmations.code, code)),
      );
      if (row === undefined) return undefined;
      const { usedAt, usedDelivery, usedBy, ...confirmation } = row;
      return {
        ...confirmation,
        used: usedAt === null ? null : { delivery: usedDelivery ?? "unknown", by: usedBy ?? "somebody" },
      };
    },

    async useConfirmation(code, { delivery, by }) {
      const used = await execute("useConfirmation", (db) =>
        db
          .update(confirmations)
          .set({
            usedAt: sql`coalesce(${confirmations.usedAt}, clock_timestamp())`,
            usedDelivery: delivery,
            usedBy: by,
          })
          .where(
            and(
              eq(confirmations.code, code),
              or(isNull(confirmations.usedAt), eq(confirmations.usedDelivery, delivery)),
            ),
          )
          .returning({ code: confirmations.code }),
      );
      return used.length === 1;
    },
  };
}
