import { counted } from "../core/figures.ts";
import type { By, Control, Outcome } from "../ports.ts";
import { leads, type Engine } from "./context.ts";
import { killRound, latchKill, type KillReport } from "./kill.ts";
import { refused } from "./runs.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** A kill is repeated this often and reported on after this long at most; it goes on in the background. */
const KILL_ROUND_MS = 1_000;
const KILL_REPORT_MS = 20_000;

/** No new entries from now on; exits and stops go on. Idempotent. */
export async function halt(engine: Engine, reason: string, by: By): Promise<Outcome> {
  const nowMs = engine.clock.nowMs();
  const text = await engine.ledger.transaction(async (tx) => {
    const control = await tx.control();
    if (control.halted)
      return `halted already by ${control.by ?? "?"}${control.reason === null ? "" : `: ${control.reason}`}`;
    await tx.setControl({ ...control, halted: true, by: by.name, reason, since: nowMs });
    await tx.insertAlert(
      plainAlert(`halt:${nowMs}`, "halt", nowMs, {
        title: "Halted",
        text: `No new entries: halted by ${by.name} (${reason}); exits and stops go on until an admin's /resume · ${modeLabel(control.mode)}`,
        tone: "warn",
      }),
    );
    return "no new entries; exits and stops go on. An admin's /resume allows entries again";
  });
  engine.wakeAlerts();
  return { kind: "done", value: undefined, text };
}

/** Lifts a halt or a kill. Runs that a kill stopped stay stopped: they are started anew. */
export async function resume(engine: Engine, by: By): Promise<Outcome> {
  const nowMs = engine.clock.nowMs();
  const outcome = await engine.ledger.transaction(async (tx): Promise<Outcome> => {
    const control = await tx.control();
    if (!control.halted && !control.killed) return refused("nothing to resume: entries are allowed");
    const free: Control = {
      mode: control.mode,
      halted: false,
      killed: false,
      by: null,
      reason: null,
      // When trading was last allowed again: what went wrong before does not halt it once more.
      since: nowMs,
    };
    await tx.setControl(free);
    const what = control.killed
      ? "the kill switch is released; runs stay stopped until they are started"
      : "entries are allowed again";
    await tx.insertAlert(
      plainAlert(`resume:${nowMs}`, "halt", nowMs, {
        title: "Resumed",
        text: `Resumed by ${by.name}: ${what} · ${modeLabel(control.mode)}`,
        tone: "good",
      }),
    );
    return { kind: "done", value: undefined, text: what };
  });
  engine.wakeAlerts();
  return outcome;
}

/** Latch first, then round after round until the broker reports zero; what is still open after a while is said and goes on being closed. */
export async function kill(engine: Engine, by: By): Promise<Outcome> {
  const before = engine.state.account === null ? [] : await engine.ledger.openPositions(engine.accountId);
  const latched = await latchKill(engine, by);
  const { mode } = await engine.ledger.control();
  // What this engine would read is not the account that is meant.
  if (mode !== engine.mode && !leads(engine))
    return {
      kind: "done",
      value: undefined,
      text: `${latchText(latched)} This instance stands by without access to the ${modeLabel(mode)} account: the instance that leads it cancels and closes there until the broker reports zero. An admin's /resume releases the latch.`,
    };
  const deadline = performance.now() + KILL_REPORT_MS;
  let report: KillReport | null = null;
  let trouble = "";
  while (performance.now() < deadline) {
    try {
      report = await killRound(engine);
      trouble = "";
      if (report.openOrders === 0 && report.open.length === 0) break;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      engine.log.error({ error }, "a round of the kill failed; the next one follows");
    }
    await engine.clock.sleep(KILL_ROUND_MS);
  }
  const closed = before.map((each) => `${each.symbol} ${each.quantity.toString()}`).join(", ");
  const text = [
    latchText(latched),
    report === null || trouble !== ""
      ? `The broker could not be read (${trouble}): the kill goes on until it reports zero.`
      : killText(engine, report, closed),
    "An admin's /resume releases the latch.",
  ].join(" ");
  return { kind: "done", value: undefined, text };
}

function latchText(latched: boolean): string {
  return latched ? "Killed: all runs stopped." : "Was killed already; checked again.";
}

function killText(engine: Engine, report: KillReport, closed: string): string {
  if (report.openOrders === 0 && report.open.length === 0)
    return `The broker reports 0 orders and 0 positions${closed === "" ? "" : ` (closed: ${closed})`}.`;
  const why =
    engine.state.marketClock?.isOpen === false
      ? "the market is closed; positions are sold at the open"
      : "the kill goes on until it is zero";
  return `Still at the broker: ${counted(report.openOrders, "order")}, positions ${report.open.join(", ") || "none"}: ${why}.`;
}

/** What a kill would do now, done to nothing. */
export async function killDrill(engine: Engine): Promise<Outcome> {
  const runs = await engine.ledger.runs({ status: ["running", "paused"] });
  const orders = await engine.broker.openOrders();
  const positions = await engine.broker.positions("reconcile");
  const list = positions.map((each) => `${each.symbol} ${each.quantity.toString()}`).join(", ");
  return {
    kind: "done",
    value: undefined,
    text: `Drill, nothing was done. /kill would stop ${counted(runs.length, "run")}, cancel ${counted(orders.length, "order")} and close ${counted(positions.length, "position")}${list === "" ? "" : `: ${list}`}.`,
  };
}
