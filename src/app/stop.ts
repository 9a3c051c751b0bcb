import { roundUpToTick, type Money } from "../core/money.ts";
import { isLive, remaining, rests, type Order, type OrderState } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { foreignBuyFound, foreignBuyWorks } from "./foreign-orders.ts";
import { learnLegs } from "./learn-legs.ts";
import { canReplace, replaceStop, replaceUnderWay, worthMoving } from "./move-stop.ts";
import { followingId, nextAttempt, sellOf, workingEntries } from "./position-orders.ts";
import { markExit } from "./record.ts";
import { requestCancel } from "./request-cancel.ts";
import { newOrder } from "./rows.ts";
import { hasUnexplainedShares } from "./unexplained-shares.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** A stop order that the broker refused this often in a row is given up: the position is closed at market. */
export const MAX_STOP_REFUSALS = 2;
/** A stop that has rested so long ends the row: what the broker had against stops is over. */
const RESTED_MS = 60_000;
/** So long the engine watches after a stop was refused or taken away: what was in its way for a moment is over by then. */
const PAUSE_MS = 1_000;
/** Alpaca ends GTC orders after 90 days: a stop is renewed before. */
const RENEW_AFTER_MS = 80 * 86_400_000;
/** So long a stop waits until it is known what took the place of an entry that somebody changed at the broker. */
const ENTRY_HEIR_MS = 10_000;
/** Ends of a stop that we did not ask for: somebody else was at the account. */
const ENDED_ELSEWHERE: ReadonlySet<OrderState> = new Set(["CANCELED", "EXPIRED", "REPLACED", "UNSEEN"]);

interface StopWish {
  /** Fewer shares than are held, while a part is being sold; by default all. */
  readonly quantity?: Money;
  /** A person waits for it: small raises are not put off. */
  readonly atOnce?: boolean;
}

/** Exactly one live stop for exactly the quantity wanted, at the recorded price. */
export async function ensureStop(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  price: Money | undefined,
  { quantity = position.quantity, atOnce = false }: StopWish = {},
): Promise<void> {
  if (replaceUnderWay(orders)) return;
  const resting = orders.filter((order) => order.side === "sell" && isLive(order));
  const first = resting.find((order) => order.purpose === "stop") ?? resting[0];
  const stopPrice = roundUpToTick(position.stop);
  // The broker takes parts of a share in day orders only: no stop rests for them, and the engine watches (a split or a sale
  // elsewhere can leave such a quantity in any position).
  if (!quantity.isInteger()) {
    if (first !== undefined && first.purpose !== "exit") await requestCancel(engine, first, "stop");
    return;
  }
  if (first !== undefined) {
    if (first.purpose === "stop") {
      if (position.stopRefusals > 0 && hasRested(engine, first, orders))
        await forgetRefusals(engine, position.id);
      await adjust(engine, position, orders, first, { stopPrice, quantity, atOnce });
    }
    // A target without its stop is half a bracket: it goes too, and the plain stop takes the shares.
    else if (first.purpose === "target") await requestCancel(engine, first, "stop");
    return;
  }
  // An order opposite to a working buy is refused: until every entry in this symbol is over, and every buy that somebody
  // placed by hand, the engine watches.
  if (
    engine.state.handedOver.has(position.symbol) ||
    (await besideForeignBuy(engine, position)) ||
    (await workingEntries(engine, position.symbol)).length > 0
  )
    return;
  if (!(await stillHeld(engine, position, orders))) return;
  if (position.stopRefusals >= MAX_STOP_REFUSALS) {
    if (await besideForeignBuy(engine, position, { readAnew: true })) return;
    await giveUpStop(engine, position);
    return;
  }
  // A sell stop above the market would be refused; the watch sells as soon as the market is open.
  if (price !== undefined && price.lte(stopPrice)) return;
  const pauseMs = pauseLeftMs(engine, orders);
  if (pauseMs > 0) {
    engine.tendLater(position.id, pauseMs);
    return;
  }
  if (await learnLegs(engine, position, orders)) return;
  if (position.stopRefusals > 0 && (await besideForeignBuy(engine, position, { readAnew: true }))) return;
  await tellLostBracket(engine, position, orders);
  const attempt = nextAttempt(orders, "stop");
  const order = newOrder(engine, {
    ...sellOf(position, quantity),
    clientOrderId: followingId(position, "stop", attempt),
    purpose: "stop",
    attempt,
    type: "stop",
    stopPrice,
    timeInForce: "gtc",
  });
  if (await intend(engine, order)) await send(engine, order);
}

/**
 * Whether somebody's buy order works in the symbol. Then the refusals so far may be its doing: counted on, they would have a
 * sound position sold once it is over.
 */
async function besideForeignBuy(
  engine: Engine,
  { id, symbol, stopRefusals }: Position,
  { readAnew = false } = {},
): Promise<boolean> {
  const beside = readAnew ? await foreignBuyFound(engine, symbol) : foreignBuyWorks(engine, symbol);
  if (beside && stopRefusals > 0) await forgetRefusals(engine, id);
  return beside;
}

async function forgetRefusals(engine: Engine, positionId: string): Promise<void> {
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(positionId);
    if (position !== undefined) await tx.updatePosition({ ...position, stopRefusals: 0 });
  });
}

/** Whether the stop, or those whose place it took one after another, has rested at the broker for long enough to be believed. */
function hasRested(engine: Engine, stop: Order, orders: readonly Order[]): boolean {
  const before = orders.find((order) => order.clientOrderId === stop.replaces);
  if (rests(stop) && engine.clock.nowMs() - stop.createdAt >= RESTED_MS) return true;
  return before !== undefined && hasRested(engine, before, orders);
}

/** How long no stop may follow the newest one that ended against our wish; 0 once one may. */
function pauseLeftMs(engine: Engine, orders: readonly Order[]): number {
  const ends = orders.filter(endedUnasked).map((order) => order.updatedAt);
  const age = engine.clock.nowMs() - Math.max(...ends);
  // A clock that was set back must not keep the stop away.
  return age >= 0 && age < PAUSE_MS ? PAUSE_MS - age : 0;
}

/** A refused change leaves the stop that it was to replace, and legs end with their entry and with each other. */
function endedUnasked({ purpose, state, replaces, parentId, cancelRequestedAt }: Order): boolean {
  if (purpose !== "stop" || cancelRequestedAt !== null) return false;
  if (state === "REJECTED") return replaces === null;
  return (state === "CANCELED" || state === "EXPIRED") && parentId === null;
}

/** Brings the resting stop to what is wanted: by replace, so that the shares stay protected; by cancelling it where that does not go. */
async function adjust(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  stop: Order,
  wanted: { readonly stopPrice: Money; readonly quantity: Money; readonly atOnce: boolean },
): Promise<void> {
  const exactQuantity = covers(stop, position, orders, wanted.quantity);
  const exact = exactQuantity && stop.stopPrice?.eq(wanted.stopPrice) === true;
  const old = engine.clock.nowMs() - stop.createdAt > RENEW_AFTER_MS;
  if (exact && !old) return;
  const small = exactQuantity && !old && !wanted.atOnce;
  if (small && !(await worthMoving(engine, position, stop, wanted.stopPrice))) return;
  // The quantity of a bracket's leg is not to be changed, and a stop that comes down (a split) was set for another price.
  const rises = stop.stopPrice?.lte(wanted.stopPrice) === true;
  const movable = rises && canReplace(stop, orders) && (exactQuantity || stop.parentId === null);
  if (old || engine.state.handedOver.has(position.symbol) || !movable)
    await requestCancel(engine, stop, "stop");
  else await replaceStop(engine, position, orders, stop, wanted);
}

/**
 * Whether this stop sells exactly what it should. The stop of a bracket shrinks by itself as the target fills; and when its
 * entry ended short, it never comes alive.
 */
function covers(stop: Order, position: Position, orders: readonly Order[], quantity: Money): boolean {
  const left = remaining(stop);
  if (left.eq(quantity)) return !isShortOfEntry(stop, position);
  if (stop.parentId === null) return false;
  const bySibling = orders
    .filter((order) => order.parentId === stop.parentId && order.purpose === "target")
    .reduce((sum, order) => sum.plus(order.filledQuantity), stop.quantity.times(0));
  return left.minus(bySibling).eq(quantity) && !isShortOfEntry(stop, position);
}

function isShortOfEntry(stop: Order, position: Position): boolean {
  return stop.parentId === position.entryOrderId && position.boughtQuantity.lt(stop.quantity);
}

/**
 * Whether the shares that a new stop would sell are there. Rows are believed once reconciled; but where a stop was ended
 * by somebody else, the shares may be gone with it, and a stop without shares is a short sale, or have been split: then
 * the broker is asked.
 */
async function stillHeld(engine: Engine, position: Position, orders: readonly Order[]): Promise<boolean> {
  for (const { purpose, replacedBy, updatedAt } of orders) {
    if (replacedBy === null) continue;
    // The heir of an entry holds no shares, but buys: the broker would refuse the stop. That is worth no long wait.
    if (purpose === "entry" && engine.clock.nowMs() - updatedAt > ENTRY_HEIR_MS) continue;
    if (orders.some((order) => order.brokerOrderId === replacedBy)) continue;
    if ((await engine.ledger.orderByBrokerId(replacedBy)) !== undefined) continue;
    engine.reconcileSoon();
    return false;
  }
  const elsewhere = orders.some(
    (order) =>
      order.purpose === "stop" &&
      order.cancelRequestedAt === null &&
      ENDED_ELSEWHERE.has(order.state) &&
      !orders.some(
        (heir) => heir.replaces === order.clientOrderId && heir.brokerOrderId === order.replacedBy,
      ),
  );
  if (engine.state.reconciled && !elsewhere) return true;
  const held = (await engine.broker.positions("stop")).find((each) => each.symbol === position.symbol);
  if (held === undefined || held.quantity.lt(position.quantity)) {
    engine.reconcileSoon();
    return false;
  }
  // Brokers cancel stops for a split: the stop of before would be refused, and after two refusals the position is sold.
  return !(await hasUnexplainedShares(engine, position.symbol, "stop"));
}

/** The legs of a bracket that was filled are gone, and neither we nor a fill ended them: somebody did at the broker. */
async function tellLostBracket(engine: Engine, position: Position, orders: readonly Order[]): Promise<void> {
  const legs = orders.filter((order) => order.parentId === position.entryOrderId);
  const stop = legs.find((order) => order.purpose === "stop" && !isShortOfEntry(order, position));
  if (stop?.state !== "CANCELED" || legs.some((order) => order.cancelRequestedAt !== null)) return;
  const told = await engine.ledger.insertAlert(
    plainAlert(`bracket-lost:${position.id}`, "stop", engine.clock.nowMs(), {
      text: `The bracket of ${positionPhrase(position)} was cancelled at the broker; its stop is put back${position.target === null ? "" : ", the engine watches the target"} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
      tone: "warn",
    }),
  );
  if (told) engine.wakeAlerts();
}

async function giveUpStop(engine: Engine, position: Position): Promise<void> {
  const nowMs = engine.clock.nowMs();
  const marked = await engine.ledger.transaction(async (tx) => {
    if (!(await markExit(engine, tx, position.id, "stop-loss", nowMs))) return false;
    await tx.insertAlert({
      ...plainAlert(`stop-refused:${position.id}`, "stop", nowMs, {
        text: `The broker refused the stop of ${positionPhrase(position)} twice; closing it at market · ${modeLabel(engine.mode)}`,
        tone: "bad",
      }),
      urgency: "critical",
    });
    return true;
  });
  if (!marked) return;
  engine.wakeAlerts();
  engine.tendSoon(position.id);
}
