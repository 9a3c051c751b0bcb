import { Money } from "./money.ts";

/** Dollars for people: $185.50, -$27.50, below $1 four decimals; thousands separated. */
export function dollars(amount: Money | number): string {
  const exact = new Money(amount);
  const places = exact.abs().lt(1) && !exact.isZero() ? 4 : 2;
  const value = exact.toDecimalPlaces(places);
  const [whole = "0", cents = ""] = value.abs().toFixed(places).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${value.lt(0) ? "-" : ""}$${grouped}.${cents}`;
}

/** A price as alerts print it: no thousands separator, so that other programs can read it. */
export function priceText(price: Money | number): string {
  const value = new Money(price);
  return `$${value.toFixed(value.lt(1) ? 4 : 2)}`;
}

/** So many places, and never "-0.00": a loss too small to show is none. */
export function fixed(figure: number, places: number): string {
  const text = figure.toFixed(places);
  return Number(text) === 0 ? (0).toFixed(places) : text;
}

/**
 * A figure that always has a sign, between `before` and `after`. It is rounded before its sign is looked at: a loss too
 * small to show is no loss, and nothing reads "-$0.00".
 */
export function signed(figure: Money | number, places: number, before: string, after: string): string {
  const value = new Money(figure).toDecimalPlaces(places);
  return `${value.lt(0) ? "-" : "+"}${before}${value.abs().toFixed(places)}${after}`;
}

/** Profit or loss with its sign: -$27.50, +$13.10. */
export function signedDollars(amount: Money | number): string {
  return signed(amount, 2, "$", "");
}

/** -2.96%, +1.20%. */
export function signedPercent(percent: Money | number): string {
  return signed(percent, 2, "", "%");
}

/** A fraction in percent without a sign for gains: 0.0213 → `2.13%`. */
export function percentOf(fraction: Money | number): string {
  return `${fixed(new Money(fraction).times(100).toDecimalPlaces(2).toNumber(), 2)}%`;
}

/** Shares without trailing zeros. */
export function sharesText(quantity: Money): string {
  return quantity.toString();
}

/** Stands for a figure that does not exist. */
export const NONE = "–";

/** The figure as text, or a dash where there is none. */
export function orNone<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))
    ? NONE
    : format(value);
}

/** Gain in units of the initial risk: `+1.2R`, `-0.4R`. */
export function riskMultiple(multiple: number): string {
  return signed(multiple, 1, "", "R");
}

/** `1 position`, `3 positions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A percentage as it was set, without zeros behind: 0.5 → `0.5%`, 10 → `10%`; six digits that count. */
export function percentText(percent: number): string {
  return `${Number(percent.toPrecision(6))}%`;
}
