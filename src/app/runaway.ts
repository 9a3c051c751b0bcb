import type { Order } from "../core/order.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import type { LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** So many refusals by the broker in a row mean that something is wrong with what is being asked. */
const REJECTIONS_IN_A_ROW = 3;

/** The guard's window: entries are counted back to here. */
export const RUNAWAY_WINDOW_MS = 60_000;

/**
 * Why entries should stop by themselves, or undefined. `recent` are the newest orders, newest first; `lastMinute` counts the
 * entries of the window, whatever other orders came between them.
 */
export function runawayReason(
  recent: readonly Order[],
  lastMinute: number,
  maxEntriesAMinute: number,
): string | undefined {
  if (lastMinute >= maxEntriesAMinute)
    return `${lastMinute} entries within a minute, the limit is ${maxEntriesAMinute}`;
  const entries = recent.filter((order) => order.purpose === "entry");
  // A new price that comes too late is refused, and nothing is wrong with it.
  const newest = entries.filter((order) => order.replaces === null).slice(0, REJECTIONS_IN_A_ROW);
  const rejected =
    newest.length === REJECTIONS_IN_A_ROW && newest.every((order) => order.state === "REJECTED");
  return rejected
    ? `the broker rejected ${REJECTIONS_IN_A_ROW} entries in a row: ${newest[0]?.error ?? ""}`
    : undefined;
}

/** Halts when that is among the reasons why an entry was refused; inside the transaction that refuses it. */
export async function haltIfRunaway(
  engine: Engine,
  tx: LedgerOps,
  checks: readonly GateCheck[],
): Promise<void> {
  const runaway = checks.find((check) => check.code === "RUNAWAY");
  if (runaway !== undefined) await haltRunaway(engine, tx, runaway.text);
}

/** Halts by itself and says so; inside the transaction that found out. */
export async function haltRunaway(engine: Engine, tx: LedgerOps, reason: string): Promise<void> {
  const nowMs = engine.clock.nowMs();
  await tx.setControl({ ...(await tx.control()), halted: true, by: "AlphaFlow", reason, since: nowMs });
  await tx.insertAlert({
    ...plainAlert(`runaway:${engine.accountId}:${nowMs}`, "halt", nowMs, {
      title: "Halted by itself",
      text: `No new entries: ${reason}. Exits and stops go on until an admin's /resume · ${modeLabel(engine.mode)}`,
      tone: "bad",
    }),
    urgency: "critical",
  });
}
