import { LATE_SIGN } from "../../core/digest.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { AlertRow } from "../../ports.ts";

/** What comes later than this is marked: a reader takes an alert for the present. */
export const LATE_MS = 60_000;

/** The alert as it is shown now: what comes late says by how much, and when it happened. The text itself stays as it was. */
export function withDelay<T extends Pick<AlertRow, "message" | "atMs">>(alert: T, nowMs: number): T {
  const lateMs = nowMs - alert.atMs;
  if (lateMs < LATE_MS) return alert;
  const footer = [
    `${LATE_SIGN} ${delayText(lateMs)}: happened ${momentText(alert.atMs)}`,
    ...(alert.message.footer ?? []),
  ];
  return { ...alert, message: { ...alert.message, footer } };
}

/** `delayed 12 min`, `delayed 3 h 5 min` */
export function delayText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  return `delayed ${hours === 0 ? "" : `${hours} h `}${minutes % 60} min`;
}

/** `2026-07-31 15:03:20 UTC` */
export function momentText(atMs: number): string {
  return `${isoTime(Math.floor(atMs / 1000) * 1000)
    .slice(0, 19)
    .replace("T", " ")} UTC`;
}
