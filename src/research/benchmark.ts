import type { BarSeries } from "../core/bar-series.ts";
import { curveFigures, type CurveFigures } from "./stats.ts";

/**
 * Buy and hold: all the cash in the symbol from the close of the first bar on, parts of shares and all, without costs.
 * Its figures are those of the same curve arithmetic as the strategy's.
 */
export function buyAndHold({ time, close }: BarSeries, cash: number): CurveFigures {
  const first = close[0] ?? Number.NaN;
  return curveFigures(
    cash,
    time,
    close.map((price) => (cash / first) * price),
  );
}
