import { valueAt } from "../core/column.ts";
import type { SymbolBars } from "./portfolio.ts";
import { curveFigures, type CurveFigures } from "./stats.ts";

/**
 * Buy and hold: the cash in equal parts in every symbol from the close of its first bar of the period on (until then it lies
 * idle), parts of shares and all, without costs. Its figures are those of the same curve arithmetic as the strategy's. `time`
 * is when any symbol has a bar, epoch ms ascending.
 */
export function buyAndHold(symbols: readonly SymbolBars[], time: Float64Array, cash: number): CurveFigures {
  const part = cash / symbols.length;
  const equity = new Float64Array(time.length);
  for (const { series, start = 0 } of symbols) {
    const first = valueAt(series.close, start);
    let price = first;
    let next = start;
    for (let k = 0; k < time.length; k += 1) {
      if (series.time[next] === time[k]) {
        price = valueAt(series.close, next);
        next += 1;
      }
      equity[k] = valueAt(equity, k) + part * (price / first);
    }
  }
  return curveFigures(cash, time, equity);
}
