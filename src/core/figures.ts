import { Money } from "./money.ts";

/** Dollars for people: $185.50, -$27.50, below $1 four decimals; thousands separated. */
export function dollars(amount: Money | number): string {
  const value = new Money(amount);
  const places = value.abs().lt(1) && !value.isZero() ? 4 : 2;
  const [whole = "0", cents = ""] = value.abs().toFixed(places).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${value.isNegative() && !value.isZero() ? "-" : ""}$${grouped}.${cents}`;
}

/** A price as alerts print it: no thousands separator, so that other programs can read it. */
export function priceText(price: Money | number): string {
  const value = new Money(price);
  return `$${value.toFixed(value.lt(1) ? 4 : 2)}`;
}

/** Profit or loss with its sign: -$27.50, +$13.10. */
export function signedDollars(amount: Money | number): string {
  const value = new Money(amount);
  return `${value.isNegative() && !value.isZero() ? "-" : "+"}$${value.abs().toFixed(2)}`;
}

/** -2.96%, +1.20%. */
export function signedPercent(percent: Money | number): string {
  const value = new Money(percent);
  return `${value.isNegative() && !value.isZero() ? "-" : "+"}${value.abs().toFixed(2)}%`;
}

/** Shares without trailing zeros. */
export function sharesText(quantity: Money): string {
  return quantity.toString();
}
