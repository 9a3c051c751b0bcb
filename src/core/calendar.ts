import { TIMEFRAME_MS, barsPerSession, type Bar, type Timeframe } from "./bar.ts";
import { DAY_MS } from "./iso-time.ts";

/** One regular session: the exchange's calendar day and its bounds, epoch ms. */
export interface SessionHours {
  readonly date: string;
  readonly openMs: number;
  readonly closeMs: number;
}

const NEW_YORK_DAY = new Intl.DateTimeFormat("en-CA", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});
const NEW_YORK_TIME = new Intl.DateTimeFormat("en-GB", {
  timeZone: "America/New_York",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

const HOUR_MS = 3_600_000;
const lastDay = { hour: Number.NaN, day: "" };

/** The exchange's calendar day of an instant, YYYY-MM-DD in New York. */
export function exchangeDay(atMs: number): string {
  // Days begin on an hour of UTC, and who asks for one bar asks for the next: formatting costs a microsecond and more.
  const hour = Math.floor(atMs / HOUR_MS);
  if (hour !== lastDay.hour) {
    lastDay.day = NEW_YORK_DAY.format(atMs);
    lastDay.hour = hour;
  }
  return lastDay.day;
}

/** Minutes since midnight in New York, 0–1439. */
export function exchangeMinute(atMs: number): number {
  const [hours = "0", minutes = "0"] = NEW_YORK_TIME.format(atMs).split(":");
  return Number(hours) * 60 + Number(minutes);
}

const NEW_YORK_WEEKDAY = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", weekday: "short" });

/** The exchange's day of the week: `Mon` … `Sun`. */
export function exchangeWeekday(atMs: number): string {
  return NEW_YORK_WEEKDAY.format(atMs);
}

/** When a bar is closed: a daily bar with its session, any other after its length. Epoch ms. */
export function barCloseMs(
  time: number,
  timeframe: Timeframe,
  sessions: ReadonlyMap<string, SessionHours>,
): number {
  if (timeframe !== "1Day") return time + TIMEFRAME_MS[timeframe];
  return sessions.get(exchangeDay(time))?.closeMs ?? time + TIMEFRAME_MS["1Day"];
}

/**
 * Whether a bar belongs to the regular session: it overlaps it. Days the calendar does not list are left alone: no
 * exchange trades on them, so bars dated then come from a market with other hours.
 */
export function inSession(
  bar: Bar,
  timeframe: Timeframe,
  sessions: ReadonlyMap<string, SessionHours>,
): boolean {
  if (timeframe === "1Day") return true;
  const session = sessions.get(exchangeDay(bar.time));
  if (session === undefined) return true;
  return bar.time + TIMEFRAME_MS[timeframe] > session.openMs && bar.time < session.closeMs;
}

/** Calendar days, generously, that hold `bars` bars of regular sessions: 390 minutes a session, five sessions a week, holidays. */
export function daysForBars(bars: number, timeframe: Timeframe): number {
  const perSession = Math.floor(barsPerSession(timeframe));
  return Math.ceil((Math.ceil(bars / perSession) * 7) / 5) + 7;
}

/** Calendar time in ms, generously, that holds `bars` bars before a period; 0 for none. */
export function historyMs(bars: number, timeframe: Timeframe): number {
  return bars === 0 ? 0 : daysForBars(bars, timeframe) * DAY_MS;
}

const NEW_YORK_WALL = new Intl.DateTimeFormat("en-CA", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** The instant at which New York's clocks show `time` ("09:30") on `date` ("2026-11-02"), epoch ms; right over daylight saving. */
export function exchangeTimeMs(date: string, time: string): number {
  const wanted = Date.parse(`${date}T${time.slice(0, 5)}:00Z`);
  if (Number.isNaN(wanted)) throw new RangeError(`not a time of day: ${date} ${time}`);
  let guess = wanted;
  // The second round settles days on which the offset changes between midnight UTC and the wanted time.
  for (let round = 0; round < 2; round += 1) guess += wanted - wallClockMs(guess);
  return guess;
}

/** What New York's clocks show at an instant, read as if it were UTC. */
function wallClockMs(atMs: number): number {
  const parts = new Map(NEW_YORK_WALL.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "00";
  return Date.parse(`${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:00Z`);
}
