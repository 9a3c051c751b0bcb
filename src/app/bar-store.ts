import { TIMEFRAME_MS, type Bar, type Timeframe } from "../core/bar.ts";
import { checkBars } from "../core/bars.ts";
import { barCloseMs, inSession } from "../core/calendar.ts";
import type { Engine } from "./context.ts";
import { sessionsSince } from "./market-hours.ts";

/** Bars kept a symbol and timeframe; longer histories are asked for again when a run needs them. */
const KEPT_BARS = 6_000;
/** Daily bars are asked for after each session's close and, for late ones, this often. */
const DAILY_RECHECK_MS = 5 * 60_000;

interface Stored {
  bars: readonly Bar[];
  /** The bars reach back to here. */
  from: number;
  /** Asked for until here: nothing closed before this is outstanding. */
  through: number;
}

/** Closed, sound bars of the regular session, shared by every run of a symbol and timeframe. Rebuilt from the data source after a restart. */
export interface BarStore {
  /**
   * Makes sure that bars back to `fromMs` and up to the newest closed one are there for every symbol: one multi-symbol
   * request, and none when no bar can have closed since the last.
   */
  refresh(timeframe: Timeframe, wanted: ReadonlyMap<string, number>, nowMs: number): Promise<void>;
  bars(timeframe: Timeframe, symbol: string): readonly Bar[];
  closeOf(timeframe: Timeframe, startMs: number): number;
}

export function createBarStore(engine: Engine): BarStore {
  const stored = new Map<string, Stored>();
  const faultsTold = new Set<string>();
  let sessions: Awaited<ReturnType<typeof sessionsSince>> = new Map();

  function keep(
    timeframe: Timeframe,
    symbol: string,
    found: readonly Bar[],
    from: number,
    nowMs: number,
  ): void {
    const key = `${timeframe} ${symbol}`;
    const known = stored.get(key);
    const { sound, faults } = checkBars(symbol, found);
    for (const fault of faults) {
      if (faultsTold.has(fault.text)) continue;
      faultsTold.add(fault.text);
      engine.log.warn({ symbol, timeframe }, `bar left out: ${fault.text}`);
    }
    const closed = sound.filter(
      (bar) => barCloseMs(bar.time, timeframe, sessions) <= nowMs && inSession(bar, timeframe, sessions),
    );
    const reachesBack = known === undefined || from < known.from;
    const newest = known?.bars.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    // A bar that is kept never changes; when older history is fetched the whole list is taken anew.
    const bars = reachesBack ? closed : [...known.bars, ...closed.filter((bar) => bar.time > newest)];
    stored.set(key, {
      bars: bars.length > KEPT_BARS + 500 ? bars.slice(-KEPT_BARS) : bars,
      from: Math.min(from, known?.from ?? from),
      through: nowMs,
    });
  }

  /** Whether a bar may have closed that is not here yet. Quiet symbols have no bar for quiet minutes and are asked for again. */
  function due(timeframe: Timeframe, entry: Stored, nowMs: number): boolean {
    const newest = entry.bars.at(-1);
    if (newest === undefined) return true;
    if (timeframe !== "1Day") return nowMs >= newest.time + 2 * TIMEFRAME_MS[timeframe];
    const closings = [...sessions.values()].some(
      ({ closeMs }) => closeMs > entry.through && closeMs <= nowMs,
    );
    return closings || nowMs - entry.through >= DAILY_RECHECK_MS;
  }

  return {
    async refresh(timeframe, wanted, nowMs) {
      const oldest = Math.min(nowMs, ...wanted.values());
      sessions = await sessionsSince(engine, oldest, nowMs);
      let start = Number.POSITIVE_INFINITY;
      for (const [symbol, from] of wanted) {
        const entry = stored.get(`${timeframe} ${symbol}`);
        if (entry === undefined || from < entry.from) start = Math.min(start, from);
        else if (due(timeframe, entry, nowMs))
          start = Math.min(start, (entry.bars.at(-1)?.time ?? entry.from) + 1);
      }
      if (start === Number.POSITIVE_INFINITY) return;
      const symbols = [...wanted.keys()];
      const found = await engine.market.bars(timeframe, symbols, start, nowMs);
      for (const symbol of symbols) {
        const bars = found.get(symbol) ?? [];
        keep(
          timeframe,
          symbol,
          bars,
          Math.min(start, stored.get(`${timeframe} ${symbol}`)?.from ?? start),
          nowMs,
        );
      }
    },
    bars: (timeframe, symbol) => stored.get(`${timeframe} ${symbol}`)?.bars ?? [],
    closeOf: (timeframe, startMs) => barCloseMs(startMs, timeframe, sessions),
  };
}
