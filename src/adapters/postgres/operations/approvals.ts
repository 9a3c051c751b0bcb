import { and, asc, eq, sql } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { approvals } from "../schema.ts";
import { oneRow } from "./one-row.ts";

type ApprovalOperation = "insertApproval" | "approval" | "lockApproval" | "updateApproval" | "openApprovals";

export function approvalOperations(execute: Execute): Pick<LedgerOps, ApprovalOperation> {
  return {
    async insertApproval(approval) {
      // No conflict target: whichever unique index refuses, the transaction goes on and the caller is told.
      const inserted = await execute("insertApproval", (db) =>
        db.insert(approvals).values(approval).onConflictDoNothing().returning({ id: approvals.id }),
      );
      return inserted.length === 1;
    },

    async approval(id) {
      const [row] = await execute("approval", (db) =>
        db.select().from(approvals).where(eq(approvals.id, id)),
      );
      return row;
    },

    async lockApproval(id) {
      const [row] = await execute("lockApproval", (db) =>
        db.select().from(approvals).where(eq(approvals.id, id)).for("update"),
      );
      return row;
    },

    async updateApproval(approval) {
      const updated = await execute("updateApproval", (db) =>
        db
          .update(approvals)
          .set(approval)
          .where(eq(approvals.id, approval.id))
          .returning({ id: approvals.id }),
      );
      oneRow("approval", approval.id, updated);
    },

    async openApprovals(accountId) {
      return execute("openApprovals", (db) =>
        db
          .select()
          .from(approvals)
          .where(and(eq(approvals.accountId, accountId), sql`${approvals.status} = 'open'`))
          .orderBy(asc(approvals.createdAt), asc(approvals.id)),
      );
    },
  };
}
