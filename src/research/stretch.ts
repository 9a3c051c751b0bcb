import { historyMs } from "../core/calendar.ts";
import { UsageError } from "../core/errors.ts";
import { DAY_MS, isoTime } from "../core/iso-time.ts";
import { gapsIn, type TimeRange } from "../core/time-ranges.ts";
import type { KeptHistory } from "../ports.ts";

/** What is asked of bars that are kept; times are epoch ms, infinite where nothing was said. */
interface Asked extends TimeRange {
  /** Bars before `from` that warm the indicators up. */
  readonly warmupBars: number;
  readonly nowMs: number;
}

/** The newest bars may still change and are not kept: that they are missing is no hole. */
const UNSETTLED_MS = 2 * DAY_MS;

/**
 * The bars that are read for a period: up to its end, and before it as far back as none is missing. Throws a UsageError where
 * bars of the period, or among those that warm it up, were never fetched: a trade across the hole would be made up. A history
 * that does not say what it covers (a file's) counts as whole.
 */
export function stretchFor(history: KeptHistory, covered: readonly TimeRange[], asked: Asked): TimeRange {
  const { firstMs, lastMs, timeframe } = history;
  const [earliest] = covered;
  if (earliest === undefined) return { from: firstMs, to: lastMs };
  const from = asked.from === Number.NEGATIVE_INFINITY ? firstMs : asked.from;
  const to = asked.to === Number.POSITIVE_INFINITY ? lastMs : Math.min(asked.to, asked.nowMs - UNSETTLED_MS);
  const warmupMs = historyMs(asked.warmupBars, timeframe);
  // Where nothing is kept before, the warm-up is as short as a file's may be.
  const begin = Math.min(from, Math.max(from - warmupMs, earliest.from));
  const holes = gapsIn(covered, { from: begin, to });
  const [first] = holes;
  const last = holes.at(-1);
  if (first !== undefined && last !== undefined) {
    const warmMs = last.from < earliest.from ? 0 : warmupMs;
    throw new UsageError(holeText(history, { from: first.from, to: last.to }, { from, to }, warmMs));
  }
  const whole = covered.find((range) => range.from <= begin && range.to >= begin);
  return { from: whole?.from ?? begin, to: lastMs };
}

/** The hole, what fetches it, and the periods beside it; after it one has to leave time to warm up. */
function holeText(
  { symbol, timeframe, source }: KeptHistory,
  hole: TimeRange,
  period: TimeRange,
  warmMs: number,
): string {
  const [first, last] = [dayOf(hole.from), dayOf(hole.to)];
  const before = hole.from - DAY_MS;
  const after = Math.ceil((hole.to + 1 + warmMs) / DAY_MS) * DAY_MS;
  const narrower = [
    ...(before >= period.from ? [`--to ${dayOf(before)}`] : []),
    ...(after <= period.to ? [`--from ${dayOf(after)}`] : []),
  ];
  return [
    `${timeframe} bars of ${symbol} from ${source} were never fetched between ${first} and ${last}`,
    `alphaflow import-bars --symbol ${symbol} --timeframe ${timeframe} --from ${first} --to ${last} fetches them`,
    ...(narrower.length === 0 ? [] : [`or test without them: ${narrower.join(", or ")}`]),
  ].join("; ");
}

/** `2006-03-02`, UTC. */
function dayOf(ms: number): string {
  return isoTime(ms).slice(0, 10);
}
