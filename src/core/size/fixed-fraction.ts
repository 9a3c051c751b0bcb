import { dollars, percentText } from "../figures.ts";
import type { SizeBasis, Wish } from "./contract.ts";

/** A fixed part of equity a position: fraction × equity / price, in that order of operations (STRATEGIES.md). */
export interface FixedFraction {
  readonly rule: "fixed_fraction";
  /** Fraction of equity, (0, 1]. */
  readonly fraction: number;
}

export function fixedFraction({ fraction }: Pick<FixedFraction, "fraction">, basis: SizeBasis): Wish {
  const { equity, price } = basis;
  return {
    kind: "wish",
    shares: (fraction * equity) / price,
    explain() {
      return `${percentText(fraction * 100)} of ${dollars(equity)} equity at ${dollars(price)}`;
    },
  };
}
