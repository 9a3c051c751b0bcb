import { exchangeDay } from "../calendar.ts";
import type { Gate, PastTrade } from "./contract.ts";
import { below } from "./measure.ts";

/** Losses since the last trade that did not lose, newest first; 0 when the newest loss was on an earlier New York day. */
function lossesInARow(trades: readonly PastTrade[], nowMs: number): number {
  const [newest] = trades;
  // The lock lasts until the next day: whoever then loses again is locked again at once.
  if (newest === undefined || exchangeDay(newest.exitTime) !== exchangeDay(nowMs)) return 0;
  const end = trades.findIndex((trade) => trade.pnl >= 0);
  return end < 0 ? trades.length : end;
}

/** `losing_streak` losses in a row, whoever made them, lock a symbol until the next day. */
export const losingStreak: Gate = {
  id: "losing_streak",
  title: "Losing streak",
  check({ symbol }, { trades, nowMs, limits }) {
    const losses = lossesInARow(trades, nowMs);
    return below({
      gate: "losing_streak",
      code: "LOSING_STREAK",
      label: `losses in a row in ${symbol}`,
      unit: "count",
      before: losses,
      after: losses,
      limit: limits.losing_streak,
    });
  },
};
