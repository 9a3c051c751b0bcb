import { exchangeDay } from "../core/calendar.ts";
import { valueAt } from "../core/column.ts";
import { DAY_MS } from "../core/iso-time.ts";
import type { GateFigures, Holding, PastTrade } from "../core/risk/contract.ts";
import type { Limits } from "../core/risk/limits.ts";
import type { Book } from "./book.ts";
import type { CorrelationAt } from "./correlations.ts";
import type { MomentOf } from "./sessions.ts";

/** A longer losing streak than any limit can name. */
const PAST_TRADES = 100;

/** The simulated account over time. */
interface AccountCurve {
  /** Epoch ms and equity in USD, one entry a bar; equity is filled up to the bar that is asked about. */
  readonly time: Float64Array;
  readonly equity: Float64Array;
  /** At the start, USD. */
  readonly cash: number;
  readonly limits: Limits;
  readonly momentOf: MomentOf;
  /** Distance of bid and ask, USD. */
  readonly spread: number;
}

/** The symbol that asks, and what the account has at work elsewhere. */
interface Asking {
  /** Close of its bar. */
  readonly price: number;
  readonly book: Book;
  /** Times of its bars, and the one of them it asks on. */
  readonly time: Float64Array;
  readonly bar: number;
  /** Cash less what entries on their way will cost, USD. */
  readonly buyingPower: number;
  readonly others: Others;
}

/** Positions and entries on their way in other symbols. */
interface Others {
  readonly holdings: readonly Holding[];
  /** Entries that were made elsewhere on this exchange day. */
  entriesOn(day: string): number;
  /** Entries that were decided elsewhere on a bar of this time: bars are a minute apart at least. */
  readonly entriesNow: number;
  /** Of two symbols, as known at this time. */
  readonly correlation: CorrelationAt;
}

export const NO_OTHERS: Others = {
  holdings: [],
  entriesOn: () => 0,
  entriesNow: 0,
  correlation: () => undefined,
};

/**
 * The simulated account as the gates see the real one, at the close of bar `t`, while the symbol that asks holds nothing. The
 * quote lies around the close as wide as the backtest's spread. Last session is the UTC day with bars before that of bar `t`.
 * Call with rising `t`.
 */
export function gateFiguresOf({
  time,
  equity,
  cash,
  limits,
  momentOf,
  spread,
}: AccountCurve): (t: number, asking: Asking) => GateFigures {
  let peak = cash;
  let seen = 0;
  return (t, asking) => {
    for (; seen <= t; seen += 1) peak = Math.max(peak, valueAt(equity, seen));
    const nowMs = valueAt(time, t);
    const today = exchangeDay(nowMs);
    let last = t - 1;
    while (last >= 0 && valueAt(time, last) >= Math.floor(nowMs / DAY_MS) * DAY_MS) last -= 1;
    const past = needsTrades(limits) ? pastTrades(asking.book, asking.time, today) : [];
    return {
      nowMs,
      limits,
      equity: valueAt(equity, t),
      lastEquity: last < 0 ? cash : valueAt(equity, last),
      peakEquity: peak,
      buyingPower: asking.buyingPower,
      holdings: asking.others.holdings,
      entriesLastMinute: asking.others.entriesNow,
      entriesToday:
        past.filter((trade) => exchangeDay(trade.entryTime) === today).length +
        asking.others.entriesOn(today),
      trades: past,
      sellers: [],
      market: {
        ...momentOf(nowMs, asking.time[asking.bar + 1]),
        isOpen: true,
        last: { price: asking.price, atMs: nowMs },
        quote: { bid: asking.price - spread / 2, ask: asking.price + spread / 2 },
        tradable: true,
      },
      correlation: (symbol, other) => asking.others.correlation(nowMs, symbol, other),
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
