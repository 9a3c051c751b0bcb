import type { Chat, Clock, Ledger, Log } from "../ports.ts";

const BATCH = 20;
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
 * Delivers the outbox to every chat, each in its own time and in the order of writing: at least once, never blocking
 * trading. What a platform does not take stays first in its line and is tried again, over outages and restarts. Only the
 * leading instance delivers.
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

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, AbortSignal.any([stopped.signal, sleeping.signal]));
  }

  /** Returns how long to wait before the next look. */
  async function deliver(
    chat: Chat,
    failures: number,
  ): Promise<{ readonly waitMs: number; readonly failed: boolean }> {
    if (!leads()) return { waitMs: POLL_MS, failed: false };
    for (const alert of await ledger.pendingAlerts(chat.platform, BATCH)) {
      if (stopped.signal.aborted) break;
      try {
        await chat.post(alert);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        await ledger.markFailed(alert.id, chat.platform, reason);
        if (failures === 0)
          log.warn({ platform: chat.platform, reason }, "an alert was not taken; it stays in the outbox");
        return {
          waitMs: retryAfter(error) ?? Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures),
          failed: true,
        };
      }
      await ledger.markDelivered(alert.id, chat.platform);
    }
    return { waitMs: (await ledger.pendingAlerts(chat.platform, 1)).length > 0 ? 0 : POLL_MS, failed: false };
  }

  async function run(chat: Chat): Promise<void> {
    let failures = 0;
    while (!stopped.signal.aborted) {
      let waitMs = POLL_MS;
      try {
        const outcome = await deliver(chat, failures);
        failures = outcome.failed ? failures + 1 : 0;
        waitMs = outcome.waitMs;
      } catch (error) {
        log.warn({ error, platform: chat.platform }, "the outbox could not be read");
      }
      // A wake-up must not shorten the pause that a refusing platform asked for.
      if (failures > 0) await clock.sleep(waitMs, stopped.signal);
      else if (waitMs > 0) await pause(waitMs);
    }
  }

  return {
    wake() {
      const woken = sleeping;
      sleeping = new AbortController();
      woken.abort();
    },
    start() {
      for (const chat of chats) loops.push(run(chat));
    },
    async stop() {
      stopped.abort();
      await Promise.allSettled(loops);
    },
  };
}

function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("retryAfterMs" in error)) return undefined;
  return typeof error.retryAfterMs === "number" ? error.retryAfterMs : undefined;
}
