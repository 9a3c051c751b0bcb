import { advance, type OrderEvent } from "../core/advance.ts";
import { roundUpToTick } from "../core/money.ts";
import { isTerminal, type Booking, type ExitReason, type Order } from "../core/order.ts";
import {
  addToPosition,
  NO_PART,
  openPosition,
  reducePosition,
  tradeOf,
  type Position,
  type Protection,
} from "../core/position.ts";
import type { LedgerOps, Run } from "../ports.ts";
import { lastPrice, type Engine } from "./context.ts";
import { keepLegs, positionOfLeg } from "./legs.ts";
import { shareOut } from "./share-out.ts";
import { marketTimeAt } from "./market-hours.ts";
import {
  boughtAlert,
  endedAlert,
  externalSoldAlert,
  plainAlert,
  rejectedAlert,
  soldAlert,
  timedOutAlert,
} from "./wording.ts";
import { entryText, exitText } from "./reasons.ts";

/** Stop of a position whose plan was lost with its row (an adopted entry): 5 % under the fill, until a person decides. */
const ADOPTED_STOP_FACTOR = 0.95;

/**
 * T2 and T3 of the order protocol: one event of one order, from whatever source, in one transaction: order, fill,
 * position, trade and alert move together or not at all. Call it inside `engine.serial` of the order's symbol.
 * Returns the order as it stands, or undefined when no row of this account has this id.
 */
export async function recordEvent(
  engine: Engine,
  clientOrderId: string,
  event: OrderEvent,
): Promise<Order | undefined> {
  const outcome = await engine.ledger.transaction(async (tx) => {
    const before = await tx.lockOrder(clientOrderId);
    // Locked live keys hear of the live account's orders: only that account's own engine may act on them.
    if (before === undefined || before.accountId !== engine.accountId) return undefined;
    const { order, booking } = advance(before, event);
    const legs = event.kind === "report" ? (event.report.legs ?? []) : [];
    if (order === before) {
      const moved = legs.length > 0 && (await keepLegs(tx, order, legs, event.atMs));
      return { order, positionId: order.positionId, moved };
    }
    if (booking !== null && order.parentId !== null && (await positionOfLeg(tx, order)) === null) {
      engine.reconcileSoon();
      return { order: before, positionId: before.positionId, moved: false };
    }
    const position = booking === null ? undefined : await book(engine, tx, order, booking);
    const settled = position === undefined ? order : { ...order, positionId: position.id };
    await tx.updateOrder(settled);
    if (legs.length > 0 || settled.positionId !== before.positionId)
      await keepLegs(tx, settled, legs, event.atMs);
    await tellEnding(engine, tx, before, settled);
    return { order: settled, positionId: settled.positionId, moved: true };
  });
  if (outcome === undefined) return undefined;
  if (outcome.moved) {
    engine.state.killDueAt = 0;
    if (isTerminal(outcome.order.state)) engine.state.cancelLooks.delete(clientOrderId);
    engine.wakeAlerts();
    for (const id of await touched(engine, outcome.order, outcome.positionId)) engine.tendSoon(id);
  }
  return outcome.order;
}

/** Whose next step this may be: the order's own position, and once an entry is over every position in its symbol, whose stops had to wait. */
async function touched(engine: Engine, order: Order, positionId: string | null): Promise<readonly string[]> {
  if (order.purpose !== "entry" || !isTerminal(order.state)) return positionId === null ? [] : [positionId];
  const open = await engine.ledger.openPositions(engine.accountId);
  return open.filter((position) => position.symbol === order.symbol).map((position) => position.id);
}

/** Books the rise of one order: exactly once, because the order row is locked and carries what was booked. */
async function book(
  engine: Engine,
  tx: LedgerOps,
  order: Order,
  booking: Booking,
): Promise<Position | undefined> {
  const fresh = await tx.insertFill({ clientOrderId: order.clientOrderId, ...booking });
  // The broker's cumulative quantity rose, so shares did change hands, even under an execution id seen before.
  if (!fresh) await tx.insertFill({ clientOrderId: order.clientOrderId, ...booking, executionId: null });
  if (order.purpose === "entry") return bookEntry(engine, tx, order, booking);
  const positionId = await positionOfLeg(tx, order);
  if (positionId !== null) return bookExit(engine, tx, order, positionId, booking);
  // A kill closes what was never ours too: there is no position to change, but the sale is told.
  const { parts, rest } = await shareOut(tx, order, booking);
  for (const part of parts) await bookExit(engine, tx, order, part.positionId, part.booking);
  if (rest !== null) await tx.insertAlert(externalSoldAlert(order, rest, engine.mode, engine.clock.nowMs()));
  return undefined;
}

async function bookEntry(engine: Engine, tx: LedgerOps, order: Order, booking: Booking): Promise<Position> {
  const known = await positionOf(tx, order);
  const position =
    known === undefined
      ? await tx.insertPosition(await firstFill(engine, tx, order, booking))
      : addToPosition(known, booking);
  if (known !== undefined) await tx.updatePosition(position);
  await tx.insertAlert(boughtAlert(order, booking, position.stop, engine.mode, engine.clock.nowMs()));
  return position;
}

/** An entry and those whose place it took are one intent: they fill one position. */
async function positionOf(tx: LedgerOps, entry: Order): Promise<Position | undefined> {
  const own = await tx.positionOfEntry(entry.clientOrderId);
  if (own !== undefined || entry.replaces === null) return own;
  const before = await tx.order(entry.replaces);
  return before === undefined ? undefined : positionOf(tx, before);
}

async function firstFill(engine: Engine, tx: LedgerOps, order: Order, booking: Booking): Promise<Position> {
  const run = order.runId === null ? undefined : await tx.run(order.runId);
  const opened = openPosition(order, booking, {
    id: engine.ids.uuid(),
    stop: order.plannedStop ?? roundUpToTick(booking.price.times(ADOPTED_STOP_FACTOR)),
    target: order.plannedTarget,
    protection: protectionOf(order, run),
    heldSince: marketTimeAt(engine, booking.atMs),
    entryText: await entryText(tx, order),
  });
  // What was bought in the session is left outside it too, where its run trades there.
  const position = { ...opened, extendedHours: order.extendedHours || run?.options.extendedHours === true };
  // The strategy changed its mind while the entry was on its way: what fills now is sold again.
  return order.exitReason === null
    ? position
    : { ...position, exitReason: order.exitReason, ...askedNow(engine, order.symbol) };
}

/** Fractions must be day orders at the broker, so no GTC stop can rest for them: the engine watches. */
function protectionOf(order: Order, run: Run | undefined): Protection {
  if (!order.quantity.isInteger()) return "engine";
  return run?.options.protection ?? "broker";
}

async function bookExit(
  engine: Engine,
  tx: LedgerOps,
  order: Order,
  positionId: string,
  booking: Booking,
): Promise<Position> {
  const position = await tx.lockPosition(positionId);
  if (position === undefined)
    throw new Error(`order ${order.clientOrderId}: position ${positionId} has no row`);
  const covered = await coverOversell(engine, tx, order, position, booking);
  const reason = exitReasonOf(order, position);
  const after = covered.quantity.gt(0)
    ? countDownPart(order, reducePosition(position, covered), covered)
    : position;
  await tx.updatePosition(after);
  if (after.status === "closed")
    await tx.saveTrade(tradeOf(after, reason, booking.atMs, await exitText(tx, after, reason)));
  await tx.insertAlert(
    soldAlert(order, booking, { before: position, after }, reason, engine.mode, engine.clock.nowMs()),
  );
  return after;
}

/** A sold part counts down what is still wanted of it. */
function countDownPart(order: Order, position: Position, { quantity }: Booking): Position {
  if (order.purpose !== "exit" || position.partQuantity === null) return position;
  const left = position.partQuantity.minus(quantity);
  return left.gt(0) && position.status === "open"
    ? { ...position, partQuantity: left }
    : { ...position, ...NO_PART, partialTaken: position.partialTaken };
}

/** More sold than our rows hold means somebody else sold too: what we held is booked, and the rest is said aloud. */
async function coverOversell(
  engine: Engine,
  tx: LedgerOps,
  order: Order,
  position: Position,
  booking: Booking,
): Promise<Booking> {
  const over = booking.quantity.minus(position.quantity);
  if (over.lte(0)) return booking;
  await tx.insertAlert(
    plainAlert(
      `oversold:${order.clientOrderId}:${order.filledQuantity.toString()}`,
      "system",
      engine.clock.nowMs(),
      {
        text: `${order.symbol}: ${booking.quantity.toString()} sold but our books held ${position.quantity.toString()}; reconciling with the broker`,
        tone: "bad",
        footer: [order.clientOrderId],
      },
    ),
  );
  engine.reconcileSoon();
  return { ...booking, quantity: position.quantity };
}

/** Why this order sells, in the position's words. */
export function exitReasonOf(order: Order, position: Position): ExitReason {
  switch (order.purpose) {
    case "stop":
      return position.stop.gt(position.initialStop) ? "trailing" : "stop-loss";
    case "target":
      return "take-profit";
    case "exit":
    case "entry":
      return order.exitReason ?? position.exitReason ?? "manual";
  }
}

async function tellEnding(engine: Engine, tx: LedgerOps, before: Order, order: Order): Promise<void> {
  if (before.state === order.state || !isTerminal(order.state)) return;
  // A change that did not come about leaves the order that it was to replace: nobody needs to hear of it.
  if (order.replaces !== null && (order.state === "REJECTED" || before.brokerOrderId === null)) return;
  const nowMs = engine.clock.nowMs();
  if (order.state === "REJECTED") {
    if (worthTelling(order)) await tx.insertAlert(rejectedAlert(order, engine.mode, nowMs));
    if (order.purpose === "stop" && order.positionId !== null) await countStopRefusal(tx, order.positionId);
  } else if (timedOut(order)) {
    await tx.insertAlert(timedOutAlert(order, engine.mode, nowMs));
  } else if (
    order.state !== "FILLED" &&
    order.cancelRequestedAt === null &&
    order.state !== "REPLACED" &&
    // The one leg ends the other, and the end of the entry both; a bracket that others took down is told when the stop rests again.
    order.parentId === null
  ) {
    await tx.insertAlert(endedAlert(order, engine.mode, nowMs));
  }
}

/** An exit that the broker goes on refusing is tried for as long as it takes; told are attempts 1, 2, 4, 8 and so on. */
function worthTelling({ purpose, attempt }: Order): boolean {
  return purpose !== "exit" || Number.isInteger(Math.log2(attempt));
}

/** Cancelled because it had waited as long as it should. */
function timedOut({ state, workUntil, cancelRequestedAt }: Order): boolean {
  return (
    state === "CANCELED" && workUntil !== null && cancelRequestedAt !== null && cancelRequestedAt >= workUntil
  );
}

async function countStopRefusal(tx: LedgerOps, positionId: string): Promise<void> {
  const position = await tx.lockPosition(positionId);
  if (position !== undefined)
    await tx.updatePosition({ ...position, stopRefusals: position.stopRefusals + 1 });
}

/** When an exit was asked for, and at what price: its slippage is measured against that. */
export function askedNow(
  engine: Engine,
  symbol: string,
): Pick<Position, "exitRequestedAt" | "exitPriceAsked"> {
  return { exitRequestedAt: engine.clock.nowMs(), exitPriceAsked: lastPrice(engine, symbol) };
}

/**
 * Marks that a position is to be sold; the first reason stays, and the first person who asked ("ann (Slack)", null for
 * nobody). Returns false when it was closed or marked already.
 */
export async function requestExit(
  engine: Engine,
  positionId: string,
  reason: ExitReason,
  atMs: number,
): Promise<boolean> {
  return engine.ledger.transaction((tx) => markExit(engine, tx, positionId, reason, atMs));
}

/** As `requestExit`, together with what else is to be written. */
export async function markExit(
  engine: Engine,
  tx: LedgerOps,
  positionId: string,
  reason: ExitReason,
  atMs: number,
  by: string | null = null,
): Promise<boolean> {
  const position = await tx.lockPosition(positionId);
  if (position === undefined || position.status === "closed" || position.exitReason !== null) return false;
  await tx.updatePosition({
    ...position,
    exitReason: reason,
    ...askedNow(engine, position.symbol),
    exitRequestedAt: atMs,
    exitRequestedBy: by,
  });
  return true;
}
