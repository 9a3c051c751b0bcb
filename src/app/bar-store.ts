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
  edition: number;
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
  /** Changes when a split made every older bar another one: what was stepped through before no longer stands. */
  edition(timeframe: Timeframe, symbol: string): number;
}

/** A corrected bar differs in one price or another; after a split all four have changed by one factor, the smallest dividends in shares by 2 %. */
const SPLIT_CHANGE = 0.01;
const SAME_FACTOR = 0.002;

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
      edition: known?.edition ?? 0,
      bars: bars.length > KEPT_BARS + 500 ? bars.slice(-KEPT_BARS) : bars,
      from: Math.min(from, known?.from ?? from),
      through: nowMs,
    });
  }

  /** Alpaca adjusts all history for a split at once: bars that are kept from before it would stand over a cliff that is none. */
  function wasSplit(timeframe: Timeframe, symbol: string, found: readonly Bar[]): boolean {
    const newest = stored.get(`${timeframe} ${symbol}`)?.bars.at(-1);
    const again = newest === undefined ? undefined : found.find((bar) => bar.time === newest.time);
    if (newest === undefined || again === undefined) return false;
    const factor = again.close / newest.close;
    const same = (before: number, after: number): boolean =>
      Math.abs(after / before / factor - 1) < SAME_FACTOR;
    return (
      Math.abs(factor - 1) > SPLIT_CHANGE &&
      same(newest.open, again.open) &&
      same(newest.high, again.high) &&
      same(newest.low, again.low)
    );
  }

  async function takeAnew(timeframe: Timeframe, symbols: readonly string[], nowMs: number): Promise<void> {
    const froms = symbols.map((symbol) => stored.get(`${timeframe} ${symbol}`)?.from ?? nowMs);
    if (symbols.length === 0) return;
    const from = Math.min(...froms);
    const found = await engine.market.bars(timeframe, symbols, from, nowMs);
    for (const symbol of symbols) {
      const key = `${timeframe} ${symbol}`;
      const edition = (stored.get(key)?.edition ?? 0) + 1;
      stored.delete(key);
      keep(timeframe, symbol, found.get(symbol) ?? [], from, nowMs);
      const fresh = stored.get(key);
      if (fresh !== undefined) fresh.edition = edition;
      engine.log.info({ symbol, timeframe }, "a split: its bars are taken anew");
    }
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
          // The newest bar comes again: a split shows in it.
          start = Math.min(start, entry.bars.at(-1)?.time ?? entry.from);
      }
      if (start === Number.POSITIVE_INFINITY) return;
      const symbols = [...wanted.keys()];
      const found = await engine.market.bars(timeframe, symbols, start, nowMs);
      const split = symbols.filter((symbol) => wasSplit(timeframe, symbol, found.get(symbol) ?? []));
      await takeAnew(timeframe, split, nowMs);
      for (const symbol of symbols) {
        if (split.includes(symbol)) continue;
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
    edition: (timeframe, symbol) => stored.get(`${timeframe} ${symbol}`)?.edition ?? 0,
    closeOf: (timeframe, startMs) => barCloseMs(startMs, timeframe, sessions),
  };
}
