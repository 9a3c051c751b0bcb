import { money, Money, roundUpToTick, tickSize } from "../money.ts";
import type { Position } from "../position.ts";
import { partialPrice, partOf } from "./partial.ts";
import { movesStop } from "./plan.ts";
import { raisedStop, type Raise } from "./raise.ts";
import { reaches, type Held } from "./risk.ts";

/** A stop is never moved nearer to the market than this fraction of the price, nor than one tick: it would be refused, or fire at once. */
const MIN_DISTANCE = 0.0005;
/** Digits of a double that mean something: without it 110 × 0.98 could come out a tick too high. */
const DIGITS = 12;

export interface Followed {
  /** The same object when nothing has changed. */
  readonly position: Position;
  /** What raised the stop; undefined when it stays. */
  readonly by?: Raise["by"];
}

/** The highest stop that may be set while the market is at `price`. */
export function highestStop(price: Money): Money {
  const distance = Money.max(price.times(MIN_DISTANCE), tickSize(price));
  const tick = tickSize(price);
  return price.minus(distance).div(tick).floor().times(tick);
}

/**
 * The position after a trade at `price`: its high-water mark, and the stop where its plan puts it, as near to the market as a
 * stop may be. A price that has fallen through that stop before it was raised (the program was down) is left at or under it:
 * it has been crossed. The stop never falls.
 */
export function follow(position: Position, price: Money): Followed {
  const { exits } = position;
  if (exits === null || !movesStop(exits)) return { position };
  const highWater = Money.max(position.highWater, price);
  const raise = raisedStop(exits, heldOf(position, highWater));
  const stop = raise === undefined ? position.stop : stopAt(raise.stop, price);
  if (raise !== undefined && stop.gt(position.stop))
    return { position: { ...position, highWater, stop }, by: raise.by };
  return highWater.eq(position.highWater) ? { position } : { position: { ...position, highWater } };
}

function stopAt(unrounded: number, price: Money): Money {
  const stop = roundUpToTick(money(unrounded.toPrecision(DIGITS)));
  // Judged unrounded: a stop that only the tick lifts to the price has not been crossed.
  return unrounded >= price.toNumber() ? stop : Money.min(stop, highestStop(price));
}

/** The part that the plan wants sold now that the price is here; null when none is, or none is left to be. */
export function partDue(position: Position, price: Money): Money | null {
  const { exits, quantity } = position;
  if (exits === null || position.partialTaken || position.partQuantity !== null) return null;
  if (!reaches(price.toNumber(), partialPrice(exits, heldOf(position, position.highWater)))) return null;
  const part = partOf(quantity, exits.partialFraction);
  return part.gt(0) ? part : null;
}

function heldOf(position: Position, highWater: Money): Held {
  return {
    entryPrice: position.entryPrice.toNumber(),
    initialStop: position.initialStop.toNumber(),
    stop: position.stop.toNumber(),
    highWater: highWater.toNumber(),
  };
}
