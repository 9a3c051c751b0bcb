import type { Chat, Clock, Ledger, Log, PendingAlert, Posted } from "../ports.ts";
import { dueAlerts } from "./alerts/due.ts";

/** More than one message can hold: what is written meanwhile is looked at again after each. */
const BATCH = 250;
/** Without a wake-up the outbox is looked at this often: another process may have written to it. */
const POLL_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

export interface AlertDelivery {
  wake(): void;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Delivers the outbox to every chat, each in its own time: kills and halts first, then fills and stops, then the rest, each
 * of them in the order of writing; at least once, never blocking trading. Where more is waiting than the platform takes,
 * many go as one message. What a platform does not take stays first in its line and is tried again, over outages and
 * restarts. What a channel does not want to hear, or not now, is sorted out before (alerts/due). Only the leading instance
 * delivers.
 */
export function createAlertDelivery(parts: {
  readonly ledger: Ledger;
  readonly chats: readonly Chat[];
  readonly clock: Clock;
  readonly log: Log;
  readonly leads: () => boolean;
}): AlertDelivery {
  const { ledger, chats, clock, log, leads } = parts;
  const stopped = new AbortController();
  let sleeping = new AbortController();
  const loops: Promise<void>[] = [];

  /** Returns what the chat came to, or undefined when there is nothing to say. */
  async function deliver(chat: Chat): Promise<Posted | undefined> {
    if (!leads()) return undefined;
    const batch = together(await dueAlerts(ledger, chat.platform, BATCH, clock.nowMs()));
    if (batch.length === 0 || stopped.signal.aborted) return undefined;
    const posted = await chat.post(batch);
    if (posted.kind === "busy") return posted;
    const ids = batch.slice(0, posted.count).map(({ id }) => id);
    if (posted.kind === "posted") await ledger.markDelivered(ids, chat.platform, posted.place);
    else await ledger.markFailed(ids, chat.platform, posted.reason);
    return posted;
  }

  async function run(chat: Chat): Promise<void> {
    let failures = 0;
    while (!stopped.signal.aborted) {
      const woken = sleeping.signal;
      const outcome = await deliver(chat).catch((error: unknown) => {
        log.warn({ error, platform: chat.platform }, "the outbox could not be read");
        return undefined;
      });
      failures = outcome?.kind === "failed" ? failures + 1 : outcome === undefined ? failures : 0;
      if (outcome === undefined) await clock.sleep(POLL_MS, woken);
      // A wake-up must not shorten the pause that a platform asked for.
      else if (outcome.kind === "busy") await clock.sleep(outcome.waitMs, stopped.signal);
      else if (outcome.kind === "failed") {
        if (failures === 1)
          log.warn(
            { platform: chat.platform, reason: outcome.reason },
            "an alert was not taken; it stays in the outbox",
          );
        const pauseMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
        await clock.sleep(outcome.retryAfterMs ?? pauseMs, stopped.signal);
      }
    }
  }

  function wake(): void {
    const woken = sleeping;
    sleeping = new AbortController();
    woken.abort();
  }

  return {
    wake,
    start() {
      for (const chat of chats) loops.push(run(chat));
    },
    async stop() {
      stopped.abort();
      wake();
      await Promise.allSettled(loops);
    },
  };
}

/**
 * The alerts that may go in one message. What was tried before goes again as it went then, and nothing with it: only so can
 * the platform tell that it has it already.
 */
function together(pending: readonly PendingAlert[]): readonly PendingAlert[] {
  const attempts = pending[0]?.attempts;
  const end = pending.findIndex((alert) => alert.attempts !== attempts);
  return end < 0 ? pending : pending.slice(0, end);
}
