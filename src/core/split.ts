import { money, sum, type Money } from "./money.ts";
import type { Position } from "./position.ts";

/** What a broker says it holds of a symbol. */
export interface Holding {
  readonly quantity: Money;
  readonly average: Money;
}

/** Splits are in small whole numbers: 3:2, 50:1, 1:10. */
const MAX_TERM = 50;
/** Averages are told to the cent at worst. */
const CENT = money("0.01");
/** What brokers count has at most nine decimal places; several positions round each by itself. */
const SHARE_DECIMALS = 9;
const ROUNDING = money("0.000001");
/** An average has to be this many times nearer to that of the split than to that of before. */
const NEARER = 10;

/**
 * The ratio of a stock split (2 for 2:1, 0.1 for a 1:10 reverse split) between two readings of the same holding: the
 * quantity times it, the average divided by it. Undefined where there was none: somebody who buys or sells changes the
 * quantity and the average otherwise.
 */
export function splitRatio(before: Holding, now: Holding): Money | undefined {
  if (![before.quantity, before.average, now.quantity, now.average].every((each) => each.gt(0)))
    return undefined;
  const about = before.average.div(now.average);
  for (let per = 1; per <= MAX_TERM; per += 1) {
    const into = about.times(per).round();
    if (into.lt(1) || into.gt(MAX_TERM) || into.eq(per)) continue;
    const ratio = into.div(per);
    if (averageFits(before, now, ratio) && sharesFit(before.quantity.times(ratio), now.quantity))
      return ratio;
  }
  return undefined;
}

function averageFits(before: Holding, now: Holding, ratio: Money): boolean {
  const off = now.average.minus(before.average.div(ratio)).abs();
  const unchanged = now.average.minus(before.average).abs();
  // Both averages were rounded, and a reverse split multiplies what the former one left out.
  return off.lte(CENT.plus(CENT.div(ratio))) && off.times(NEARER).lte(unchanged);
}

/** A part of a share is kept, paid out in cash or rounded up. */
function sharesFit(expected: Money, held: Money): boolean {
  const off = held.minus(expected).abs();
  return off.lte(ROUNDING) || (held.isInteger() && off.lt(1));
}

/** So many shares after a split, as brokers count them: a ratio like 1/3 has no end. */
export function splitShares(before: Money, ratio: Money): Money {
  return before.times(ratio).toDecimalPlaces(SHARE_DECIMALS);
}

/**
 * The positions of one symbol after a split. What rounding leaves of `total`, which the broker then holds for them, is
 * given to the last; where it is less by more than that, the difference was paid out in cash and is still among them.
 */
export function splitPositions(
  positions: readonly Position[],
  ratio: Money,
  total: Money,
): readonly Position[] {
  const after = positions.map((each) => splitPosition(each, ratio));
  const last = after.at(-1);
  const rest = total.minus(sum(after.map((each) => each.quantity)));
  if (last === undefined || rest.lt(ROUNDING.neg()) || rest.gte(1)) return after;
  const { quantity, boughtQuantity } = last;
  return [
    ...after.slice(0, -1),
    { ...last, quantity: quantity.plus(rest), boughtQuantity: boughtQuantity.plus(rest) },
  ];
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
