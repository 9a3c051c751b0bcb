import { callOnDuty } from "./alerts/escalate.ts";
import { leads, type Engine } from "./context.ts";
import { recordInterrupted } from "./record-control.ts";
import { SWEEP_EVERY_MS, sweepInterrupted } from "./interrupted.ts";
import { REPORTS_EVERY_MS, tellReports } from "./tell-reports.ts";

/** How often it is looked for critical alerts that nobody acknowledged, and for a /kill whose process died. */
const URGENT_EVERY_MS = 5_000;

/** What the leader does for people beside trading: calls whoever is on duty, reports, ends interrupted deliveries. */
export function loopChores(
  engine: Engine,
  loop: (name: string, everyMs: number, work: () => Promise<void>) => void,
): void {
  const { ledger, clock } = engine;
  loop("calls", URGENT_EVERY_MS, async () => {
    if (leads(engine) && (await callOnDuty(ledger, clock.nowMs()))) engine.wakeAlerts();
  });
  loop("reports", REPORTS_EVERY_MS, () => tellReports(engine));
  // Whoever begins to lead looks before; this is for what came to one that stands by.
  loop("interrupted stops", URGENT_EVERY_MS, async () => {
    if (leads(engine)) await recordInterrupted(engine);
  });
  loop("audit", SWEEP_EVERY_MS, async () => {
    if (leads(engine)) await sweepInterrupted(ledger, clock.nowMs());
  });
}
