import { exchangeDay } from "../../core/calendar.ts";
import type { Session } from "../../ports.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const midnights = new Map<number, number>();

/** New York's midnight of a calendar day that is counted from the epoch: 04:00 or 05:00 UTC. */
function midnightMs(day: number): number {
  const known = midnights.get(day);
  if (known !== undefined) return known;
  const summer = day * DAY_MS + 4 * HOUR_MS;
  const midnight = exchangeDay(summer) === dateOf(day) ? summer : summer + HOUR_MS;
  midnights.set(day, midnight);
  return midnight;
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function dayOf(atMs: number): number {
  const day = Math.floor(atMs / DAY_MS);
  return atMs < midnightMs(day) ? day - 1 : day;
}

function session(day: number): Session {
  return { date: dateOf(day), openMs: midnightMs(day), closeMs: midnightMs(day + 1) };
}

/**
 * The sandbox's session at an instant: the exchange's whole calendar day, midnight to midnight in New York, weekends too.
 * (Not the UTC day: everything else in the program assigns a bar to a session by its New York day.)
 */
export function sessionAt(atMs: number): Session {
  return session(dayOf(atMs));
}

/** Sessions whose date lies in [fromDay, toDay], YYYY-MM-DD. */
export function sessionsBetween(fromDay: string, toDay: string): readonly Session[] {
  const from = Date.parse(`${fromDay}T00:00:00Z`) / DAY_MS;
  const to = Date.parse(`${toDay}T00:00:00Z`) / DAY_MS;
  if (!Number.isInteger(from) || !Number.isInteger(to))
    throw new RangeError(`calendar days are written YYYY-MM-DD; found "${fromDay}" and "${toDay}"`);
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => session(from + index));
}
