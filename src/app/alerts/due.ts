import type { Button, Message } from "../../message.ts";
import type { Ledger, PendingAlert } from "../../ports.ts";
import { tellHeld } from "./digest.ts";
import { withDelay } from "./late.ts";
import { routeToChannel } from "./route.ts";
import { channelAlerts, readAlertSettings } from "./settings.ts";

/**
 * The next alerts that a chat is to post, as they are shown now. On the way what its channel does not want is settled, what
 * falls into its quiet hours is held back, and what was held back before is told once those are over.
 */
export async function dueAlerts(
  ledger: Ledger,
  sink: string,
  limit: number,
  nowMs: number,
): Promise<readonly PendingAlert[]> {
  const channel = channelAlerts(await readAlertSettings(ledger), sink);
  await tellHeld(ledger, sink, channel, nowMs);
  const due: PendingAlert[] = [];
  const skipped: number[] = [];
  const held: number[] = [];
  for (const alert of await ledger.pendingAlerts(sink, limit)) {
    const route = routeToChannel(alert, channel, nowMs);
    if (route === "post") due.push(withDelay(withAck(alert), nowMs));
    else (route === "skip" ? skipped : held).push(alert.id);
  }
  if (skipped.length > 0) await ledger.settleDeliveries(skipped, sink, "skipped");
  if (held.length > 0) await ledger.holdDeliveries(held, sink);
  return due;
}

/** A critical alert asks for somebody. */
function withAck(alert: PendingAlert): PendingAlert {
  if (alert.urgency !== "critical") return alert;
  const message: Message = {
    ...alert.message,
    buttons: [...(alert.message.buttons ?? []), ackButton(alert.id)],
  };
  return { ...alert, message };
}

export function ackButton(alertId: number): Button {
  return { label: "Ack", command: `/ack ${alertId}`, style: "primary" };
}
