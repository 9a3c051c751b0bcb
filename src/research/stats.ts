import { valueAt } from "../core/column.ts";
import {
  annualFigures,
  cagrPercent,
  dailyReturns,
  maxDrawdown,
  outcomeFigures,
  systemQuality,
  type AnnualFigures,
} from "../core/performance.ts";
import type { SymbolResult } from "./portfolio.ts";
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
  /** Mean P&L of a closed trade after commissions, USD; null without trades. */
  readonly expectancy: number | null;
  /** System quality number of the closed trades: √trades × mean P&L ÷ sample deviation; null with fewer than two. */
  readonly sqn: number | null;
  /** Growth a year by the calendar, from the time of the first bar to that of the last (365.25 days a year). */
  readonly cagrPercent: number | null;
  /** Annual return (252 daily returns a year, as for Sharpe) ÷ the largest fall; null where equity never fell. */
  readonly calmar: number | null;
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
  return statsOf(cash, time, equity, [{ trades, bars: equity.length }]);
}

/** Statistics of the trades of several symbols or spans on one equity. Exposure is the share of all their bars inside closed trades. */
export function statsOf(
  cash: number,
  time: Float64Array,
  equity: Float64Array,
  traded: readonly TradedBars[],
): Stats {
  return { ...curveFigures(cash, time, equity), ...tradeFigures(traded) };
}

/** What an equity curve comes to, whoever made it: a strategy, or a benchmark. */
export type CurveFigures = AnnualFigures &
  Pick<Stats, "finalEquity" | "returnPercent" | "maxDrawdownPercent" | "cagrPercent" | "calmar">;

/** Figures of a curve (USD at each bar's close, `time` in epoch ms) that began with `cash`. */
export function curveFigures(cash: number, time: Float64Array, equity: Float64Array): CurveFigures {
  const finalEquity = equity.at(-1) ?? cash;
  const drawdown = maxDrawdown(equity) * 100;
  const annual = annualFigures(dailyReturns(time, equity));
  return {
    finalEquity,
    returnPercent: (finalEquity / cash - 1) * 100,
    maxDrawdownPercent: drawdown,
    ...annual,
    cagrPercent: cagrPercent(cash, finalEquity, (time.at(-1) ?? 0) - (time[0] ?? 0)),
    calmar:
      annual.annualReturnPercent === null || drawdown === 0 ? null : annual.annualReturnPercent / -drawdown,
  };
}

type TradeFigures = Pick<
  Stats,
  "winRatePercent" | "profitFactor" | "expectancy" | "sqn" | "exposurePercent" | "trades"
>;

/** Closed trades of one symbol, and how many bars it had. */
export interface TradedBars {
  readonly trades: TradeLog;
  readonly bars: number;
}

function tradeFigures(symbols: readonly TradedBars[]): TradeFigures {
  let inside = 0;
  let closed = 0;
  const pnls = new Float64Array(symbols.reduce((sum, { trades }) => sum + trades.length, 0));
  for (const { trades } of symbols)
    for (let index = 0; index < trades.length; index += 1) {
      inside += trades.bars(index);
      pnls[closed] = trades.pnl(index);
      closed += 1;
    }
  const pnlOf = (index: number): number => valueAt(pnls, index);
  const { winRatePercent, profitFactor, expectancy } = outcomeFigures(pnls.length, pnlOf);
  const bars = symbols.reduce((sum, each) => sum + each.bars, 0);
  return {
    winRatePercent,
    profitFactor,
    expectancy,
    sqn: systemQuality(pnls.length, pnlOf),
    exposurePercent: bars === 0 ? 0 : (inside / bars) * 100,
    trades: pnls.length,
  };
}

/** Statistics of several symbols on one equity. */
export function portfolioStats(
  cash: number,
  time: Float64Array,
  equity: Float64Array,
  symbols: readonly SymbolResult[],
): Stats {
  const traded = symbols.map(({ trades, bars }) => ({
    trades,
    bars: bars.series.length - (bars.start ?? 0),
  }));
  return statsOf(cash, time, equity, traded);
}
