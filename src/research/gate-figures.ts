import type { BarSeries } from "../core/bar-series.ts";
import { exchangeDay } from "../core/calendar.ts";
import { valueAt } from "../core/column.ts";
import { DAY_MS } from "../core/iso-time.ts";
import type { GateFigures, PastTrade } from "../core/risk/contract.ts";
import type { Limits } from "../core/risk/limits.ts";
import type { Book } from "./book.ts";

/** A longer losing streak than any limit can name. */
const PAST_TRADES = 100;

/**
 * The simulated account as the gates see the real one, at the close of bar `t`, when nothing is held: one symbol, no quotes, no
 * calendar. Last session is the UTC day with bars before that of bar `t`. Call with rising `t`.
 */
export function gateFiguresOf(
  { time, close }: BarSeries,
  book: Book,
  equity: Float64Array,
  cash: number,
  limits: Limits,
): (t: number) => GateFigures {
  let peak = cash;
  let seen = 0;
  return (t) => {
    for (; seen <= t; seen += 1) peak = Math.max(peak, valueAt(equity, seen));
    const nowMs = valueAt(time, t);
    const today = exchangeDay(nowMs);
    let last = t - 1;
    while (last >= 0 && valueAt(time, last) >= Math.floor(nowMs / DAY_MS) * DAY_MS) last -= 1;
    const past = needsTrades(limits) ? pastTrades(book, time, today) : [];
    return {
      nowMs,
      limits,
      equity: valueAt(equity, t),
      lastEquity: last < 0 ? cash : valueAt(equity, last),
      peakEquity: peak,
      buyingPower: book.cash,
      holdings: [],
      entriesLastMinute: 0,
      entriesToday: past.filter((trade) => exchangeDay(trade.entryTime) === today).length,
      trades: past,
      sellers: [],
      market: {
        nowMs,
        isOpen: true,
        session: undefined,
        calendarKnown: false,
        last: { price: valueAt(close, t), atMs: nowMs },
        quote: undefined,
        tradable: true,
      },
      correlation: () => undefined,
    };
  };
}

function needsTrades(limits: Limits): boolean {
  return limits.trades_per_day !== null || limits.cooldown_minutes !== null || limits.losing_streak !== null;
}

/** Newest first: all of today, and enough to see a streak. */
function pastTrades(
  { trades }: Book,
  time: Float64Array,
  today: string,
): readonly (PastTrade & { readonly entryTime: number })[] {
  const past = [];
  for (let index = trades.length - 1; index >= 0; index -= 1) {
    const { entryBar, exitBar, exitReason } = trades.at(index);
    const entryTime = valueAt(time, entryBar);
    if (past.length >= PAST_TRADES && exchangeDay(entryTime) !== today) break;
    past.push({
      runId: null,
      entryTime,
      exitTime: valueAt(time, exitBar),
      pnl: trades.pnl(index),
      stoppedOut: exitReason === "stop",
    });
  }
  return past;
}
