import type { AuditRow, InterruptedDelivery, Ledger, LedgerOps } from "../ports.ts";

/** After a restart the platform may deliver again, and that is then executed: only what is older was given up. */
const REDELIVERY_MS = 600_000;

/** How often to look. */
export const SWEEP_EVERY_MS = 60_000;

/**
 * Completes the audit: a command whose process died before its outcome was written gets the one row that says so. One
 * transaction a command; several instances may sweep at once.
 */
export async function sweepInterrupted(ledger: Ledger, nowMs: number): Promise<void> {
  let found: boolean;
  do found = await ledger.transaction((tx) => closeOldest(tx, nowMs));
  while (found);
}

async function closeOldest(tx: LedgerOps, nowMs: number): Promise<boolean> {
  const [oldest] = await tx.interruptedDeliveries(REDELIVERY_MS, 1);
  if (oldest === undefined) return false;
  return closeInterrupted(tx, oldest, {
    outcome: "failed",
    detail: "interrupted; it may have been done: look at /positions and /orders",
    atMs: nowMs,
  });
}

/** Its end and its one audit row. False where somebody else has taken it up. */
export async function closeInterrupted(
  tx: LedgerOps,
  { platform, deliveryId, owner, about, audited }: InterruptedDelivery,
  end: Pick<AuditRow, "outcome" | "detail" | "atMs">,
): Promise<boolean> {
  const closed = await tx.finishDelivery(platform, deliveryId, owner, about);
  // Outcome and end are written together, except by versions that wrote a row before they began.
  if (closed && !audited) await tx.insertAudit({ ...about, ...end, accountId: null, platform, deliveryId });
  return closed;
}
