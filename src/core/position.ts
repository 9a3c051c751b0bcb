import type { ExitPlan } from "./exits/plan.ts";
import { Money, ZERO } from "./money.ts";
import type { Booking, ExitReason, Order, RunId } from "./order.ts";

export type Protection = "broker" | "engine";

/** One long holding of one run (or of `manual`) in one symbol, from its first fill to its last. Times are epoch ms. */
export interface Position {
  readonly id: string;
  /** What people call it and its trade by, `#12`; the ledger gives it when the row is written, 0 before. */
  readonly number: number;
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
  /** Highest price seen since entry, fills included (trailing, MFE); the entry price at first. */
  readonly highWater: Money;
  /** Lowest price seen since entry, fills included (MAE); null where the position is older than this record. */
  readonly lowWater: Money | null;
  /** Everything bought and sold so far: the round trip's figures come from here. */
  readonly boughtQuantity: Money;
  readonly soldQuantity: Money;
  readonly soldNotional: Money;
  /** What the shares bought would have cost at the prices decided on, USD; null when one is not known. */
  readonly entryDecided: Money | null;
  /** What the shares sold would have brought at the prices decided on, USD; null when one is not known. */
  readonly exitDecided: Money | null;
  /** The strategy's reason for the entry, in its words. */
  readonly entryText: string | null;
  /** Whether it may be sold outside the regular session too, by limit orders. */
  readonly extendedHours: boolean;
  /** Set once somebody or something wants out; from then on the engine sells until nothing is left. */
  readonly exitReason: ExitReason | null;
  readonly exitRequestedAt: number | null;
  /** Who asked for it, "ann (Slack)"; null when no person did. */
  readonly exitRequestedBy: string | null;
  /** Shares that are still to be sold of a part that somebody or something wants sold; null when nothing is. */
  readonly partQuantity: Money | null;
  readonly partReason: ExitReason | null;
  readonly partRequestedAt: number | null;
  /** The plan's partial take-profit has been asked for: it comes once. */
  readonly partialTaken: boolean;
  /** Latest trade when the exit was asked for. */
  readonly exitPriceAsked: Money | null;
  /** Since when the price has been at or under the stop that rests at the broker, unexecuted. */
  readonly crossedSince: number | null;
  /** Times in a row that the broker refused the stop order; at two the position is closed at market. */
  readonly stopRefusals: number;
  readonly status: "open" | "closed";
  readonly closedAt: number | null;
}

/** A closed round trip. P&L in USD and in percent of what was paid. */
export interface Trade {
  readonly positionId: string;
  /** The position's number: `/journal note 12 …`. */
  readonly number: number;
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
  /** What the strategy said at entry, and at an exit by signal; null where nobody said anything. */
  readonly entryText: string | null;
  readonly exitText: string | null;
  /** As in the position: trade-figures makes MAE, MFE and slippage of them. */
  readonly lowWater: Money | null;
  readonly highWater: Money | null;
  readonly entryDecided: Money | null;
  readonly exitDecided: Money | null;
  /**
   * What the broker charged for this trade's own orders, USD; not taken off the P&L. Null where the broker does not say:
   * Alpaca books the regulatory fees of sales (SEC, TAF, CAT) once a day for the whole account, so they are in its equity.
   */
  readonly fees: Money | null;
}

/** What a new position needs beside the fill itself. */
export interface PositionTerms {
  readonly id: string;
  readonly stop: Money;
  readonly target: Money | null;
  readonly protection: Protection;
  readonly heldSince: number;
  readonly entryText: string | null;
}

/** No part of the position is to be sold on its own, nor has been. */
export const NO_PART = {
  partQuantity: null,
  partReason: null,
  partRequestedAt: null,
  partialTaken: false,
} as const satisfies Partial<Position>;

/** How every position begins: nothing of it sold, no exit asked for, no stop refused. */
export const UNTOUCHED = {
  soldQuantity: ZERO,
  soldNotional: ZERO,
  exitDecided: ZERO,
  exitReason: null,
  exitRequestedAt: null,
  exitRequestedBy: null,
  ...NO_PART,
  exitPriceAsked: null,
  crossedSince: null,
  stopRefusals: 0,
  status: "open",
  closedAt: null,
} as const satisfies Partial<Position>;

/** Opens a position from the first fill of an entry. */
export function openPosition(order: Order, booking: Booking, terms: PositionTerms): Position {
  return {
    id: terms.id,
    number: 0,
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
    lowWater: booking.price,
    boughtQuantity: booking.quantity,
    entryDecided: decidedNotional(ZERO, booking),
    entryText: terms.entryText,
    extendedHours: order.extendedHours,
    ...UNTOUCHED,
  };
}

/** Adds a further fill of the entry: the average moves, the stop stays. */
export function addToPosition(position: Position, booking: Booking): Position {
  const bought = position.boughtQuantity.plus(booking.quantity);
  const cost = position.entryPrice.times(position.boughtQuantity).plus(booking.price.times(booking.quantity));
  return {
    ...position,
    ...widened(position, booking.price),
    quantity: position.quantity.plus(booking.quantity),
    boughtQuantity: bought,
    entryPrice: cost.div(bought),
    entryDecided: decidedNotional(position.entryDecided, booking),
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
    ...widened(position, booking.price),
    quantity,
    exitDecided: decidedNotional(position.exitDecided, booking),
    soldQuantity: position.soldQuantity.plus(booking.quantity),
    soldNotional: position.soldNotional.plus(booking.quantity.times(booking.price)),
    status: quantity.eq(0) ? "closed" : "open",
    closedAt: quantity.eq(0) ? booking.atMs : null,
  };
}

/** One unknown price makes the sum unknown: a slippage over part of the shares would read like one over all. */
function decidedNotional(before: Money | null, { decisionPrice, quantity }: Booking): Money | null {
  return before === null || decisionPrice === null ? null : before.plus(decisionPrice.times(quantity));
}

/** High and low water after `price` was seen. */
function widened(position: Position, price: Money): Pick<Position, "highWater" | "lowWater"> {
  return {
    highWater: Money.max(position.highWater, price),
    lowWater: position.lowWater === null ? null : Money.min(position.lowWater, price),
  };
}

/** Whether a price is higher or lower than everything seen since entry. */
export function isExtreme(position: Position, price: Money): boolean {
  return price.gt(position.highWater) || position.lowWater?.gt(price) === true;
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

/** The round trip that a position makes when its last share is sold. `exitText`: what the strategy said, at an exit by signal. */
export function tradeOf(
  position: Position,
  exitReason: ExitReason,
  exitTime: number,
  exitText: string | null,
): Trade {
  const exitPrice = position.soldNotional.div(position.soldQuantity);
  const { pnl, pnlPercent } = realised(position, position.soldQuantity, exitPrice);
  return {
    positionId: position.id,
    number: position.number,
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
    entryText: position.entryText,
    exitText,
    lowWater: position.lowWater,
    // Before low water was kept, high water was not raised either.
    highWater: position.lowWater === null ? null : position.highWater,
    entryDecided: position.entryDecided,
    exitDecided: position.exitDecided,
    fees: null,
  };
}
