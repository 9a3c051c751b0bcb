import type { Gate, Holding } from "./contract.ts";
import { atMost, percentOfEquity } from "./measure.ts";

/** What is lost when every stop is hit, USD: working entries included, and all of what is held without a known stop. */
export function heatOf(holdings: readonly Holding[]): number {
  return holdings.reduce((sum, each) => sum + each.risk, 0);
}

/** All stops hit at once, this entry's too, may cost `heat_pct` of equity. */
export const heat: Gate = {
  id: "heat",
  title: "Portfolio heat",
  check({ shares, price, stop }, { equity, holdings, limits }) {
    const atRisk = heatOf(holdings);
    const added = shares * Math.max(0, price - stop);
    return atMost({
      gate: "heat",
      code: "HEAT",
      label: "heat",
      unit: "%",
      before: percentOfEquity(atRisk, equity),
      after: percentOfEquity(atRisk + added, equity),
      limit: limits.heat_pct,
      figures: { atRisk, added, equity },
    });
  },
};
