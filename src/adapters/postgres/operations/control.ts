import { and, eq, sql } from "drizzle-orm";
import type { Ledger, LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { control, leases } from "../schema.ts";

/** `alone` for a statement of its own, `transaction` for one whose row locks last until the end of its transaction. */
export type Scope = "alone" | "transaction";

const ONLY_ROW = 1;

/** Leases and control. The database's own clock decides about leases; clock_timestamp, since now() stands still in a transaction. */
export function controlOperations(
  execute: Execute,
  scope: Scope,
): Pick<LedgerOps, "holdLease" | "control" | "setControl"> & Pick<Ledger, "takeLease" | "releaseLease"> {
  return {
    async holdLease({ accountId, owner, epoch }) {
      const [lease] = await execute("holdLease", (db) => {
        // The lock is taken in the CTE, so the clock is read after any wait for it.
        const held = db
          .$with("held")
          .as(db.select().from(leases).where(eq(leases.accountId, accountId)).for("update"));
        return db
          .with(held)
          .select({
            owner: held.owner,
            epoch: held.epoch,
            expired: sql<boolean>`${held.expiresAt} <= clock_timestamp()`,
          })
          .from(held);
      });
      return lease !== undefined && lease.owner === owner && lease.epoch === epoch && !lease.expired;
    },

    async takeLease(accountId, owner, ttlMs) {
      const expiresAt = sql`clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond'`;
      const [lease] = await execute("takeLease", (db) =>
        db
          .insert(leases)
          .values({ accountId, owner, epoch: 1, expiresAt })
          .onConflictDoUpdate({
            target: leases.accountId,
            set: {
              owner,
              epoch: sql`case when ${leases.owner} = ${owner} then ${leases.epoch} else ${leases.epoch} + 1 end`,
              expiresAt,
            },
            setWhere: sql`${leases.owner} is null or ${leases.owner} = ${owner} or ${leases.expiresAt} <= clock_timestamp()`,
          })
          .returning(),
      );
      return lease === undefined ? null : { accountId, owner, epoch: lease.epoch };
    },

    async releaseLease({ accountId, owner, epoch }) {
      await execute("releaseLease", (db) =>
        db
          .update(leases)
          .set({ owner: null, expiresAt: sql`clock_timestamp()` })
          .where(and(eq(leases.accountId, accountId), eq(leases.owner, owner), eq(leases.epoch, epoch))),
      );
    },

    async control() {
      const [row] = await execute("control", (db) => {
        const query = db.select().from(control).where(eq(control.id, ONLY_ROW));
        // In a transaction it holds until the end: whoever has set a halt or a kill knows that no entry decided before is still to be written.
        return scope === "transaction" ? query.for("share") : query;
      });
      if (row === undefined)
        return { mode: "paper", halted: false, killed: false, by: null, reason: null, since: null };
      const { mode, halted, killed, by, reason, since } = row;
      return { mode, halted, killed, by, reason, since };
    },

    async setControl({ mode, halted, killed, by, reason, since }) {
      const values = { mode, halted, killed, by, reason, since };
      await execute("setControl", (db) =>
        db
          .insert(control)
          .values({ id: ONLY_ROW, ...values })
          .onConflictDoUpdate({ target: control.id, set: values }),
      );
    },
  };
}
