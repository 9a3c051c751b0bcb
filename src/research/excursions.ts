import type { BarSeries } from "../core/bar-series.ts";
import { valueAt } from "../core/column.ts";
import { money } from "../core/money.ts";
import { tradeFigures, type TradeFigures } from "../core/trade-figures.ts";
import type { Trade } from "./trade.ts";

/**
 * MAE, MFE and R of a backtest's trade by the arithmetic of the desk's own (core/trade-figures). The prices seen are those of
 * every bar held; of the bar of the exit those that came before it: none but the exit's own when it sold at the open, the
 * open and the exit's at a stop (nobody knows whether the high came first), all up to the target at a take-profit.
 */
export function figuresOfTrade({ time, open, high, low }: BarSeries, trade: Trade): TradeFigures {
  const { entryBar, exitBar, exitReason } = trade;
  const seen = [trade.entryPrice, trade.exitPrice];
  for (let t = entryBar; t < exitBar; t += 1) seen.push(valueAt(low, t), valueAt(high, t));
  if (exitReason === "take_profit") seen.push(valueAt(low, exitBar));
  if (exitReason === "stop" || exitReason === "trailing") seen.push(valueAt(open, exitBar));
  return tradeFigures({
    entryPrice: money(trade.entryPrice),
    exitPrice: money(trade.exitPrice),
    quantity: money(trade.size),
    entryTime: valueAt(time, entryBar),
    exitTime: valueAt(time, exitBar),
    initialStop: money(trade.stop ?? 0),
    pnl: money(trade.pnl),
    lowWater: money(lowest(seen)),
    highWater: money(-lowest(seen.map((price) => -price))),
    entryDecided: null,
    exitDecided: null,
  });
}

function lowest(prices: readonly number[]): number {
  return prices.reduce((least, price) => Math.min(least, price), Number.POSITIVE_INFINITY);
}
