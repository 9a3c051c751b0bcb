import { counted } from "../../core/figures.ts";
import type { AlertRow, By, CriticalAlert, Ledger, LedgerOps, OnCall, Outcome } from "../../ports.ts";
import { refused } from "../runs.ts";
import { askedBy } from "../wording.ts";
import { ackButton } from "./due.ts";
import { momentText } from "./late.ts";
import { answered } from "./revise.ts";
import { onCallOf, readAlertSettings } from "./settings.ts";

/** What nobody acknowledged in this time is history. */
export const OPEN_FOR_MS = 24 * 3_600_000;
/** After so many calls nobody will come. */
const MOST_CALLS = 12;
const MINUTE_MS = 60_000;

/**
 * Calls the people on duty about every critical alert that was not acknowledged in time, again and again. Each call is
 * counted in the transaction that writes it, so a restart or a second instance makes none twice. True when one was made.
 */
export async function callOnDuty(ledger: Ledger, nowMs: number): Promise<boolean> {
  const open = await ledger.openCriticals(nowMs - OPEN_FOR_MS);
  if (open.length === 0) return false;
  const onCall = onCallOf(await readAlertSettings(ledger));
  if (onCall.people.length === 0) return false;
  const due = open.filter(
    ({ atMs, calls, calledAtMs }) =>
      calls < MOST_CALLS && nowMs - (calledAtMs ?? atMs) >= onCall.minutes * MINUTE_MS,
  );
  for (const alert of due) await ledger.transaction((tx) => call(tx, alert, onCall, nowMs));
  return due.length > 0;
}

async function call(tx: LedgerOps, alert: CriticalAlert, onCall: OnCall, nowMs: number): Promise<void> {
  const count = alert.calls + 1;
  if (!(await tx.countCall(alert.id, count, nowMs))) return;
  const minutes = Math.floor((nowMs - alert.atMs) / MINUTE_MS);
  const row: AlertRow = {
    key: callKey(alert.id, count),
    kind: "escalation",
    atMs: nowMs,
    message: {
      title: `NOT ACKNOWLEDGED for ${counted(minutes, "minute")}`,
      text: `${alert.message.title === undefined ? "" : `${alert.message.title}: `}${alert.message.text}`,
      tone: "bad",
      mentions: onCall.people,
      buttons: [ackButton(alert.id)],
      footer: [`since ${momentText(alert.atMs)}, call ${count} of ${MOST_CALLS} · /ack ${alert.id} ends it`],
    },
  };
  await tx.insertAlert(row);
}

/** The first one ends the calls; the other channels, and the mailbox that was written to, hear who it was. */
export async function acknowledge(
  ledger: Ledger,
  sinks: readonly string[],
  id: number,
  by: By,
  nowMs: number,
): Promise<Outcome> {
  const [platform] = by.actor.split(":");
  return ledger.transaction(async (tx): Promise<Outcome> => {
    const alert = await tx.acknowledgeAlert(id, by.name, nowMs);
    if (alert === undefined)
      return refused(`there is no critical alert ${id}; /alerts lists those that are open`);
    const what = alert.message.title ?? alert.message.text;
    if (!alert.first)
      return done(
        `Acknowledged already by ${alert.ackedBy ?? "?"} at ${momentText(alert.ackedAtMs ?? nowMs)}: ${what}`,
      );
    await sayAcknowledged(tx, alert, by);
    await tx.insertAlert({
      key: `ack:${id}`,
      kind: "escalation",
      atMs: nowMs,
      sinks: sinks.filter((sink) => sink !== platform),
      message: { text: `Acknowledged by ${by.name}: ${what}`, tone: "good", footer: [`/ack ${id}`] },
    });
    return done(`Acknowledged by ${by.name}: ${what}`);
  });
}

/** On the alert itself and on every call there was: whoever scrolls up sees that somebody came. */
async function sayAcknowledged(
  tx: LedgerOps,
  { id, key, calls, message }: CriticalAlert,
  by: By,
): Promise<void> {
  const keys = [key, ...Array.from({ length: calls }, (_, index) => callKey(id, index + 1))];
  for (const each of keys)
    await answered(tx, each, `acknowledged by ${askedBy(by)}`, message.tone ?? "neutral");
}

function callKey(id: number, count: number): string {
  return `call:${id}:${count}`;
}

function done(text: string): Outcome {
  return { kind: "done", value: undefined, text };
}
