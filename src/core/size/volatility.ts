import { dollars, percentText } from "../figures.ts";
import type { NoSize, SizeBasis, Wish } from "./contract.ts";

/** The same daily swing from every position: target × equity / (a day's standard deviation of one share). */
export interface Volatility {
  readonly rule: "volatility";
  /** Standard deviation that the position adds in a day, percent of equity, (0, 100]. */
  readonly targetVolPct: number;
}

/** Expected range of a driftless random walk in units of its standard deviation, √(8/π). Feller 1951; Parkinson 1980. */
const RANGE_PER_SD = Math.sqrt(8 / Math.PI);

/**
 * Standard deviation of one share's price over a session, USD, from the ATR of its bars: ATR ÷ √(8/π) is that of a bar, and
 * variances of a session's bars add up, so × √(bars in a session). Gaps over night count as far as they are in the ATR.
 */
export function dailyDeviation(atr: number, barsPerSession: number): number {
  return (atr / RANGE_PER_SD) * Math.sqrt(barsPerSession);
}

export function volatility(
  { targetVolPct }: Volatility,
  { equity, atr, barsPerSession }: SizeBasis,
): Wish | NoSize {
  const deviation = atr === undefined ? 0 : dailyDeviation(atr, barsPerSession);
  if (deviation <= 0)
    return {
      kind: "none",
      code: "NO_SIZE",
      text: `volatility sizes by ATR(14), which is ${atr === undefined ? "not yet known" : "0"}`,
    };
  const target = (targetVolPct / 100) * equity;
  return {
    kind: "wish",
    shares: target / deviation,
    explain: () =>
      `${percentText(targetVolPct)} of ${dollars(equity)} equity is a daily swing of ${dollars(target)}, ${dollars(deviation)} a share by ATR(14) ${dollars(atr ?? 0)} and ${barsPerSession} bars a session`,
  };
}
