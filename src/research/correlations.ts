import type { BarSeries } from "../core/bar-series.ts";
import { exchangeDay } from "../core/calendar.ts";
import { valueAt } from "../core/column.ts";
import { DAY_MS } from "../core/iso-time.ts";
import { correlationOf, type DailyCloses } from "../core/risk/correlation.ts";

const HOUR_MS = 3_600_000;
/** As many calendar days as live: they hold 61 sessions, holidays and all. */
const CLOSES_DAYS = 100;

/** The correlation of two symbols' daily returns as it was known at `nowMs`, epoch ms; undefined with too few common days. */
export type CorrelationAt = (nowMs: number, symbol: string, other: string) => number | undefined;

/** From the bars alone: a day's close is that of its last bar, and the day that still forms is left out. Each pair once a day. */
export function correlationsOf(
  symbols: readonly { readonly symbol: string; readonly series: BarSeries }[],
): CorrelationAt {
  const known = new Map<string, DailyCloses>();
  const pairs = new Map<string, number | undefined>();
  let today = "";

  function closesBefore(symbol: string, nowMs: number): DailyCloses {
    const series = symbols.find((each) => each.symbol === symbol)?.series;
    const all = known.get(symbol) ?? (series === undefined ? new Map() : dailyCloses(series));
    known.set(symbol, all);
    const first = exchangeDay(nowMs - CLOSES_DAYS * DAY_MS);
    return new Map([...all].filter(([day]) => day >= first && day < today));
  }

  return (nowMs, symbol, other) => {
    if (symbol === other) return 1;
    const day = exchangeDay(nowMs);
    if (day !== today) pairs.clear();
    today = day;
    const key = symbol < other ? `${symbol} ${other}` : `${other} ${symbol}`;
    if (!pairs.has(key))
      pairs.set(key, correlationOf(closesBefore(symbol, nowMs), closesBefore(other, nowMs)));
    return pairs.get(key);
  };
}

function dailyCloses({ time, close, length }: BarSeries): DailyCloses {
  const closes = new Map<string, number>();
  let hour = Number.NaN;
  let day = "";
  for (let t = 0; t < length; t += 1) {
    const at = valueAt(time, t);
    // Days begin with an hour, and naming one takes longer than all the rest.
    if (Math.floor(at / HOUR_MS) !== hour) day = exchangeDay(at);
    hour = Math.floor(at / HOUR_MS);
    closes.set(day, valueAt(close, t));
  }
  return closes;
}
