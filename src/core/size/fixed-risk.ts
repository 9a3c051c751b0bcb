import { dollars, percentText } from "../figures.ts";
import type { NoSize, SizeBasis, Wish } from "./contract.ts";

/** The same loss at every stop: risk × equity / (price − stop). */
export interface FixedRisk {
  readonly rule: "fixed_risk";
  /** What is lost between entry and stop, percent of equity, (0, 100]. */
  readonly riskPct: number;
}

export function fixedRisk({ riskPct }: FixedRisk, { equity, price, stop }: SizeBasis): Wish | NoSize {
  if (stop === undefined || stop >= price)
    return {
      kind: "none",
      code: "NO_STOP",
      text: "fixed_risk sizes by the distance to the stop, and there is none",
    };
  const risk = (riskPct / 100) * equity;
  const distance = price - stop;
  return {
    kind: "wish",
    shares: risk / distance,
    explain: () =>
      `${percentText(riskPct)} of ${dollars(equity)} equity is ${dollars(risk)} at risk, ${dollars(distance)} a share from ${dollars(price)} to the stop ${dollars(stop)}`,
  };
}
