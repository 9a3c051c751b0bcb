import { goesByMail } from "../../core/alerts/level.ts";
import { counted } from "../../core/figures.ts";
import type { Clock, Ledger, Log, Mailer, PendingAlert } from "../../ports.ts";
import { linesMessage } from "./digest.ts";
import { withDelay } from "./late.ts";
import { routeToChannel } from "./route.ts";
import { channelAlerts, readAlertSettings } from "./settings.ts";
import { MAIL_SINK } from "./sinks.ts";

const BATCH = 20;
const POLL_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
/** Greylisting lets a mail through after some minutes; nothing is gained by asking more often. */
const MAX_RETRY_MS = 60_000;
/** A mail that is refused for good so often is set aside: those behind it may be taken. */
const REFUSALS = 5;
/** What a chat has not taken for this long goes by mail too; and mails about it come no more often. */
const CHAT_PATIENCE_MS = 5 * 60_000;
const MOST = 500;

export interface MailParts {
  readonly ledger: Ledger;
  readonly mailer: Mailer;
  /** The chats whose silence is made good by mail. */
  readonly channels: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly leads: () => boolean;
}

/**
 * Delivers by mail what cannot wait for somebody to look into a chat, and what a chat has not taken for minutes. At least
 * once, in the order of writing, tried again over outages and restarts; only the leading instance mails.
 */
export function createMailDelivery(parts: MailParts): { start(): void; stop(): Promise<void> } {
  const { clock, log, leads } = parts;
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    let failures = 0;
    let leadingSinceMs: number | null = null;
    while (!stopped.signal.aborted) {
      leadingSinceMs = leads() ? (leadingSinceMs ?? clock.nowMs()) : null;
      let waitMs = POLL_MS;
      try {
        if (leadingSinceMs !== null) {
          for (const channel of parts.channels) await tellUndelivered(parts, channel, leadingSinceMs);
          failures = (await deliverMails(parts)) ? 0 : failures + 1;
          if (failures > 0) waitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
        }
      } catch (error) {
        log.warn({ error, sink: MAIL_SINK }, "the outbox could not be read");
      }
      await clock.sleep(waitMs, stopped.signal);
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** False when the mail server did not take the first of them. */
export async function deliverMails({ ledger, mailer, clock, log }: MailParts): Promise<boolean> {
  for (const alert of await ledger.pendingAlerts(MAIL_SINK, BATCH)) {
    if (!goesByMail(alert)) {
      await ledger.settleDeliveries([alert.id], MAIL_SINK, "skipped");
      continue;
    }
    try {
      await mailer.send(withDelay(withAckHint(alert), clock.nowMs()));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await ledger.markFailed([alert.id], MAIL_SINK, reason);
      const final = isFinal(error) && alert.attempts + 1 >= REFUSALS;
      if (final) await ledger.settleDeliveries([alert.id], MAIL_SINK, "refused");
      if (final || alert.attempts === 0)
        log.error(
          { key: alert.key, reason },
          final ? "a mail is refused for good" : "a mail was not taken; trying again",
        );
      return false;
    }
    await ledger.markDelivered([alert.id], MAIL_SINK);
  }
  return true;
}

function withAckHint(alert: PendingAlert): PendingAlert {
  if (alert.urgency !== "critical") return alert;
  const footer = [`To acknowledge it: /ack ${alert.id} in the chat`, ...(alert.message.footer ?? [])];
  return { ...alert, message: { ...alert.message, footer } };
}

function isFinal(error: unknown): boolean {
  return error instanceof Error && "final" in error && error.final === true;
}

interface Told {
  readonly lastId: number;
  readonly atMs: number;
}

/**
 * Writes a mail about what a channel wants to hear and has not taken for minutes, though this process tried: each alert in
 * one such mail. How far that has come is a row of the same transaction.
 */
export async function tellUndelivered(
  { ledger, clock }: Pick<MailParts, "ledger" | "clock">,
  channel: string,
  leadingSinceMs: number,
): Promise<void> {
  const nowMs = clock.nowMs();
  const dueMs = nowMs - CHAT_PATIENCE_MS;
  if (leadingSinceMs > dueMs) return;
  const waiting = (await ledger.pendingAlerts(channel, MOST)).filter((alert) => alert.atMs <= dueMs);
  if (waiting.length === 0) return;
  const told = readTold(await ledger.setting(toldKey(channel)));
  if (told.atMs > dueMs) return;
  const wanted = channelAlerts(await readAlertSettings(ledger), channel);
  const news = waiting
    .filter((alert) => alert.id > told.lastId && !goesByMail(alert))
    .filter((alert) => routeToChannel(alert, wanted, nowMs) === "post")
    .toSorted((a, b) => a.id - b.id);
  const [first] = news;
  const last = news.at(-1);
  if (first === undefined || last === undefined) return;
  await ledger.transaction(async (tx) => {
    await tx.insertAlert({
      key: `undelivered:${channel}:${first.id}-${last.id}`,
      kind: "undelivered",
      sinks: [MAIL_SINK],
      atMs: nowMs,
      message: {
        title: `${channel} is down`,
        ...linesMessage(
          `${counted(news.length, "alert")} not delivered to ${channel}; they come there too once it is back:`,
          news,
          "undelivered.txt",
        ),
        tone: "warn",
      },
    });
    await tx.setSetting(toldKey(channel), { lastId: last.id, atMs: nowMs } satisfies Told);
  });
}

function toldKey(channel: string): string {
  return `mail.undelivered.${channel}`;
}

function readTold(value: unknown): Told {
  if (typeof value !== "object" || value === null || !("lastId" in value) || !("atMs" in value))
    return { lastId: 0, atMs: 0 };
  const { lastId, atMs } = value;
  return typeof lastId === "number" && typeof atMs === "number" ? { lastId, atMs } : { lastId: 0, atMs: 0 };
}
