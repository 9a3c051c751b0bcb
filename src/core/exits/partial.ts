import { Money } from "../money.ts";
import type { ExitPlan } from "./plan.ts";
import { priceAtRisk, type Held } from "./risk.ts";

/** Fractions of a share are sold to this many places (Alpaca takes nine). */
const PLACES = 6;

/** The price at which the plan sells a part; Infinity without one. */
export function partialPrice({ partialR }: ExitPlan, held: Held): number {
  return partialR === null ? Number.POSITIVE_INFINITY : priceAtRisk(held, partialR);
}

/**
 * How much of a holding a fraction of it is: whole shares of whole shares, rounded down, so that something is left. 0 when
 * that is less than one share: then there is no part to sell.
 */
export function partOf(quantity: Money, fraction: number): Money {
  const part = quantity.times(fraction);
  return quantity.isInteger() ? part.floor() : part.toDecimalPlaces(PLACES, Money.ROUND_DOWN);
}
