import { within } from "../core/within.ts";
import type { AuditRow, CommandAbout, InboxClaim, Unrecorded } from "../ports.ts";
import { actorLabel, type BusParts } from "./bus.ts";
import { withoutSecrets } from "./confirmation.ts";
import type { CommandRequest } from "./contract.ts";
import { oneLine } from "./words.ts";

/** An urgent command waits so long for the database, then acts without it. */
const URGENT_PATIENCE_MS = 2_000;

/** An outcome that could not be written is tried again after a second, then ever more rarely, for about a day. */
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 60_000;
const RETRIES = 1_440;

/** How long to wait for the database: an urgent command must not hang on a dead connection. */
export type Patience = "patient" | "urgent";

/** What came of a command. `action` where the audit names another text than the one that was typed. */
export interface CommandOutcome extends Pick<AuditRow, "outcome" | "detail"> {
  readonly action?: string;
}

/** Records that the command has begun; "unknown" when the database did not answer (in time). */
export async function claimDelivery(
  parts: BusParts,
  request: CommandRequest,
  patience: Patience,
  stops: Unrecorded | undefined,
): Promise<InboxClaim | "unknown"> {
  const { platform } = request.actor;
  try {
    return await patiently(parts, patience, () =>
      parts.ledger.claimDelivery(platform, request.deliveryId, parts.owner, aboutOf(request), stops),
    );
  } catch (error) {
    parts.log.error({ deliveryId: request.deliveryId, error }, "command delivery could not be claimed");
    return "unknown";
  }
}

/**
 * Ends the command: its one audit row, and its delivery finished with it. False when that could not be written; then this
 * process goes on trying, and after its death the sweep of interrupted deliveries says what is known.
 */
export async function recordOutcome(
  parts: BusParts,
  request: CommandRequest,
  outcome: CommandOutcome,
  patience: Patience,
): Promise<boolean> {
  const row = auditRow(parts, request, outcome);
  try {
    await patiently(parts, patience, () => write(parts, request, row));
    return true;
  } catch (error) {
    parts.log.error({ ...row, error }, "audit row could not be written; trying again");
    void writeLater(parts, request, row);
    return false;
  }
}

/** As `recordOutcome`, for a command that was not begun because the database is away: nobody waits for the row. */
export function recordOutcomeLater(parts: BusParts, request: CommandRequest, outcome: CommandOutcome): void {
  void writeLater(parts, request, auditRow(parts, request, outcome));
}

function aboutOf(request: CommandRequest): CommandAbout {
  return {
    actor: actorLabel(request.actor),
    channel: request.channel,
    action: oneLine(withoutSecrets(request.text), 500),
  };
}

function auditRow(parts: BusParts, request: CommandRequest, outcome: CommandOutcome): AuditRow {
  const about = aboutOf(request);
  return {
    ...about,
    accountId: null,
    platform: request.actor.platform,
    deliveryId: request.deliveryId,
    action: outcome.action === undefined ? about.action : oneLine(outcome.action, 500),
    outcome: outcome.outcome,
    detail: oneLine(outcome.detail, 1_000),
    atMs: parts.clock.nowMs(),
  };
}

/** Writes the row unless the delivery was ended before, by an attempt whose answer was lost or by another process. */
async function write(parts: BusParts, request: CommandRequest, row: AuditRow): Promise<void> {
  await parts.ledger.transaction(async (tx) => {
    if (await tx.finishDelivery(row.platform, request.deliveryId, parts.owner, aboutOf(request)))
      await tx.insertAudit(row);
  });
}

/** Never rejects. */
async function writeLater(parts: BusParts, request: CommandRequest, row: AuditRow): Promise<void> {
  const { deliveryId } = request;
  try {
    for (let retry = 0; retry < RETRIES; retry += 1) {
      await parts.clock.sleep(Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** retry));
      const written = await write(parts, request, row).then(
        () => true,
        () => false,
      );
      if (written) {
        parts.log.info({ deliveryId, retry }, "audit row is written after all");
        return;
      }
    }
    parts.log.error({ ...row }, "audit row could not be written for a day");
  } catch (error) {
    parts.log.error({ ...row, error }, "audit row will not be tried again");
  }
}

/** An urgent command does not wait for a dead connection. */
async function patiently<T>(parts: BusParts, patience: Patience, work: () => Promise<T>): Promise<T> {
  if (patience === "patient") return work();
  return within(
    parts.clock,
    URGENT_PATIENCE_MS,
    `no answer from the database in ${URGENT_PATIENCE_MS} ms`,
    work,
  );
}
