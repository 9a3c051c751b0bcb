import { money, type Money } from "./money.ts";

/** What a broker says it holds of a symbol. */
export interface Holding {
  readonly quantity: Money;
  readonly average: Money;
}

/** Splits are in small whole numbers: 3:2, 5:4, 2:5. */
const MAX_TERM = 50;
/** So many for one, or one for so many, goes further: 100:1, and 1:500 of a penny stock. */
const MAX_WHOLE = 1000;
/** A dividend paid in shares is one for every so many: 201:200 is half a percent. */
const MAX_DIVIDEND_BASE = 200;
/** Averages are told to the cent at worst. */
const CENT = money("0.01");
/** What brokers count has at most nine decimal places, and several positions round each by itself: less than this is nothing. */
export const ROUNDING = money("0.000001");
/** What a split explains has to be this many times more than what it leaves unexplained. */
const NEARER = 10;

/** `into` shares for every `per` of before. */
interface Terms {
  readonly into: Money;
  readonly per: Money;
}

/**
 * The ratio of a stock split (2 for 2:1, 0.1 for a 1:10 reverse split) between two readings of the same holding: the
 * quantity times it, the average divided by it. The one that gives the very quantity goes before one that leaves part of
 * a share, simple terms before others. Undefined where there was none: somebody who buys or sells changes the quantity
 * and the average otherwise.
 */
export function splitRatio(before: Holding, now: Holding): Money | undefined {
  if (![before.quantity, before.average, now.quantity, now.average].every((each) => each.gt(0)))
    return undefined;
  const byShares = termsNear(now.quantity.div(before.quantity)).filter((terms) =>
    offBy(before, now, terms).abs().lte(ROUNDING),
  );
  const terms = [...byShares, ...termsNear(before.average.div(now.average))].find(
    (each) => averageFits(before, now, ratioOf(each)) && sharesFit(before, now, each),
  );
  return terms === undefined ? undefined : ratioOf(terms);
}

/** The terms that come nearest to a ratio, the simplest first. */
function termsNear(about: Money): readonly Terms[] {
  const one = money(1);
  const small = Array.from({ length: MAX_TERM }, (_, index) => {
    const per = money(index + 1);
    return { into: about.times(per).round(), per };
  }).filter(({ into }) => into.lte(MAX_TERM));
  const whole = [
    { into: about.round(), per: one },
    { into: one, per: one.div(about).round() },
  ].filter(({ into, per }) => into.lte(MAX_WHOLE) && per.lte(MAX_WHOLE));
  const base = about.gt(1) ? one.div(about.minus(1)).round() : money(0);
  const dividend = base.lte(MAX_DIVIDEND_BASE) ? [{ into: base.plus(1), per: base }] : [];
  return [...small, ...whole, ...dividend].filter(
    ({ into, per }) => into.gte(1) && per.gte(1) && !into.eq(per),
  );
}

function ratioOf({ into, per }: Terms): Money {
  return into.div(per);
}

function averageFits(before: Holding, now: Holding, ratio: Money): boolean {
  const off = now.average.minus(before.average.div(ratio)).abs();
  const unchanged = now.average.minus(before.average).abs();
  // Both averages were rounded, and a reverse split multiplies what the former one left out.
  return off.lte(CENT.plus(CENT.div(ratio))) && off.times(NEARER).lte(unchanged);
}

/** How many shares there are more than the split makes. */
function offBy(before: Holding, now: Holding, terms: Terms): Money {
  return now.quantity.minus(before.quantity.times(ratioOf(terms)));
}

/**
 * A part of a share is kept, paid out in cash or, in a reverse split, rounded up. Where it is as much as the change
 * itself, it is somebody's purchase or sale.
 */
function sharesFit(before: Holding, now: Holding, terms: Terms): boolean {
  const over = offBy(before, now, terms);
  const off = over.abs();
  const change = before.quantity.times(ratioOf(terms)).minus(before.quantity).abs();
  if (off.gte(change)) return false;
  if (off.lte(ROUNDING)) return true;
  if (!now.quantity.isInteger() || off.gte(1)) return false;
  if (terms.into.gt(terms.per)) return over.isNegative();
  // A sale of the cheapest shares raises the average too. Among all fractions one fits it; one for so many hardly ever.
  return terms.into.eq(1) || off.times(NEARER).lt(change);
}
