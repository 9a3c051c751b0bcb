import { isQuiet } from "../../core/alerts/quiet.ts";
import { counted } from "../../core/figures.ts";
import type { Message } from "../../message.ts";
import type { AlertRow, ChannelAlerts, Ledger, LedgerOps, PendingAlert } from "../../ports.ts";
import { momentText } from "./late.ts";

/** So many lines are read in a chat; the file has them all. */
const LINES = 20;
/** So many are told in one digest; the next one has the rest. */
const MOST = 500;

/**
 * Once a channel's quiet hours are over: what was held back as one message, in the order in which it happened. Written in
 * the transaction that ends the single deliveries, so each is told, and once. Reports are delivered whole instead.
 */
export async function tellHeld(
  ledger: Ledger,
  sink: string,
  { quiet }: ChannelAlerts,
  nowMs: number,
): Promise<void> {
  if (quiet !== null && isQuiet(quiet, nowMs)) return;
  if ((await ledger.heldAlerts(sink, 1)).length === 0) return;
  await ledger.transaction((tx) => writeDigest(tx, sink, nowMs));
}

async function writeDigest(tx: LedgerOps, sink: string, nowMs: number): Promise<void> {
  const held = await tx.heldAlerts(sink, MOST);
  const whole = held.filter((alert) => alert.kind === "report" || carries(alert.message));
  if (whole.length > 0) await tx.releaseDeliveries(idsOf(whole), sink);
  const told = held.filter((alert) => !whole.includes(alert));
  const digest = digestOf(sink, told, nowMs);
  if (digest === undefined) return;
  await tx.settleDeliveries(idsOf(told), sink, "digest");
  await tx.insertAlert(digest);
}

/** What a line cannot hold. */
function carries({ file, picture }: Message): boolean {
  return file !== undefined || picture !== undefined;
}

function idsOf(alerts: readonly PendingAlert[]): readonly number[] {
  return alerts.map(({ id }) => id);
}

/** Undefined when nothing was held back. */
function digestOf(sink: string, held: readonly PendingAlert[], nowMs: number): AlertRow | undefined {
  const [first] = held;
  const last = held.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    key: `digest:${sink}:${first.id}-${last.id}`,
    kind: "system",
    urgency: "always",
    sinks: [sink],
    atMs: nowMs,
    message: {
      title: "While it was quiet",
      ...linesMessage(`${counted(held.length, "alert")} held back by quiet hours:`, held, "quiet-hours.txt"),
      tone: "neutral",
    },
  };
}

/** A list of alerts as one message: a line each, all of them in a file where they are many. */
export function linesMessage(
  head: string,
  alerts: readonly Pick<AlertRow, "atMs" | "message">[],
  fileName: string,
): Pick<Message, "text" | "file"> {
  const lines = alerts.map(alertLine);
  const left = lines.length - LINES;
  const shown = [head, ...lines.slice(0, LINES), ...(left > 0 ? [`… ${left} more, all in ${fileName}`] : [])];
  return {
    text: shown.join("\n"),
    ...(left > 0
      ? { file: { name: fileName, mediaType: "text/plain", content: `${lines.join("\n")}\n` } }
      : {}),
  };
}

/** `2026-07-31 15:03:20 UTC  AAPL refused: …` on one line. */
function alertLine({ atMs, message }: Pick<AlertRow, "atMs" | "message">): string {
  const words = message.title === undefined ? message.text : `${message.title}: ${message.text}`;
  return `${momentText(atMs)}  ${words.replaceAll(/\s*\n\s*/g, " · ")}`;
}
