import { Money, sum, ZERO } from "./money.ts";
import { NO_PART, type Position } from "./position.ts";
import { ROUNDING, type Holding } from "./split.ts";

/** What brokers count has at most nine decimal places. */
const SHARE_DECIMALS = 9;

/** One position after a split, and what leaves it with the split. */
export interface SplitPosition {
  readonly position: Position;
  /** Shares, still among its own, that the broker paid out in cash. */
  readonly paidOut: Money;
  /** Shares, still among its own, that made up whole shares of others: the part of a share that a position without a whole one had. */
  readonly passedOn: Money;
}

/** Everybody who holds shares of a symbol, after a split. */
export interface SplitHolders {
  readonly positions: readonly SplitPosition[];
  readonly external: Money;
}

/**
 * The positions of one symbol, the oldest first, and the EXTERNAL shares beside them after a split, when the broker holds
 * `held`. Where all held whole shares and the broker does, all hold whole ones: it takes no stop for a part of a share, and
 * of many symbols no sale either.
 */
export function splitHolders(
  positions: readonly Position[],
  external: Money,
  ratio: Money,
  held: Holding,
): SplitHolders {
  const before = [...positions.map((each) => each.quantity), external];
  const exact = before.map((each) => splitShares(each, ratio));
  const whole = [...before, held.quantity].every((each) => each.isInteger())
    ? wholeShares(exact, held.quantity)
    : undefined;
  const after = positions.map((each) => splitPosition(each, ratio));
  return whole === undefined
    ? inParts(after, exact.at(-1) ?? ZERO, held.quantity)
    : inWhole(after, exact, whole, held.average);
}

/** So many shares after a split, as brokers count them: a ratio like 1/3 has no end. */
function splitShares(before: Money, ratio: Money): Money {
  return before.times(ratio).toDecimalPlaces(SHARE_DECIMALS);
}

/** Everybody's whole shares; those left over go to the largest parts of a share. Undefined where they are not enough, or too many. */
function wholeShares(exact: readonly Money[], total: Money): readonly Money[] | undefined {
  const floors = exact.map((each) => each.floor());
  const over = total.minus(sum(floors));
  const parts = exact
    .map((each, index) => ({ index, part: each.minus(each.floor()) }))
    .filter(({ part }) => part.gt(0))
    .toSorted((a, b) => b.part.comparedTo(a.part));
  if (over.isNegative() || over.gt(parts.length)) return undefined;
  const rounded = new Set(parts.slice(0, over.toNumber()).map(({ index }) => index));
  return floors.map((each, index) => (rounded.has(index) ? each.plus(1) : each));
}

/** Parts of a share stay: the newest position takes what rounding leaves; what was paid out in cash leaves the newest. */
function inParts(after: readonly Position[], external: Money, total: Money): SplitHolders {
  const over = sum(after.map((each) => each.quantity))
    .plus(external)
    .minus(total);
  const paid = over.gt(ROUNDING) && over.lt(1) ? over : ZERO;
  const rounded = over.lte(ROUNDING) && over.gt(-1) ? over.neg() : ZERO;
  const paidOut = fromTheLast(
    after.map((each) => each.quantity),
    paid,
  );
  return {
    positions: after.map((each, index) => ({
      position: index === after.length - 1 ? resized(each, rounded, each.entryPrice) : each,
      paidOut: paidOut[index] ?? ZERO,
      passedOn: ZERO,
    })),
    external,
  };
}

/**
 * Whole shares for all. The part of a share that one gives up for another's goes there at what it cost, so that all together
 * have cost what they had; what nobody needs was paid out in cash, the EXTERNAL part of it first.
 */
function inWhole(
  after: readonly Position[],
  exact: readonly Money[],
  whole: readonly Money[],
  average: Money,
): SplitHolders {
  const parts = exact.map((each, index) => each.minus(whole[index] ?? each));
  const givenUp = parts.map((part) => Money.max(part, 0));
  const received = sum(parts.map((part) => Money.max(part.neg(), 0)));
  const over = sum(givenUp).minus(received);
  const paidOut = fromTheLast(givenUp, over.gt(ROUNDING) ? over : ZERO);
  const moved = givenUp.map((part, index) => part.minus(paidOut[index] ?? 0));
  const cost = sum(moved.map((part, index) => part.times(after[index]?.entryPrice ?? average)));
  // In a reverse split a part may be rounded up: what nobody gave counts as bought like the rest.
  const gift = received.minus(sum(moved));
  const priceFor = ({ entryPrice }: Position): Money =>
    cost.plus(gift.gt(ROUNDING) ? gift.times(entryPrice) : 0).div(received);
  const positions = after.map((each, index): SplitPosition => {
    const part = parts[index] ?? ZERO;
    const passedOn = moved[index] ?? ZERO;
    const rest = { paidOut: paidOut[index] ?? ZERO, passedOn: ZERO };
    const position = withWholePart(each);
    if (part.isNegative()) return { position: resized(position, part.neg(), priceFor(each)), ...rest };
    // Nothing would be left to close: its part of a share leaves as a sale does.
    if (whole[index]?.isZero() === true) return { position, ...rest, passedOn };
    return { position: resized(position, passedOn.neg(), each.entryPrice), ...rest };
  });
  return { positions, external: whole.at(-1) ?? ZERO };
}

/** So much of `total` from each, the last first. */
function fromTheLast(most: readonly Money[], total: Money): readonly Money[] {
  return most.map((each, index) => {
    const left = total.minus(sum(most.slice(index + 1)));
    return Money.max(0, Money.min(each, left));
  });
}

/** More shares, or fewer, that cost `price` each. */
function resized(position: Position, by: Money, price: Money): Position {
  const { quantity, boughtQuantity, entryPrice, entryDecided } = position;
  const bought = boughtQuantity.plus(by);
  const cost = by.times(price);
  return {
    ...position,
    quantity: quantity.plus(by),
    boughtQuantity: bought,
    entryPrice: price.eq(entryPrice) ? entryPrice : entryPrice.times(boughtQuantity).plus(cost).div(bought),
    entryDecided: entryDecided === null ? null : entryDecided.plus(cost),
  };
}

/** Of what is still to be sold the whole shares. */
function withWholePart(position: Position): Position {
  const { partQuantity, partialTaken } = position;
  const part = partQuantity?.floor();
  if (part === undefined) return position;
  return part.gt(0) ? { ...position, partQuantity: part } : { ...position, ...NO_PART, partialTaken };
}

/** The position after a split: more shares at a lower price (or the reverse), the same money, the same risk. */
function splitPosition(position: Position, ratio: Money): Position {
  const price = (before: Money): Money => before.div(ratio);
  const shares = (before: Money): Money => splitShares(before, ratio);
  return {
    ...position,
    quantity: shares(position.quantity),
    boughtQuantity: shares(position.boughtQuantity),
    soldQuantity: shares(position.soldQuantity),
    entryPrice: price(position.entryPrice),
    stop: price(position.stop),
    initialStop: price(position.initialStop),
    target: position.target === null ? null : price(position.target),
    highWater: price(position.highWater),
    partQuantity: position.partQuantity === null ? null : shares(position.partQuantity),
    exits:
      position.exits === null || position.exits.trailBy === null
        ? position.exits
        : { ...position.exits, trailBy: position.exits.trailBy / ratio.toNumber() },
    lowWater: position.lowWater === null ? null : price(position.lowWater),
    exitPriceAsked: position.exitPriceAsked === null ? null : price(position.exitPriceAsked),
    // Both were counted against the prices of before.
    crossedSince: null,
    stopRefusals: 0,
  };
}
