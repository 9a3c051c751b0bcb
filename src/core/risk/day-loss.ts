import type { Gate } from "./contract.ts";

/** Day loss as the broker's account shows it: (last_equity − equity) / last_equity; negative in profit, 0 when unknown. */
export function dayLossOf(equity: number, lastEquity: number): number {
  return lastEquity > 0 ? (lastEquity - equity) / lastEquity : 0;
}

/** No entries once the account has lost `maxDayLoss` of the last session's closing equity, until the next session. */
export const dayLoss: Gate = {
  id: "day_loss",
  title: "Daily loss limit",
  check(_intent, { equity, lastEquity, maxDayLoss }) {
    const loss = dayLossOf(equity, lastEquity);
    const ok = loss < maxDayLoss;
    return {
      gate: "day_loss",
      ok,
      ...(ok ? {} : { code: "DAILY_LOSS" as const }),
      text: `day loss ${(loss * 100).toFixed(2)}% of ${(maxDayLoss * 100).toFixed(2)}% allowed`,
      figures: { dayLoss: loss, maxDayLoss, equity, lastEquity },
    };
  },
};
