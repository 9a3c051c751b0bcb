import { money, type Money } from "../core/money.ts";
import { isLive, rests, type ExitReason, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import { splitRatio } from "../core/split.ts";
import { mayTrade, type Engine } from "./context.ts";
import { requestCancel } from "./execute.ts";
import { workExit } from "./exit.ts";
import { marketHours, type MarketHours } from "./market-hours.ts";
import { requestExit } from "./record.ts";
import { ensureStop } from "./stop.ts";

/** The broker's own stop gets this long to fire after the price crossed it; then the engine sells. */
const CROSSED_GRACE_MS = 10_000;
/** A fall this deep may be a split: the broker's quantity is looked at before anything is sold. */
const SPLIT_SUSPECT = 0.6;

/**
 * Brings one position a step nearer to what its row wants: sold when an exit was asked for, otherwise protected by
 * exactly one stop; nothing at the broker when it is closed. Level-triggered: it reads the rows, does what can be done now
 * and returns; the next event, watch or restart calls it again. `price` is the latest trade where known.
 */
export async function tendPosition(
  engine: Engine,
  positionId: string,
  price: number | undefined,
): Promise<void> {
  if (!mayTrade(engine)) return;
  const position = await engine.ledger.position(positionId);
  if (position === undefined) return;
  const orders = await engine.ledger.ordersOfPosition(positionId);
  if (position.status === "closed") {
    // A stop that outlives its position would open a short one.
    for (const order of orders)
      if (order.side === "sell" && isLive(order)) await requestCancel(engine, order, "stop");
    return;
  }
  const entry = await engine.ledger.order(position.entryOrderId);
  const entryWorks = entry !== undefined && isLive(entry);
  const hours = await hoursIfKnown(engine);
  const current = price === undefined ? undefined : money(price);
  const reason =
    position.exitReason ??
    (hours?.open === true && current !== undefined
      ? await crossed(engine, position, orders, entryWorks, current)
      : null);
  if (reason !== null && hours?.canTrade(position.extendedHours) === true) {
    if (position.exitReason === null) await requestExit(engine, positionId, reason, engine.clock.nowMs());
    await workExit(engine, position, orders, reason, hours.open ? undefined : current);
    return;
  }
  if (!entryWorks && position.protection === "broker") await ensureStop(engine, position, orders, current);
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

/** The exit that the latest price asks for, or null. A stop that rests at the broker gets a moment to fire by itself. */
async function crossed(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  entryWorks: boolean,
  price: Money,
): Promise<ExitReason | null> {
  if (price.lte(position.stop)) {
    if (await looksSplit(engine, position, price)) return null;
    const reason = position.stop.gt(position.initialStop) ? "trailing" : "stop-loss";
    const resting = !entryWorks && orders.some((order) => order.purpose === "stop" && heldThere(order));
    return resting ? unlessBrokerSells(engine, position, price, reason) : reason;
  }
  if (position.target !== null && price.gte(position.target)) {
    const resting = !entryWorks && orders.some((order) => order.purpose === "target" && heldThere(order));
    return resting ? unlessBrokerSells(engine, position, price, "take-profit") : "take-profit";
  }
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

/** After a split the price is far under the old stop while the broker holds more shares at the same cost: nothing is lost. */
async function looksSplit(engine: Engine, position: Position, price: Money): Promise<boolean> {
  if (price.gt(position.entryPrice.times(SPLIT_SUSPECT))) return false;
  const held = (await engine.broker.positions("exit")).find((each) => each.symbol === position.symbol);
  const ours = (await engine.ledger.openPositions(engine.accountId)).filter(
    (each) => each.symbol === position.symbol,
  );
  if (held === undefined || splitRatio(ours, held) === undefined) return false;
  engine.reconcileSoon();
  return true;
}

async function setCrossed(engine: Engine, positionId: string, since: number | null): Promise<void> {
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(positionId);
    if (position !== undefined) await tx.updatePosition({ ...position, crossedSince: since });
  });
}
