import { valueAt } from "./column.ts";
import { DAY_MS } from "./iso-time.ts";

/** Trading days a year: what daily figures are annualised with. */
const DAYS_A_YEAR = 252;

/** Lowest equity ÷ highest equity before it − 1, at closes: 0 or a negative fraction. */
export function maxDrawdown(equity: Float64Array): number {
  let peak = Number.NEGATIVE_INFINITY;
  let floor = Number.NEGATIVE_INFINITY;
  let worst = 0;
  const { length } = equity;
  for (let t = 0; t < length; t += 1) {
    const value = valueAt(equity, t);
    if (value > peak) {
      peak = value;
      floor = peak * (1 + worst);
    } else if (value < floor) {
      // Only a new low needs the division.
      worst = value / peak - 1;
      floor = value;
    }
  }
  return worst;
}

/** Fractional returns between the last equities of successive UTC days that have bars. */
export function dailyReturns(time: Float64Array, equity: Float64Array): readonly number[] {
  const returns: number[] = [];
  let previous = Number.NaN;
  for (let next = 0; next < time.length;) {
    next = firstAtOrAfter(time, next, nextDay(valueAt(time, next)));
    const last = valueAt(equity, next - 1);
    if (!Number.isNaN(previous)) returns.push(last / previous - 1);
    previous = last;
  }
  return returns;
}

/** The first index after `from` whose time is not before `limitMs`, in doubling steps: a day of minutes takes a dozen looks. */
function firstAtOrAfter(time: Float64Array, from: number, limitMs: number): number {
  let before = from;
  let step = 1;
  while (before + step < time.length && valueAt(time, before + step) < limitMs) {
    before += step;
    step *= 2;
  }
  let first = Math.min(before + step, time.length);
  while (first - before > 1) {
    const middle = (before + first) >>> 1;
    if (valueAt(time, middle) < limitMs) before = middle;
    else first = middle;
  }
  return first;
}

function nextDay(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}

/** Annualised figures of daily returns, 252 days a year, as backtesting.py defines them; null stands for a ratio that is not defined. */
export interface AnnualFigures {
  /** Compounded from the geometric mean of daily returns; null without a day to compare with. */
  readonly annualReturnPercent: number | null;
  /** sqrt((var + (1+g)²)^252 − (1+g)^504), g the geometric mean daily return; null with fewer than two returns. */
  readonly annualVolatilityPercent: number | null;
  /** Annual return ÷ annual volatility, no risk-free rate; null when equity never moved. */
  readonly sharpe: number | null;
  /** Annual return ÷ (root mean square of the negative daily returns × √252); null when no day lost. */
  readonly sortino: number | null;
}

/** What a series of daily returns comes to in a year. */
export function annualFigures(returns: readonly number[]): AnnualFigures {
  const days = returns.length;
  const growth = Math.exp(mean(returns.map((daily) => Math.log1p(daily))));
  // No day to compare with, or equity fell to nothing: no mean growth.
  if (days === 0 || !(growth > 0))
    return { annualReturnPercent: null, annualVolatilityPercent: null, sharpe: null, sortino: null };
  const annualReturn = growth ** DAYS_A_YEAR - 1;
  const volatility = annualVolatility(returns, growth);
  const downside = Math.sqrt(mean(returns.map((daily) => Math.min(daily, 0) ** 2)) * DAYS_A_YEAR);
  return {
    annualReturnPercent: annualReturn * 100,
    annualVolatilityPercent: volatility === null ? null : volatility * 100,
    sharpe: volatility === null || volatility === 0 ? null : annualReturn / volatility,
    sortino: downside > 0 ? annualReturn / downside : null,
  };
}

function annualVolatility(returns: readonly number[], growth: number): number | null {
  const days = returns.length;
  if (days < 2) return null;
  const average = mean(returns);
  const variance = mean(returns.map((daily) => (daily - average) ** 2)) * (days / (days - 1));
  if (variance === 0) return 0;
  // Rounding can leave the difference a hair below zero.
  return Math.sqrt(Math.max(0, (variance + growth ** 2) ** DAYS_A_YEAR - growth ** (2 * DAYS_A_YEAR)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What closed trades came to. Dollars are USD; null stands for a figure that is not defined. */
export interface OutcomeFigures {
  readonly trades: number;
  /** Trades with a P&L above 0. */
  readonly wins: number;
  readonly pnl: number;
  /** Share of trades with a P&L above 0, percent; null without trades. */
  readonly winRatePercent: number | null;
  /** Dollars won ÷ dollars lost; null when nothing was lost. */
  readonly profitFactor: number | null;
  /** Mean P&L of a trade; null without trades. */
  readonly expectancy: number | null;
}

/** The figures of `trades` closed trades, the backtest's and the desk's alike; `pnlOf` gives the P&L of each by its index. */
export function outcomeFigures(trades: number, pnlOf: (index: number) => number): OutcomeFigures {
  let wins = 0;
  let won = 0;
  let lost = 0;
  for (let index = 0; index < trades; index += 1) {
    const pnl = pnlOf(index);
    if (pnl > 0) {
      wins += 1;
      won += pnl;
    } else lost -= pnl;
  }
  return {
    trades,
    wins,
    pnl: won - lost,
    winRatePercent: trades === 0 ? null : (wins / trades) * 100,
    profitFactor: lost > 0 ? won / lost : null,
    expectancy: trades === 0 ? null : (won - lost) / trades,
  };
}

/**
 * System quality number: √trades × mean P&L ÷ sample deviation of the P&L, as backtesting.py reckons it (in dollars; Van
 * Tharp's own is in R); null with fewer than two trades, or when all came to the same.
 */
export function systemQuality(trades: number, pnlOf: (index: number) => number): number | null {
  let average = 0;
  let squares = 0;
  for (let index = 0; index < trades; index += 1) {
    // Welford's way: a sum of squares would lose too much.
    const apart = pnlOf(index) - average;
    average += apart / (index + 1);
    squares += apart * (pnlOf(index) - average);
  }
  return trades < 2 || squares <= 0
    ? null
    : (Math.sqrt(trades) * average) / Math.sqrt(squares / (trades - 1));
}

const YEAR_MS = 365.25 * DAY_MS;

/**
 * Compound annual growth rate in percent: (last ÷ first)^(1 ÷ years) − 1 over `spanMs` of calendar time, a year of 365.25 days;
 * null over no time, or when nothing is left to compare.
 */
export function cagrPercent(first: number, last: number, spanMs: number): number | null {
  if (!(spanMs > 0 && first > 0 && last > 0)) return null;
  const rate = (last / first) ** (YEAR_MS / spanMs) - 1;
  // An hour's luck to the power of a year is no figure.
  return Number.isFinite(rate) ? rate * 100 : null;
}

/** One calendar month (UTC) of an equity curve. */
export interface MonthFigures {
  /** `2026-01`. */
  readonly month: string;
  /** Equity at the month's last bar, USD. */
  readonly equity: number;
  /** Against the last bar of the month before, or the equity at the start; percent. */
  readonly returnPercent: number;
}

/** The months that have bars, oldest first; `start` is the equity before the first. */
export function monthlyFigures(
  time: Float64Array,
  equity: Float64Array,
  start: number,
): readonly MonthFigures[] {
  const months: MonthFigures[] = [];
  let before = start;
  for (let next = 0; next < time.length;) {
    const date = new Date(valueAt(time, next));
    const following = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    next = firstAtOrAfter(time, next, following);
    const last = valueAt(equity, next - 1);
    months.push({
      month: date.toISOString().slice(0, 7),
      equity: last,
      returnPercent: before > 0 ? (last / before - 1) * 100 : 0,
    });
    before = last;
  }
  return months;
}
