import type { CalendarDay } from "./types.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const newYork = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** The wall clock in New York, as if it were UTC. */
function wallMs(instantMs: number): number {
  const part = new Map(newYork.formatToParts(instantMs).map(({ type, value }) => [type, value]));
  const at = (name: Intl.DateTimeFormatPartTypes): number => Number(part.get(name));
  return Date.UTC(at("year"), at("month") - 1, at("day"), at("hour"), at("minute"), at("second"));
}

/** New York's "2026-03-09" at "09:30" → epoch milliseconds; right across daylight saving. */
export function newYorkInstant(date: string, time: string): number {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const guess = wall + 5 * 60 * minuteMs;
  return guess - (wallMs(guess) - wall);
}

export function newYorkDate(instantMs: number): string {
  return new Date(wallMs(instantMs)).toISOString().slice(0, 10);
}

/** 2026-03-09T09:30:00-04:00, the form /v2/clock uses. */
export function newYorkIso(instantMs: number): string {
  const second = Math.floor(instantMs / 1000) * 1000;
  const wall = wallMs(second);
  const hours = Math.round((second - wall) / (60 * minuteMs));
  return `${new Date(wall).toISOString().slice(0, 19)}-${String(hours).padStart(2, "0")}:00`;
}

interface Session {
  readonly openMs: number;
  readonly closeMs: number;
}

/** Trading days; without `set` every weekday, 09:30 to 16:00, holidays unknown. */
export class TradingCalendar {
  #days: ReadonlyMap<string, CalendarDay> | null = null;

  set(days: readonly CalendarDay[] | null): void {
    this.#days = days === null ? null : new Map(days.map((day) => [day.date, day]));
  }

  dayOf(date: string): CalendarDay | undefined {
    if (this.#days !== null) return this.#days.get(date);
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    return weekday === 0 || weekday === 6 ? undefined : { date, open: "09:30", close: "16:00" };
  }

  between(start: string, end: string): CalendarDay[] {
    const days: CalendarDay[] = [];
    for (let at = Date.parse(start); at <= Date.parse(end) && days.length < 3000; at += dayMs) {
      const day = this.dayOf(new Date(at).toISOString().slice(0, 10));
      if (day !== undefined) days.push(day);
    }
    return days;
  }

  /** Sessions that have not closed at `fromMs`, first three. */
  #sessionsFrom(fromMs: number): Session[] {
    const start = newYorkDate(fromMs);
    const end = new Date(Date.parse(start) + 20 * dayMs).toISOString().slice(0, 10);
    return this.between(start, end)
      .map((day) => ({
        openMs: newYorkInstant(day.date, day.open),
        closeMs: newYorkInstant(day.date, day.close),
      }))
      .filter((session) => session.closeMs > fromMs)
      .slice(0, 3);
  }

  isOpenAt(nowMs: number): boolean {
    const first = this.#sessionsFrom(nowMs)[0];
    return first !== undefined && first.openMs <= nowMs;
  }

  /** `isOpen` may be forced by a test against the calendar; the two times still agree with it. */
  next(nowMs: number, isOpen: boolean): { nextOpenMs: number; nextCloseMs: number } {
    const sessions = this.#sessionsFrom(nowMs);
    const running = sessions.find((session) => session.openMs <= nowMs);
    const coming = sessions.filter((session) => session.openMs > nowMs);
    const nextOpenMs = coming[0]?.openMs ?? nowMs + dayMs;
    if (isOpen) {
      const nextCloseMs = running?.closeMs ?? nowMs + 4 * 60 * minuteMs;
      const after = coming.find((session) => session.openMs > nextCloseMs);
      return { nextOpenMs: after?.openMs ?? nextCloseMs + dayMs, nextCloseMs };
    }
    return { nextOpenMs, nextCloseMs: coming[0]?.closeMs ?? nextOpenMs + 6.5 * 60 * minuteMs };
  }
}
