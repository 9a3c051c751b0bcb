import type { Gate } from "./contract.ts";
import { passed, refused } from "./verdict.ts";

const MINUTE_MS = 60_000;

/**
 * No entries in the first and last minutes of the regular session, half days included. Outside the session it does not
 * apply; a calendar that cannot be read refuses.
 */
export const sessionWindow: Gate = {
  id: "session_window",
  title: "Session window",
  check(_entry, { market: { nowMs, session, calendarKnown }, limits }) {
    const open = limits.no_entry_open_minutes;
    const close = limits.no_entry_close_minutes;
    if (open === null && close === null)
      return passed("session_window", "no session window", { limit: null });
    if (!calendarKnown)
      return refused(
        "session_window",
        "SESSION_WINDOW",
        "session hours unknown: no calendar from the broker",
      );
    if (session === undefined || nowMs < session.openMs || nowMs >= session.closeMs)
      return passed("session_window", "outside the regular session");
    const since = (nowMs - session.openMs) / MINUTE_MS;
    const left = (session.closeMs - nowMs) / MINUTE_MS;
    if (open !== null && since < open)
      return refused(
        "session_window",
        "SESSION_WINDOW",
        `${Math.floor(since)} min after the open, no entries in the first ${open}`,
        { before: since, after: since, limit: open, unit: "min" },
      );
    if (close !== null && left <= close)
      return refused(
        "session_window",
        "SESSION_WINDOW",
        `${Math.ceil(left)} min before the close, no entries in the last ${close}`,
        { before: left, after: left, limit: close, unit: "min" },
      );
    return passed(
      "session_window",
      `${Math.floor(since)} min after the open, ${Math.ceil(left)} before the close`,
    );
  },
};
