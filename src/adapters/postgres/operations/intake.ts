import { and, eq, getTableColumns, isNull, lt, sql } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { confirmations, inbox } from "../schema.ts";
import { ownerSessionSql } from "../session.ts";

type IntakeOperation =
  | "claimDelivery"
  | "finishDelivery"
  | "insertConfirmation"
  | "confirmation"
  | "useConfirmation";

/** Codes are short, so that people can type them: an old one makes room for the next that happens to be the same. */
const KEEP_CONFIRMATIONS_MS = 24 * 60 * 60_000;

/** What comes from the chats: each delivery and each confirmation acts once. */
export function intakeOperations(execute: Execute): Pick<LedgerOps, IntakeOperation> {
  return {
    async claimDelivery(platform, deliveryId, owner) {
      // The owner of an unfinished delivery is dead when no connection of the server carries its name.
      const ownerLives = sql`exists (select 1 from pg_stat_activity where application_name = ${ownerSessionSql(inbox.owner)})`;
      const claimed = await execute("claimDelivery", (db) =>
        db
          .insert(inbox)
          .values({ platform, deliveryId, owner })
          .onConflictDoUpdate({
            target: [inbox.platform, inbox.deliveryId],
            set: { owner, claimedAt: sql`clock_timestamp()` },
            setWhere: sql`${inbox.finishedAt} is null and ${inbox.owner} <> ${owner} and not ${ownerLives}`,
          })
          .returning({ deliveryId: inbox.deliveryId }),
      );
      return claimed.length === 1 ? "new" : "seen";
    },

    async finishDelivery(platform, deliveryId) {
      await execute("finishDelivery", (db) =>
        db
          .update(inbox)
          .set({ finishedAt: sql`clock_timestamp()` })
          .where(and(eq(inbox.platform, platform), eq(inbox.deliveryId, deliveryId))),
      );
    },

    async insertConfirmation(confirmation) {
      await execute("insertConfirmation", (db) =>
        db
          .delete(confirmations)
          .where(lt(confirmations.expiresAt, confirmation.expiresAt - KEEP_CONFIRMATIONS_MS)),
      );
      await execute("insertConfirmation", (db) => db.insert(confirmations).values(confirmation));
    },

    async confirmation(code) {
      const { usedAt: _usedAt, ...columns } = getTableColumns(confirmations);
      const [row] = await execute("confirmation", (db) =>
        db.select(columns).from(confirmations).where(eq(confirmations.code, code)),
      );
      return row;
    },

    async useConfirmation(code) {
      const used = await execute("useConfirmation", (db) =>
        db
          .update(confirmations)
          .set({ usedAt: sql`clock_timestamp()` })
          .where(and(eq(confirmations.code, code), isNull(confirmations.usedAt)))
          .returning({ code: confirmations.code }),
      );
      return used.length === 1;
    },
  };
}
