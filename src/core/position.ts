import type { ExitPlan } from "./exits/plan.ts";
import { ZERO, type Money } from "./money.ts";
import type { Booking, ExitReason, Order, RunId } from "./order.ts";

export type Protection = "broker" | "engine";

/** One long holding of one run (or of `manual`) in one symbol, from its first fill to its last. Times are epoch ms. */
export interface Position {
  readonly id: string;
  readonly accountId: string;
  readonly runId: RunId | null;
  readonly strategyId: string;
  readonly symbol: string;
  readonly quantity: Money;
  /** Average entry price over everything bought. */
  readonly entryPrice: Money;
  readonly entryTime: number;
  /** Market time of the entry, from which a time stop counts; null on rows from before there was one. */
  readonly heldSince: number | null;
  /** Client id of the entry: while it works the engine watches the stop, afterwards the broker may hold it. */
  readonly entryOrderId: string;
  readonly stop: Money;
  readonly initialStop: Money;
  readonly target: Money | null;
  /** Trailing, breakeven, time stop and partial take-profit; null for none. */
  readonly exits: ExitPlan | null;
  readonly protection: Protection;
  /** Highest price seen since entry (trailing); the entry price at first. */
  readonly highWater: Money;
  /** Everything bought and sold so far: the round trip's figures come from here. */
  readonly boughtQuantity: Money;
  readonly soldQuantity: Money;
  readonly soldNotional: Money;
  readonly extendedHours: boolean;
  /** Set once somebody or something wants out; from then on the engine sells until nothing is left. */
  readonly exitReason: ExitReason | null;
  readonly exitRequestedAt: number | null;
  /** Shares that are still to be sold of a part that somebody or something wants sold; null when nothing is. */
  readonly partQuantity: Money | null;
  readonly partReason: ExitReason | null;
  readonly partRequestedAt: number | null;
  /** The plan's partial take-profit has been asked for: it comes once. */
  readonly partialTaken: boolean;
  /** Since when the price has been at or under the stop that rests at the broker, unexecuted. */
  readonly crossedSince: number | null;
  /** Times the broker refused the stop order; at two the position is closed at market. */
  readonly stopRefusals: number;
  readonly status: "open" | "closed";
  readonly closedAt: number | null;
}

/** A closed round trip. P&L in USD and in percent of what was paid. */
export interface Trade {
  readonly positionId: string;
  readonly accountId: string;
  readonly runId: RunId | null;
  readonly strategyId: string;
  readonly symbol: string;
  readonly quantity: Money;
  readonly entryPrice: Money;
  readonly entryTime: number;
  readonly exitPrice: Money;
  readonly exitTime: number;
  readonly pnl: Money;
  readonly pnlPercent: Money;
  readonly initialStop: Money;
  readonly exitReason: ExitReason;
}

/** What a new position needs beside the fill itself. */
export interface PositionTerms {
  readonly id: string;
  readonly stop: Money;
  readonly target: Money | null;
  readonly protection: Protection;
  readonly heldSince: number;
}

/** No part of the position is to be sold on its own, nor has been. */
export const NO_PART = {
  partQuantity: null,
  partReason: null,
  partRequestedAt: null,
  partialTaken: false,
} as const satisfies Partial<Position>;

/** Opens a position from the first fill of an entry. */
export function openPosition(order: Order, booking: Booking, terms: PositionTerms): Position {
  return {
    id: terms.id,
    accountId: order.accountId,
    runId: order.runId,
    strategyId: order.strategyId,
    symbol: order.symbol,
    quantity: booking.quantity,
    entryPrice: booking.price,
    entryTime: booking.atMs,
    heldSince: terms.heldSince,
    entryOrderId: order.clientOrderId,
    stop: terms.stop,
    initialStop: terms.stop,
    target: terms.target,
    exits: order.plannedExits,
    protection: terms.protection,
    highWater: booking.price,
    boughtQuantity: booking.quantity,
    soldQuantity: ZERO,
    soldNotional: ZERO,
    extendedHours: order.extendedHours,
    exitReason: null,
    exitRequestedAt: null,
    ...NO_PART,
    crossedSince: null,
    stopRefusals: 0,
    status: "open",
    closedAt: null,
  };
}

/** Adds a further fill of the entry: the average moves, the stop stays. */
export function addToPosition(position: Position, booking: Booking): Position {
  const bought = position.boughtQuantity.plus(booking.quantity);
  const cost = position.entryPrice.times(position.boughtQuantity).plus(booking.price.times(booking.quantity));
  return {
    ...position,
    quantity: position.quantity.plus(booking.quantity),
    boughtQuantity: bought,
    entryPrice: cost.div(bought),
    status: "open",
    closedAt: null,
  };
}

/** Books a sale. Selling more than is held is a broken invariant and throws with the numbers. */
export function reducePosition(position: Position, booking: Booking): Position {
  const quantity = position.quantity.minus(booking.quantity);
  if (quantity.lt(0))
    throw new Error(
      `${position.symbol}: ${booking.quantity.toString()} sold but the position ${position.id} holds ${position.quantity.toString()}`,
    );
  return {
    ...position,
    quantity,
    soldQuantity: position.soldQuantity.plus(booking.quantity),
    soldNotional: position.soldNotional.plus(booking.quantity.times(booking.price)),
    status: quantity.eq(0) ? "closed" : "open",
    closedAt: quantity.eq(0) ? booking.atMs : null,
  };
}

/** Realised profit of `quantity` sold at `price` against the average entry, USD and percent. */
export function realised(
  position: Position,
  quantity: Money,
  price: Money,
): { pnl: Money; pnlPercent: Money } {
  const cost = position.entryPrice.times(quantity);
  const pnl = price.times(quantity).minus(cost);
  return { pnl, pnlPercent: cost.eq(0) ? ZERO : pnl.div(cost).times(100) };
}

/** The round trip that a position makes when its last share is sold. */
export function tradeOf(position: Position, exitReason: ExitReason, exitTime: number): Trade {
  const exitPrice = position.soldNotional.div(position.soldQuantity);
  const { pnl, pnlPercent } = realised(position, position.soldQuantity, exitPrice);
  return {
    positionId: position.id,
    accountId: position.accountId,
    runId: position.runId,
    strategyId: position.strategyId,
    symbol: position.symbol,
    quantity: position.soldQuantity,
    entryPrice: position.entryPrice,
    entryTime: position.entryTime,
    exitPrice,
    exitTime,
    pnl,
    pnlPercent,
    initialStop: position.initialStop,
    exitReason,
  };
}
