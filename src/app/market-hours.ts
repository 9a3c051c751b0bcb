import { exchangeDay, exchangeMinute } from "../core/calendar.ts";
import type { MarketClock, Session } from "../ports.ts";
import type { Engine } from "./context.ts";

const DAY_MS = 86_400_000;
/** However often positions are looked at, the clock is asked for at most this often. */
const CLOCK_PAUSE_MS = 1_000;
/** A read clock serves this long: its market times are carried on by the wall clock. */
const CLOCK_FRESH_MS = 20_000;
/** Extended hours of US equities begin at 04:00 in New York, minutes of the day … */
const EXTENDED_FROM = 4 * 60;
/** … and end four hours after the session: at 20:00, on half days at 17:00. */
const EXTENDED_AFTER_MS = 4 * 3_600_000;

/** A calendar that could not be read is asked for again after this. */
const CALENDAR_RETRY_MS = 60_000;

export interface MarketHours {
  readonly open: boolean;
  readonly nowMs: number;
  /** Whether orders may be sent now, given what the run asked for. */
  canTrade(extendedHours: boolean): boolean;
}

/** The market's time and state, from the broker; a failed read throws. */
export async function marketHours(engine: Engine): Promise<MarketHours> {
  const clock = await freshClock(engine);
  if (!clock.isOpen) await recallCalendar(engine, clock.nowMs);
  return {
    open: clock.isOpen,
    nowMs: clock.nowMs,
    canTrade: (extendedHours) => clock.isOpen || (extendedHours && inExtendedHours(engine, clock.nowMs)),
  };
}

/** When the session ended, and with it whether extended hours go on, only the calendar knows: after a restart nobody else may ask for it. */
async function recallCalendar(engine: Engine, nowMs: number): Promise<void> {
  if (engine.state.calendar !== null) return;
  const again = calendarAgainAt.get(engine.state) ?? 0;
  if (performance.now() < again) return;
  calendarAgainAt.set(engine.state, performance.now() + CALENDAR_RETRY_MS);
  await sessionsSince(engine, nowMs, nowMs);
}

const calendarAgainAt = new WeakMap<Engine["state"], number>();

/** Where the market's time and the wall clock's differ: a sandbox's market runs fast, and rows are stamped by the wall clock. */
export interface TimeScale {
  /** Market time now. */
  readonly nowMs: number;
  toMarket(wallMs: number): number;
  toWall(marketMs: number): number;
}

export async function timeScale(engine: Engine): Promise<TimeScale> {
  const { nowMs } = await marketHours(engine);
  const wallNowMs = engine.clock.nowMs();
  const pace = engine.state.marketClock?.pace ?? 1;
  return {
    nowMs,
    toMarket: (wallMs) => nowMs + (wallMs - wallNowMs) * pace,
    toWall: (marketMs) => wallNowMs + (marketMs - nowMs) / pace,
  };
}

/** Always asks the broker: once a tick, so that openings, closings and half days are the broker's word. Those who ask at once share one answer. */
export function readClock(engine: Engine): Promise<MarketClock> {
  const known = asked.get(engine.state);
  if (known !== undefined) return known;
  const asking = (async () => {
    try {
      const clock = await engine.broker.clock();
      engine.state.marketClock = clock;
      clockReadAt.set(engine.state, { upMs: performance.now(), wallMs: engine.clock.nowMs() });
      marketAhead.set(engine.state, clock.nowMs - engine.clock.nowMs());
      return clock;
    } finally {
      asked.delete(engine.state);
    }
  })();
  asked.set(engine.state, asking);
  return asking;
}

/** By two clocks: one stands still while the machine sleeps, and the other may be set. */
interface ReadAt {
  readonly upMs: number;
  readonly wallMs: number;
}

const clockReadAt = new WeakMap<Engine["state"], ReadAt>();
const asked = new WeakMap<Engine["state"], Promise<MarketClock>>();

/** How far market time is ahead of the wall clock, ms: what has accrued in the fast sandbox. */
const marketAhead = new WeakMap<Engine["state"], number>();

/** Market time of what is stamped `atMs` in the rows. A real broker stamps market time, whatever this machine's clock says. */
export function marketTimeAt(engine: Engine, atMs: number): number {
  return engine.state.marketClock?.pace === undefined ? atMs : atMs + (marketAhead.get(engine.state) ?? 0);
}

/** Market time now, by the broker's clock as it was read last; by this machine's before that. */
export function marketNowMs(engine: Engine): number {
  const { marketClock } = engine.state;
  const readAt = clockReadAt.get(engine.state);
  if (marketClock === null || readAt === undefined || marketClock.pace !== undefined)
    return marketTimeAt(engine, engine.clock.nowMs());
  return marketClock.nowMs + (performance.now() - readAt.upMs);
}

async function freshClock(engine: Engine): Promise<MarketClock> {
  const { marketClock } = engine.state;
  const readAt = clockReadAt.get(engine.state);
  if (marketClock === null || readAt === undefined) return readClock(engine);
  // The larger: a clock that was read before the machine slept says nothing about the market now.
  const age = Math.max(performance.now() - readAt.upMs, engine.clock.nowMs() - readAt.wallMs);
  if (age < CLOCK_PAUSE_MS) return marketClock;
  const passesBound =
    marketClock.nowMs + age >= (marketClock.isOpen ? marketClock.nextCloseMs : marketClock.nextOpenMs);
  if (age <= CLOCK_FRESH_MS && !passesBound) return marketClock;
  try {
    return await readClock(engine);
  } catch (error) {
    // Until the next opening or closing the last answer still holds: an exit must not wait for a clock.
    if (passesBound) throw error;
    return marketClock;
  }
}

function inExtendedHours(engine: Engine, nowMs: number): boolean {
  const today = exchangeDay(nowMs);
  const session = engine.state.calendar?.sessions.find(({ date }) => date === today);
  if (session === undefined) return false;
  return exchangeMinute(nowMs) >= EXTENDED_FROM && nowMs < session.closeMs + EXTENDED_AFTER_MS;
}

/** Sessions by exchange day, from `fromMs` to a week ahead; asked for again when the day changes or more history is needed. */
export async function sessionsSince(
  engine: Engine,
  fromMs: number,
  nowMs: number,
): Promise<ReadonlyMap<string, Session>> {
  const today = exchangeDay(nowMs);
  const known = engine.state.calendar?.askedOn === today ? engine.state.calendar : null;
  const from = exchangeDay(fromMs);
  if (known === null || from < known.from) {
    try {
      const sessions = await engine.broker.calendar(from, exchangeDay(nowMs + 7 * DAY_MS));
      engine.state.calendar = { askedOn: today, from, sessions };
    } catch (error) {
      // Whether the market is open is the clock's word. Without the calendar daily bars count as closed a day after
      // their start, which is late and never early; the next tick asks again.
      engine.log.warn({ error }, "the market calendar could not be read");
    }
  }
  return new Map((engine.state.calendar?.sessions ?? []).map((session) => [session.date, session]));
}
