import type { AuditRow, InboxClaim } from "../ports.ts";
import { actorLabel, type BusParts } from "./bus.ts";
import type { CommandRequest } from "./contract.ts";
import { oneLine } from "./words.ts";

/** An urgent command waits so long for the database, then acts without it. */
const URGENT_PATIENCE_MS = 2_000;

/** How long to wait for the database: an urgent command must not hang on a dead connection. */
export type Patience = "patient" | "urgent";

/** "unknown" when the database did not answer (in time). */
export async function claimDelivery(
  parts: BusParts,
  request: CommandRequest,
  patience: Patience,
): Promise<InboxClaim | "unknown"> {
  const { platform } = request.actor;
  try {
    return await within(parts, patience, () =>
      parts.ledger.claimDelivery(platform, request.deliveryId, parts.owner),
    );
  } catch (error) {
    parts.log.error({ deliveryId: request.deliveryId, error }, "command delivery could not be claimed");
    return "unknown";
  }
}

/** A delivery that stays unfinished may be claimed by the next process: that is the lesser evil, so this only logs. */
export async function finishDelivery(
  parts: BusParts,
  request: CommandRequest,
  patience: Patience,
): Promise<void> {
  try {
    await within(parts, patience, () =>
      parts.ledger.finishDelivery(request.actor.platform, request.deliveryId),
    );
  } catch (error) {
    parts.log.warn(
      { deliveryId: request.deliveryId, error },
      "command delivery could not be marked as finished",
    );
  }
}

/** Writes one audit row; false when it could not be written. */
export async function recordAudit(
  parts: BusParts,
  request: CommandRequest,
  entry: Pick<AuditRow, "action" | "outcome" | "detail">,
  patience: Patience,
): Promise<boolean> {
  const row: AuditRow = {
    accountId: null,
    actor: actorLabel(request.actor),
    platform: request.actor.platform,
    channel: request.channel,
    deliveryId: request.deliveryId,
    action: oneLine(entry.action, 500),
    outcome: entry.outcome,
    detail: oneLine(entry.detail, 1_000),
    atMs: parts.clock.nowMs(),
  };
  try {
    await within(parts, patience, () => parts.ledger.insertAudit(row));
    return true;
  } catch (error) {
    parts.log.error({ ...row, error }, "audit row could not be written");
    return false;
  }
}

async function within<T>(parts: BusParts, patience: Patience, work: () => Promise<T>): Promise<T> {
  if (patience === "patient") return work();
  const timer = new AbortController();
  const working = work();
  // When the time is up first, a later failure of the work has nobody left to hear it.
  working.catch(() => undefined);
  const timeUp = parts.clock.sleep(URGENT_PATIENCE_MS, timer.signal).then(() => {
    throw new Error(`no answer from the database in ${URGENT_PATIENCE_MS} ms`);
  });
  timeUp.catch(() => undefined);
  try {
    return await Promise.race([working, timeUp]);
  } finally {
    timer.abort();
  }
}
