import { TIMEFRAME_MS } from "../core/bar.ts";
import { exchangeDay, exchangeTimeMs, exchangeWeekday, type SessionHours } from "../core/calendar.ts";
import { valueAt } from "../core/column.ts";
import type { MarketFigures } from "../core/risk/contract.ts";
import type { Limits } from "../core/risk/limits.ts";
import type { BacktestInput } from "./backtest.ts";
import { ownTimeframe } from "./signals.ts";

const WEEKEND: ReadonlySet<string> = new Set(["Sat", "Sun"]);

/** When an order that is decided on a bar goes out, market time, and the session of that day. */
type Moment = Pick<MarketFigures, "nowMs" | "session" | "calendarKnown">;

/** The moment of the decision on the bar that begins at `time`; `next` is when the symbol's next bar does. */
export type MomentOf = (time: number, next: number | undefined) => Moment;

/**
 * Sessions as bars tell them: from 09:30 to 16:00 in New York on weekdays, to 13:00 on a day on which no symbol has a bar from
 * then on. A decision on a session's last bar goes out when the next bar begins, as live. Daily bars say nothing of hours, and
 * where no window is set nobody asks: then there is no session. `time` holds the bars of all symbols, epoch ms ascending.
 */
export function momentsOf(
  time: Float64Array,
  { riskLimits, input }: { readonly riskLimits: Limits; readonly input: BacktestInput },
): MomentOf {
  const { no_entry_open_minutes: open, no_entry_close_minutes: close } = riskLimits;
  const timeframe = open === null && close === null ? "1Day" : ownTimeframe(input);
  if (timeframe === "1Day") return (nowMs) => ({ nowMs, session: undefined, calendarKnown: true });
  const sessions = new Map<string, SessionHours | undefined>();
  const sessionOf = (atMs: number): SessionHours | undefined => {
    const day = exchangeDay(atMs);
    if (!sessions.has(day)) sessions.set(day, sessionOn(day, time));
    return sessions.get(day);
  };
  return (start, next = Number.POSITIVE_INFINITY) => {
    const closedMs = start + TIMEFRAME_MS[timeframe];
    const own = sessionOf(start);
    const waits = own !== undefined && closedMs >= own.closeMs && Number.isFinite(next);
    const nowMs = waits ? Math.max(next, closedMs) : closedMs;
    return { nowMs, session: sessionOf(nowMs), calendarKnown: true };
  };
}

function sessionOn(date: string, time: Float64Array): SessionHours | undefined {
  const [openMs, earlyMs, closeMs] = ["09:30", "13:00", "16:00"].map((each) => exchangeTimeMs(date, each));
  if (openMs === undefined || earlyMs === undefined || closeMs === undefined) return undefined;
  if (WEEKEND.has(exchangeWeekday(openMs))) return undefined;
  const afternoon = firstFrom(time, earlyMs);
  // The last day of the bars may just not be over.
  const early = afternoon < time.length && valueAt(time, afternoon) >= closeMs;
  return { date, openMs, closeMs: early ? earlyMs : closeMs };
}

/** Index of the first time at or after `ms`. */
function firstFrom(time: Float64Array, ms: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(time, middle) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
