import type { By } from "../ports.ts";
import { mayTrade, type Engine } from "./context.ts";
import { askedNow } from "./record.ts";
import { audit } from "./rows.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/**
 * The latch of a kill that was given at `atMs`: no run goes on, no entry passes, over restarts, until an admin's /resume.
 * One transaction; false when it was set already.
 */
export async function latchKill(engine: Engine, by: By, atMs: number): Promise<boolean> {
  const latched = await engine.ledger.transaction(async (tx) => {
    const control = await tx.control();
    if (control.killed) return false;
    await tx.setControl({
      ...control,
      halted: true,
      killed: true,
      by: by.name,
      reason: "kill switch",
      since: atMs,
    });
    // The latch is for every account, and each one's engine closes its own: no run may trade again after a /resume.
    for (const run of await tx.runs({ status: ["running", "paused"] }))
      await tx.updateRun({ ...run, status: "stopped", stoppedAt: atMs });
    // Marked before the first cancel, so that no cancelled stop is put back.
    for (const { id } of await tx.openPositions(engine.accountId)) {
      const position = await tx.lockPosition(id);
      if (position?.status === "open" && position.exitReason === null)
        await tx.updatePosition({
          ...position,
          exitReason: "kill",
          ...askedNow(engine, position.symbol),
          exitRequestedAt: atMs,
        });
    }
    await tx.insertAudit({
      ...audit(engine, "kill", "done", "latched: runs stopped, orders cancelled, positions closed"),
      actor: by.actor,
    });
    await tx.insertAlert({
      ...plainAlert(`kill:${engine.accountId}:${atMs}`, "kill", atMs, {
        title: "KILL SWITCH",
        text: `Kill switch by ${by.name}: all runs stopped, cancelling all orders, closing all positions. Stays so until an admin's /resume · ${modeLabel(control.mode)}`,
        tone: "bad",
      }),
      urgency: "critical",
    });
    return true;
  });
  engine.state.killDueAt = 0;
  engine.state.killUnfinished = mayTrade(engine);
  engine.reconcileSoon();
  engine.wakeAlerts();
  return latched;
}
