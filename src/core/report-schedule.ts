import { minuteOfDay } from "./alerts/quiet.ts";
import { exchangeTimeMs, type SessionHours } from "./calendar.ts";

/** When a report is due on a session's day: `close` (minutes after it, half days too), a time in New York like `16:30`, or `off`. */
export type ReportTime = string;

/** Filled orders of the last second are booked by then. */
const AFTER_CLOSE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const REGULAR_CLOSE = 16 * 60;

/** `close`, `off`, or a time of the New York day that is not before the close; otherwise a sentence that says what would be right. */
export function parseReportTime(text: string): { readonly time: ReportTime } | { readonly problem: string } {
  const word = text.trim().toLowerCase();
  if (word === "close" || word === "off") return { time: word };
  const minute = minuteOfDay(word);
  if (minute === undefined)
    return { problem: `${text} is no time; write 16:30 (New York), close (5 minutes after it) or off` };
  if (minute < REGULAR_CLOSE)
    return {
      problem: `${text} is before the market's close at 16:00 New York: the earliest is 16:00, or close, which knows half days`,
    };
  return { time: word.padStart(5, "0") };
}

/** Never before the session is over. Epoch ms; undefined when there is no report. */
export function reportDueMs(session: SessionHours, time: ReportTime): number | undefined {
  if (time === "off") return undefined;
  if (time === "close") return session.closeMs + AFTER_CLOSE_MS;
  return Math.max(session.closeMs, exchangeTimeMs(session.date, time));
}

/** Sessions whose report came due after `afterMs` and by `nowMs`, oldest first. */
export function dueDaily(
  sessions: readonly SessionHours[],
  time: ReportTime,
  afterMs: number,
  nowMs: number,
): readonly SessionHours[] {
  return sessions.filter((session) => {
    const due = reportDueMs(session, time);
    return due !== undefined && due > afterMs && due <= nowMs;
  });
}

/** As `dueDaily`, of the weeks' last sessions. The list must reach into the week after `nowMs`: its own last one is not judged. */
export function dueWeekly(
  sessions: readonly SessionHours[],
  time: ReportTime,
  afterMs: number,
  nowMs: number,
): readonly SessionHours[] {
  const last = sessions.filter((session, index) => {
    const next = sessions[index + 1];
    return next !== undefined && mondayOf(next.date) !== mondayOf(session.date);
  });
  return dueDaily(last, time, afterMs, nowMs);
}

/** The Monday of a day's week, YYYY-MM-DD. */
export function mondayOf(date: string): string {
  const day = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  // 1970-01-01 was a Thursday.
  return new Date((day - ((day + 3) % 7)) * DAY_MS).toISOString().slice(0, 10);
}
