import { closedBars } from "../core/exits/time-stop.ts";
import { money, type Money } from "../core/money.ts";
import { isLive, rests, type ExitReason, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { LatestPrice } from "../ports.ts";
import { mayTrade, type Engine } from "./context.ts";
import { workExit } from "./exit.ts";
import { followPrice } from "./follow-price.ts";
import { marketHours, marketTimeAt, sessionsSince, type MarketHours } from "./market-hours.ts";
import { voidReplacements } from "./move-stop.ts";
import { takePartialWhenDue, workPart } from "./part.ts";
import { recordEvent, requestExit } from "./record.ts";
import { requestCancel } from "./request-cancel.ts";
import { sinceSplit } from "./split-times.ts";
import { ensureStop } from "./stop.ts";
import { exitMustWait } from "./unexplained-shares.ts";

/** The broker's own stop gets this long to fire after the price crossed it; then the engine sells. */
const CROSSED_GRACE_MS = 10_000;

/**
 * Brings one position a step nearer to what its row wants: sold when an exit was asked for, otherwise protected by
 * exactly one stop; nothing at the broker when it is closed. Level-triggered: it reads the rows, does what can be done now
 * and returns; the next event, watch or restart calls it again. `latest` is the latest trade where it was read just now;
 * `atOnce` when a person waits for the stop to be moved.
 */
export async function tendPosition(
  engine: Engine,
  positionId: string,
  latest: LatestPrice | undefined,
  atOnce = false,
): Promise<void> {
  if (!mayTrade(engine)) return;
  const seen = await engine.ledger.position(positionId);
  if (seen === undefined || seen.accountId !== engine.accountId) return;
  const orders = await settledOrders(engine, positionId);
  if (seen.status === "closed") {
    engine.state.doubts.delete(positionId);
    // A stop that outlives its position would open a short one.
    for (const order of orders)
      if (order.side === "sell" && isLive(order)) await requestCancel(engine, order, "stop");
    return;
  }
  const entry = await engine.ledger.order(seen.entryOrderId);
  const entryWorks = entry !== undefined && isLive(entry);
  const hours = await hoursIfKnown(engine);
  const current = latest !== undefined && tradedSince(engine, seen, latest) ? money(latest.price) : undefined;
  const trading = hours?.canTrade(seen.extendedHours) === true ? hours : undefined;
  const position =
    trading === undefined ? seen : await followMarket(engine, seen, current, trading.open && !entryWorks);
  if (trading !== undefined) {
    const reason =
      position.exitReason ?? (await exitDue(engine, position, orders, entryWorks, current, trading));
    if (reason !== null) {
      if (position.exitReason === null) await requestExit(engine, positionId, reason, engine.clock.nowMs());
      await workExit(engine, position, orders, reason, { open: trading.open, price: current });
      return;
    }
  }
  if (entryWorks) return;
  if (position.partQuantity !== null && hours?.open === true)
    await workPart(engine, position, orders, current);
  else if (position.protection === "broker") await ensureStop(engine, position, orders, current, { atOnce });
}

/** A trade from before the position's first fill, or from before its split, says nothing about it, however lately it was read. */
export function tradedSince(engine: Engine, position: Position, latest: LatestPrice): boolean {
  return (
    latest.atMs >= (position.heldSince ?? marketTimeAt(engine, position.entryTime)) &&
    sinceSplit(engine, position.symbol, latest)
  );
}

/** The position's orders; a change of a stop that can no longer come about is written off first. */
async function settledOrders(engine: Engine, positionId: string): Promise<readonly Order[]> {
  const orders = await engine.ledger.ordersOfPosition(positionId);
  const voided = voidReplacements(orders);
  for (const { clientOrderId } of voided)
    await recordEvent(engine, clientOrderId, {
      kind: "rejected",
      reason: "the order that it was to replace has ended",
      atMs: engine.clock.nowMs(),
    });
  return voided.length === 0 ? orders : engine.ledger.ordersOfPosition(positionId);
}

/** What the latest price changes about a position that nobody wants to leave: its marks, its stop, a part that is due. */
async function followMarket(
  engine: Engine,
  position: Position,
  price: Money | undefined,
  mayTakePart: boolean,
): Promise<Position> {
  if (position.exitReason !== null || price === undefined || price.lte(position.stop)) return position;
  // Until the holdings have been compared, a price that jumped may be that of a reverse split: no stop follows it.
  if (!engine.state.reconciled) return position;
  const followed = await followPrice(engine, position, price);
  // Crossed by that: everything is sold.
  return mayTakePart && price.gt(followed.stop) ? takePartialWhenDue(engine, followed, price) : followed;
}

/** The exit that price or time ask for, or null. */
async function exitDue(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  entryWorks: boolean,
  price: Money | undefined,
  hours: MarketHours,
): Promise<ExitReason | null> {
  // Outside the session nothing that rests at the broker fires.
  const firing = hours.open && !entryWorks ? orders : [];
  const byPrice = price === undefined ? null : await crossed(engine, position, firing, price);
  return byPrice ?? ((await timeIsUp(engine, position, hours.nowMs)) ? "time" : null);
}

/** Whether the time stop's bars are over. Without the market's calendar nothing is concluded. */
async function timeIsUp(engine: Engine, position: Position, nowMs: number): Promise<boolean> {
  const { exits, heldSince } = position;
  if (exits === null || exits.timeStopBars === null || exits.timeframe === null || heldSince === null)
    return false;
  const sessions = await sessionsSince(engine, heldSince, nowMs);
  return closedBars(heldSince, nowMs, exits.timeframe, sessions.values()) >= exits.timeStopBars;
}

/** A stop can rest whether or not the market's clock can be read: only selling waits for it. */
async function hoursIfKnown(engine: Engine): Promise<MarketHours | undefined> {
  try {
    return await marketHours(engine);
  } catch (error) {
    engine.log.warn({ error }, "the market's clock is not known: stops are placed, exits wait");
    return undefined;
  }
}

/**
 * The exit that the latest price asks for, or null. What rests at the broker and can fire (`firing`) gets a moment to do so,
 * and for a moment nothing is concluded from the price while the broker's shares are not those of our rows.
 */
async function crossed(
  engine: Engine,
  position: Position,
  firing: readonly Order[],
  price: Money,
): Promise<ExitReason | null> {
  if (price.lte(position.stop)) {
    const reason = position.stop.gt(position.initialStop) ? "trailing" : "stop-loss";
    const resting = firing.some((order) => firesAt(order, position.stop));
    const due = resting ? await unlessBrokerSells(engine, position, price, reason) : reason;
    if (due === null) return null;
    return (await exitMustWait(engine, position, { kind: "stop", at: position.stop }, price)) ? null : due;
  }
  if (position.target !== null && price.gte(position.target)) {
    const resting = firing.some((order) => order.purpose === "target" && heldThere(order));
    const due = resting ? await unlessBrokerSells(engine, position, price, "take-profit") : "take-profit";
    if (due === null) return null;
    const level = { kind: "target", at: position.target } as const;
    return (await exitMustWait(engine, position, level, price)) ? null : due;
  }
  engine.state.doubts.delete(position.id);
  if (position.crossedSince !== null) await setCrossed(engine, position.id, null);
  return null;
}

function heldThere(order: Order): boolean {
  return rests(order) && isLive(order);
}

/** The order that rests at the broker gets its moment; when it has not fired by then, this is the reason to sell. */
async function unlessBrokerSells(
  engine: Engine,
  position: Position,
  price: Money,
  reason: ExitReason,
): Promise<ExitReason | null> {
  const since = position.crossedSince ?? engine.clock.nowMs();
  if (position.crossedSince === null) await setCrossed(engine, position.id, since);
  if (engine.clock.nowMs() - since < CROSSED_GRACE_MS) {
    engine.reconcileSoon();
    return null;
  }
  engine.log.warn(
    { symbol: position.symbol, stop: position.stop.toString(), price: price.toString(), reason },
    "the broker's resting order has not fired: the engine sells",
  );
  return reason;
}

/** Whether the broker holds a stop that fires at this price: one that lags behind a trailing stop does not. */
function firesAt(order: Order, stop: Money): boolean {
  return order.purpose === "stop" && heldThere(order) && order.stopPrice?.gte(stop) === true;
}

async function setCrossed(engine: Engine, positionId: string, since: number | null): Promise<void> {
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(positionId);
    if (position !== undefined) await tx.updatePosition({ ...position, crossedSince: since });
  });
}
