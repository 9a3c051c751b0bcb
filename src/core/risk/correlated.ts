import type { Gate, GateFigures, Holding } from "./contract.ts";
import { atMost, percentOfEquity } from "./measure.ts";

/**
 * What moves with `symbol`: holdings in it and in every symbol whose daily returns correlate with it above the limit. Where
 * too few days are known to tell, a symbol counts as correlated: what cannot be measured is not called diversified.
 */
export function clusterOf(
  symbol: string,
  { holdings, limits, correlation }: Pick<GateFigures, "holdings" | "limits" | "correlation">,
): readonly Holding[] {
  return holdings.filter((each) => {
    if (each.symbol === symbol) return true;
    const together = correlation(symbol, each.symbol);
    return together === undefined || together > (limits.correlation ?? 0);
  });
}

/** One symbol and all that moves with it may be `correlated_pct` of equity, this entry included. */
export const correlated: Gate = {
  id: "correlated",
  title: "Correlated exposure",
  check({ symbol, shares, price }, figures) {
    const cluster = clusterOf(symbol, figures);
    const exposure = cluster.reduce((sum, each) => sum + each.value, 0);
    const others = [...new Set(cluster.map((each) => each.symbol))].filter((each) => each !== symbol);
    return atMost({
      gate: "correlated",
      code: "CORRELATED",
      label: "correlated",
      unit: "%",
      before: percentOfEquity(exposure, figures.equity),
      after: percentOfEquity(exposure + shares * price, figures.equity),
      limit: figures.limits.correlated_pct,
      note: others.map((each) => named(symbol, each, figures)).join(", "),
      figures: { exposure, added: shares * price, equity: figures.equity },
    });
  },
};

/** "NVDA", or "NVDA (too few days)" where it only counts because nothing is known. */
function named(symbol: string, other: string, { correlation }: GateFigures): string {
  return correlation(symbol, other) === undefined ? `${other} (too few days)` : other;
}
