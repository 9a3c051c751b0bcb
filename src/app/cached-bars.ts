import { TIMEFRAME_MS, barsPerSession, type Bar, type Timeframe } from "../core/bar.ts";
import { checkBars } from "../core/bars.ts";
import { exchangeDay, exchangeTimeMs } from "../core/calendar.ts";
import { UsageError } from "../core/errors.ts";
import { DAY_MS } from "../core/iso-time.ts";
import { gapsIn, type TimeRange } from "../core/time-ranges.ts";
import type { BarArchive, History, Log, MarketData } from "../ports.ts";

/** What is younger may still be corrected, or not be served yet: it is given and not kept. */
const SETTLING_MS = 15 * 60_000;
/** Bars asked for at a time: what was kept of a long history is not asked for again after a failure. */
const PIECE_BARS = 50_000;

export interface CacheParts {
  readonly archive: BarArchive;
  readonly market: Pick<MarketData, "bars">;
  /** "alpaca iex". */
  readonly source: string;
  readonly log: Log;
  nowMs(): number;
}

/** One symbol's part of a request. */
type Wanted = Omit<History, "source">;

/**
 * Past bars through the archive: what is missing is fetched, kept, and never fetched again; nothing is made up. Bars that
 * may still change are fetched each time. A bar that is fetched once more beside what is kept and differs from it (a split
 * adjusts the past) makes the whole history be fetched anew. Rejects with a UsageError that names the first bad bar.
 */
export function cachedBars(parts: CacheParts): Pick<MarketData, "bars"> {
  const { archive, market, source, log } = parts;

  async function fetched(
    timeframe: Timeframe,
    symbols: readonly string[],
    { from, to }: TimeRange,
  ): Promise<ReadonlyMap<string, readonly Bar[]>> {
    const found = await market.bars(timeframe, symbols, from, to);
    for (const [symbol, bars] of found) {
      const [fault] = checkBars(symbol, bars).faults;
      if (fault !== undefined) throw new UsageError(`${source} sent a bad bar, none was kept: ${fault.text}`);
    }
    return found;
  }

  /** Fetches and keeps a gap piece by piece, from a bar that is kept on: false where that one has changed since. */
  async function fill(history: History, gap: TimeRange, seams: readonly Bar[]): Promise<boolean> {
    const { timeframe, symbol } = history;
    const before = seams.findLast(({ time }) => time < gap.from)?.time ?? gap.from;
    const after = seams.find(({ time }) => time > gap.to)?.time ?? gap.to;
    for (const piece of piecesOf({ from: before, to: after }, timeframe)) {
      const found = await fetched(timeframe, [symbol], piece);
      const saved = await archive.saveBars(history, found.get(symbol) ?? [], piece);
      if (saved.kind === "conflict") {
        const { kept, given } = saved;
        log.warn(
          { symbol, timeframe, time: kept.time, kept: kept.close, given: given.close },
          "past bars have changed at the source: fetched anew",
        );
        return false;
      }
    }
    return true;
  }

  async function settled(wanted: Wanted, range: TimeRange): Promise<readonly Bar[]> {
    const history: History = { ...wanted, source };
    for (let attempt = 1; ; attempt += 1) {
      const seams = await archive.keptBars(history, range);
      const gaps = gapsIn(await archive.coverage(history), range);
      let same = true;
      for (const gap of gaps) same &&= await fill(history, gap, seams);
      if (same) return gaps.length === 0 ? seams : archive.keptBars(history, range);
      if (attempt === 2) throw new Error(`${source}: bars of ${wanted.symbol} change while they are read`);
      await archive.forgetBars(history);
    }
  }

  return {
    async bars(timeframe, symbols, startMs, endMs) {
      const settledMs = settledUntil(timeframe, parts.nowMs());
      const past = { from: startMs, to: Math.min(endMs, settledMs) };
      const young = { from: Math.max(startMs, settledMs + 1), to: endMs };
      const newest = young.from > young.to ? new Map() : await fetched(timeframe, symbols, young);
      const found = new Map<string, readonly Bar[]>();
      for (const symbol of symbols) {
        const kept = past.from > past.to ? [] : await settled({ symbol, timeframe }, past);
        const bars = [...kept, ...(newest.get(symbol) ?? [])];
        const [fault] = checkBars(symbol, bars).faults;
        if (fault !== undefined) throw new UsageError(`a bad bar is kept of ${source}: ${fault.text}`);
        if (bars.length > 0) found.set(symbol, bars);
      }
      return found;
    },
  };
}

/** The latest start of a bar that is closed for good: a day's bar once its day in New York is over. */
function settledUntil(timeframe: Timeframe, nowMs: number): number {
  return timeframe === "1Day"
    ? exchangeTimeMs(exchangeDay(nowMs), "00:00") - 1
    : nowMs - TIMEFRAME_MS[timeframe] - SETTLING_MS;
}

function piecesOf({ from, to }: TimeRange, timeframe: Timeframe): readonly TimeRange[] {
  const lengthMs = Math.ceil(PIECE_BARS / barsPerSession(timeframe)) * DAY_MS;
  const pieces: TimeRange[] = [];
  for (let start = from; start <= to; start += lengthMs)
    pieces.push({ from: start, to: Math.min(to, start + lengthMs - 1) });
  return pieces;
}
