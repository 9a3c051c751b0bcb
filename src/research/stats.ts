import {
  annualFigures,
  dailyReturns,
  maxDrawdown,
  outcomeFigures,
  type AnnualFigures,
} from "../core/performance.ts";
import type { TradeLog } from "./trade-log.ts";

/** The outcome of a backtest. Percentages are in percent (12.5 is 12.5%); null stands for a ratio that is not defined. */
export interface Stats extends AnnualFigures {
  /** Cash plus the position at the last close, USD. */
  readonly finalEquity: number;
  readonly returnPercent: number;
  /** Largest fall from the highest equity so far, measured at closes; 0 or negative. */
  readonly maxDrawdownPercent: number;
  /** Share of closed trades with a profit above 0 after commissions; null without trades. */
  readonly winRatePercent: number | null;
  /** Dollars won ÷ dollars lost in closed trades; null when nothing was lost. */
  readonly profitFactor: number | null;
  /** Share of bars inside closed trades, entry and exit bar counted. */
  readonly exposurePercent: number;
  /** Closed trades. */
  readonly trades: number;
}

/** Statistics of an equity curve (USD at each bar's close, `time` in epoch ms) that began with `cash`, and its closed trades. */
export function computeStats(
  cash: number,
  time: Float64Array,
  equity: Float64Array,
  trades: TradeLog,
): Stats {
  const finalEquity = equity.at(-1) ?? cash;
  return {
    finalEquity,
    returnPercent: (finalEquity / cash - 1) * 100,
    maxDrawdownPercent: maxDrawdown(equity) * 100,
    ...tradeFigures(trades, equity.length),
    ...annualFigures(dailyReturns(time, equity)),
    trades: trades.length,
  };
}

type TradeFigures = Pick<Stats, "winRatePercent" | "profitFactor" | "exposurePercent">;

function tradeFigures(trades: TradeLog, bars: number): TradeFigures {
  let inside = 0;
  for (let index = 0; index < trades.length; index += 1) inside += trades.bars(index);
  const { winRatePercent, profitFactor } = outcomeFigures(trades.length, (index) => trades.pnl(index));
  return {
    winRatePercent,
    profitFactor,
    exposurePercent: bars === 0 ? 0 : (inside / bars) * 100,
  };
}
