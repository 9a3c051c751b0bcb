import type { Money } from "./money.ts";
import type { Position } from "./position.ts";

/** Cost bases that agree this closely are the same money: averages are rounded. */
const COST_TOLERANCE = 0.002;
const SHARE_DECIMALS = 9;

/**
 * The ratio of a stock split (2 for 2:1, 0.1 for a 1:10 reverse split) when the broker holds another quantity for the
 * same cost, or undefined: somebody who buys or sells changes the cost with the quantity.
 */
export function splitRatio(
  ours: readonly Pick<Position, "quantity" | "entryPrice">[],
  held: { readonly quantity: Money; readonly avgEntryPrice: Money },
): Money | undefined {
  const [first, ...rest] = ours;
  if (first === undefined || held.quantity.lte(0)) return undefined;
  const quantity = rest.reduce((sum, each) => sum.plus(each.quantity), first.quantity);
  const cost = ours.reduce((sum, each) => sum.plus(each.quantity.times(each.entryPrice)), quantity.times(0));
  if (quantity.lte(0) || cost.lte(0) || held.quantity.eq(quantity)) return undefined;
  const heldCost = held.quantity.times(held.avgEntryPrice);
  const apart = heldCost.minus(cost).abs().div(cost);
  return apart.lte(COST_TOLERANCE) ? held.quantity.div(quantity) : undefined;
}

/** The position after a split: more shares at a lower price (or the reverse), the same money, the same risk. */
export function splitPosition(position: Position, ratio: Money): Position {
  const price = (before: Money): Money => before.div(ratio);
  // A ratio like 1/3 has no end: what brokers count has at most nine decimal places.
  const shares = (before: Money): Money => before.times(ratio).toDecimalPlaces(SHARE_DECIMALS);
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
    partQuantity: position.partQuantity === null ? null : position.partQuantity.times(ratio),
    exits:
      position.exits === null || position.exits.trailBy === null
        ? position.exits
        : { ...position.exits, trailBy: position.exits.trailBy / ratio.toNumber() },
    lowWater: position.lowWater === null ? null : price(position.lowWater),
    exitPriceAsked: position.exitPriceAsked === null ? null : price(position.exitPriceAsked),
  };
}
