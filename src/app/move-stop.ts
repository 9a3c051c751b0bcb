import { isLive, rests, type Order } from "../core/order.ts";
import type { Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import type { Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { followingId, nextAttempt, sellOf } from "./position-orders.ts";
import { newOrder } from "./rows.ts";

/** A resting stop that was moved before follows the recorded one at most this often … */
const PAUSE_MS = 15_000;
/** … and rarer the more positions there are: a request a second for all of them together, a third of the broker's limit. */
const PAUSE_PER_POSITION_MS = 1_000;
/** A raise by less than this fraction of the initial risk waits until it is worth a request. The engine watches the difference. */
const MIN_STEP_R = 0.1;

/** The order that `order` is about to replace and that still stands; undefined when nothing is under way. */
export function beingReplaced(order: Order, orders: readonly Order[]): Order | undefined {
  return orders.find((old) => old.clientOrderId === order.replaces && isLive(old));
}

/** A replacement and the order it replaces both stand: the venue decides between them, and neither may be touched. */
export function replaceUnderWay(orders: readonly Order[]): boolean {
  return orders.some((order) => isLive(order) && beingReplaced(order, orders) !== undefined);
}

/**
 * Replacements whose request was never answered, and whose order has ended otherwise: it can no longer be replaced, so they
 * are not at the broker and never will be.
 */
export function voidReplacements(orders: readonly Order[]): readonly Order[] {
  return orders.filter((order) => {
    if (order.replaces === null || order.brokerOrderId !== null || !isLive(order)) return false;
    const old = orders.find((each) => each.clientOrderId === order.replaces);
    return old !== undefined && OVER.has(old.state);
  });
}

const OVER: ReadonlySet<Order["state"]> = new Set(["FILLED", "CANCELED", "EXPIRED", "REJECTED"]);

/** Only what rests untouched can be replaced, and not again what the broker would not replace before. */
export function canReplace(stop: Order, orders: readonly Order[]): boolean {
  return (
    rests(stop) &&
    stop.state === "ACCEPTED" &&
    stop.cancelRequestedAt === null &&
    stop.filledQuantity.isZero() &&
    stop.quantity.isInteger() &&
    !orders.some((order) => order.replaces === stop.clientOrderId && order.state === "REJECTED")
  );
}

/**
 * Whether a resting stop should follow the recorded one now, at the price of a request. The first raise goes at once, and so
 * does what is no raise; later ones come in steps. The recorded stop is exact all the while, and the engine watches it.
 */
export async function worthMoving(
  engine: Engine,
  position: Position,
  stop: Order,
  stopPrice: Money,
): Promise<boolean> {
  const by = stopPrice.minus(stop.stopPrice ?? 0);
  const step = position.entryPrice.minus(position.initialStop).abs().times(MIN_STEP_R);
  if (by.lte(0)) return true;
  if (by.lt(step)) return false;
  if (stop.replaces === null) return true;
  const age = engine.clock.nowMs() - stop.createdAt;
  if (age < PAUSE_MS) return false;
  const open = await engine.ledger.openPositions(engine.accountId);
  return age >= open.length * PAUSE_PER_POSITION_MS;
}

/** Asks for another price or quantity of a resting stop: row first, one request, the answer as with every order. */
export async function replaceStop(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  old: Order,
  wanted: { readonly stopPrice: Money; readonly quantity: Money },
): Promise<void> {
  const attempt = nextAttempt(orders, "stop");
  const order = newOrder(engine, {
    ...sellOf(position, wanted.quantity),
    clientOrderId: followingId(position, "stop", attempt),
    purpose: "stop",
    attempt,
    type: old.type,
    stopPrice: wanted.stopPrice,
    limitPrice: old.limitPrice,
    timeInForce: old.timeInForce,
    parentId: old.parentId,
    orderClass: old.orderClass,
    replaces: old.clientOrderId,
  });
  if (await intend(engine, order)) await send(engine, order);
}
