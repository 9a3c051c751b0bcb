import { TIMEFRAME_MS, type Timeframe } from "../bar.ts";

/** One regular session, epoch ms. */
interface SessionHours {
  readonly openMs: number;
  readonly closeMs: number;
}

/**
 * Closed bars that a position has been held in, by the calendar: every bar of the regular session that closed after
 * `sinceMs`, that of the entry included, and by `nowMs`. Quiet minutes without a bar count too: time passes in them.
 * Market times, epoch ms.
 */
export function closedBars(
  sinceMs: number,
  nowMs: number,
  timeframe: Timeframe,
  sessions: Iterable<SessionHours>,
): number {
  let count = 0;
  for (const session of sessions)
    count +=
      timeframe === "1Day"
        ? Number(session.closeMs > sinceMs && session.closeMs <= nowMs)
        : slotsWithin(session, sinceMs, nowMs, TIMEFRAME_MS[timeframe]);
  return count;
}

/** Bars start at multiples of their length; slot k ends at (k + 1) × length. */
function slotsWithin(
  { openMs, closeMs }: SessionHours,
  sinceMs: number,
  nowMs: number,
  lengthMs: number,
): number {
  const first = Math.max(Math.floor(openMs / lengthMs), Math.floor(sinceMs / lengthMs));
  const last = Math.min(Math.ceil(closeMs / lengthMs), Math.floor(nowMs / lengthMs)) - 1;
  return Math.max(0, last - first + 1);
}
