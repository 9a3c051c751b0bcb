import { Decimal } from "decimal.js";

// Enough digits that a quantity × price of any listed stock is exact; cents are never lost to the working precision.
Decimal.set({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN, toExpNeg: -30, toExpPos: 40 });

/** Money (USD) or a quantity (shares). Everything that accounts is one of these; everything that decides is a double. */
export type Money = Decimal;
export const Money = Decimal;

export const ZERO: Money = new Decimal(0);

/**
 * The one place where a double becomes money. Throws on a non-finite number: a NaN price must never be accounted.
 * The shortest decimal that reads back as the same double is taken, so 185.5 becomes exactly 185.5.
 */
export function money(value: number | string | Decimal): Money {
  const decimal = new Decimal(value);
  if (!decimal.isFinite()) throw new RangeError(`not an amount: ${String(value)}`);
  return decimal;
}

/** $0.01, below $1 $0.0001 (Reg NMS rule 612, as Alpaca enforces it). */
export function tickSize(price: Money): Money {
  return price.lt(1) ? new Decimal("0.0001") : new Decimal("0.01");
}

/** Rounds a stop up to the tick: the safe side for a long position is the stop that sells earlier. */
export function roundUpToTick(price: Money): Money {
  const tick = tickSize(price);
  return price.div(tick).ceil().times(tick);
}

/** Rounds a buyer's limit down to the tick: never a fraction of a cent more than was meant. */
export function roundDownToTick(price: Money): Money {
  const tick = tickSize(price);
  return price.div(tick).floor().times(tick);
}

/** The total of these amounts, 0 of none. */
export function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, each) => total.plus(each), ZERO);
}
