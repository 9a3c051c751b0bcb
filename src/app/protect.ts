import { money, roundUpToTick, type Money } from "../core/money.ts";
import { followingOrderId, orderId } from "../core/client-order-id.ts";
import { isLive, remaining, type ExitReason, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { Engine } from "./context.ts";
import { intend, newOrder, requestCancel, send } from "./execute.ts";
import { marketHours } from "./market-hours.ts";
import { requestExit } from "./record.ts";
import { plainAlert, modeLabel, positionPhrase } from "./wording.ts";

/** A stop order that the broker refused this often is given up: the position is closed at market. */
const MAX_STOP_REFUSALS = 2;
/** The broker's own stop gets this long to fire after the price crossed it; then the engine sells. */
const CROSSED_GRACE_MS = 10_000;
/** Alpaca ends GTC orders after 90 days: a stop is renewed before. */
const RENEW_AFTER_MS = 80 * 86_400_000;
/** After a refused exit the stop is put back and the exit waits this long. */
const EXIT_RETRY_MS = 20_000;

/**
 * Brings one position a step nearer to what its row wants: sold when an exit was asked for, otherwise protected by
 * exactly one stop. Level-triggered: it reads the rows, does what can be done now and returns; the next event, watch or
 * restart calls it again. `price` is the latest trade where known.
 */
export async function tendPosition(
  engine: Engine,
  positionId: string,
  price: number | undefined,
): Promise<void> {
  const position = await engine.ledger.position(positionId);
  if (position === undefined || position.status === "closed") return;
  const orders = await engine.ledger.ordersOfPosition(positionId);
  const entry = await engine.ledger.order(position.entryOrderId);
  const entryWorks = entry !== undefined && isLive(entry);
  const hours = await marketHours(engine);
  const current = price === undefined ? undefined : money(price);
  const reason =
    position.exitReason ??
    (hours.open && current !== undefined
      ? await crossed(engine, position, orders, entryWorks, current)
      : null);
  if (reason !== null && hours.canTrade(position.extendedHours)) {
    if (position.exitReason === null) await requestExit(engine, positionId, reason, engine.clock.nowMs());
    await workExit(
      engine,
      position,
      orders,
      entryWorks ? entry : undefined,
      reason,
      hours.open ? undefined : current,
    );
    return;
  }
  if (!entryWorks && position.protection === "broker") await ensureStop(engine, position, orders, current);
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
    const reason = position.stop.gt(position.initialStop) ? "trailing" : "stop-loss";
    const resting =
      !entryWorks &&
      orders.some((order) => order.purpose === "stop" && order.brokerOrderId !== null && isLive(order));
    if (!resting) return reason;
    const since = position.crossedSince ?? engine.clock.nowMs();
    if (position.crossedSince === null) await setCrossed(engine, position.id, since);
    if (engine.clock.nowMs() - since < CROSSED_GRACE_MS) {
      engine.reconcileSoon();
      return null;
    }
    engine.log.warn(
      { symbol: position.symbol, stop: position.stop.toString(), price: price.toString() },
      "the broker's stop has not fired: the engine sells",
    );
    return reason;
  }
  if (position.crossedSince !== null) await setCrossed(engine, position.id, null);
  return position.target !== null && price.gte(position.target) ? "take-profit" : null;
}

async function setCrossed(engine: Engine, positionId: string, since: number | null): Promise<void> {
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(positionId);
    if (position !== undefined) await tx.updatePosition({ ...position, crossedSince: since });
  });
}

/** Cancel what holds the shares, wait for the confirmation, sell what is left; put the stop back when the sale fails. */
async function workExit(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  workingEntry: Order | undefined,
  reason: ExitReason,
  limitNear: Money | undefined,
): Promise<void> {
  const exits = orders.filter((order) => order.purpose === "exit");
  if (exits.some(isLive)) return;
  if (workingEntry !== undefined && (await requestCancel(engine, workingEntry, "exit"))) return;
  const newest = exits.findLast((order) => order.state === "REJECTED");
  if (newest !== undefined && engine.clock.nowMs() - newest.updatedAt < EXIT_RETRY_MS) {
    if (position.protection === "broker") await ensureStop(engine, position, orders, undefined);
    return;
  }
  let waiting = false;
  for (const order of orders)
    if (order.purpose !== "exit" && isLive(order))
      waiting = (await requestCancel(engine, order, "exit")) || waiting;
  if (waiting) return;
  // A fill may have been booked while the cancels were confirmed.
  const fresh = await engine.ledger.position(position.id);
  if (fresh === undefined || fresh.status === "closed") return;
  const quantity = await sellable(engine, fresh, exits);
  if (quantity.lte(0)) {
    engine.reconcileSoon();
    return;
  }
  const attempt = exits.length + 1;
  await place(
    engine,
    newOrder(engine, {
      ...sellOf(fresh, quantity),
      clientOrderId: followingId(fresh, "exit", attempt),
      purpose: "exit",
      attempt,
      type: limitNear === undefined ? "market" : "limit",
      // Outside the regular session only limit orders are taken: half a percent under the latest trade.
      limitPrice: limitNear === undefined ? null : roundUpToTick(limitNear.times(0.995)),
      extendedHours: limitNear !== undefined,
      timeInForce: "day",
      exitReason: reason,
    }),
  );
}

/**
 * How much may be sold: the row's quantity, unless the books may be behind (not reconciled yet, or an earlier exit was
 * never found): then at most what the broker says is there. A failed read throws: unknown is not flat.
 */
async function sellable(engine: Engine, position: Position, exits: readonly Order[]): Promise<Money> {
  const certain = engine.state.reconciled && !exits.some((order) => order.state === "UNSEEN");
  if (certain) return position.quantity;
  const held = (await engine.broker.positions("exit")).find((each) => each.symbol === position.symbol);
  const atBroker = held?.quantity ?? money(0);
  return atBroker.lt(position.quantity) ? atBroker : position.quantity;
}

/** Exactly one live stop for exactly the quantity held, at the recorded price. */
async function ensureStop(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  price: Money | undefined,
): Promise<void> {
  const first = orders.find((order) => order.side === "sell" && isLive(order));
  const stopPrice = roundUpToTick(position.stop);
  if (first !== undefined) {
    const exact =
      first.purpose === "stop" &&
      remaining(first).eq(position.quantity) &&
      first.stopPrice?.eq(stopPrice) === true;
    const old = engine.clock.nowMs() - first.createdAt > RENEW_AFTER_MS;
    if ((!exact || old) && first.purpose === "stop") await requestCancel(engine, first, "stop");
    return;
  }
  // An order opposite to a working entry is refused: until every entry in this symbol is over the engine watches.
  if (engine.state.handedOver.has(position.symbol) || (await entryWorksIn(engine, position.symbol))) return;
  if (position.stopRefusals >= MAX_STOP_REFUSALS) {
    await giveUpStop(engine, position);
    return;
  }
  // A sell stop above the market would be refused; the watch sells as soon as the market is open.
  if (price !== undefined && price.lte(stopPrice)) return;
  const attempt = orders.filter((order) => order.purpose === "stop").length + 1;
  await place(
    engine,
    newOrder(engine, {
      ...sellOf(position, position.quantity),
      clientOrderId: followingId(position, "stop", attempt),
      purpose: "stop",
      attempt,
      type: "stop",
      stopPrice,
      timeInForce: "gtc",
    }),
  );
}

async function entryWorksIn(engine: Engine, symbol: string): Promise<boolean> {
  const live = await engine.ledger.liveOrders(engine.accountId);
  return live.some((order) => order.symbol === symbol && order.purpose === "entry");
}

async function giveUpStop(engine: Engine, position: Position): Promise<void> {
  if (!(await requestExit(engine, position.id, "stop-loss", engine.clock.nowMs()))) return;
  await engine.ledger.insertAlert(
    plainAlert(`stop-refused:${position.id}`, "stop", engine.clock.nowMs(), {
      text: `The broker refused the stop of ${positionPhrase(position)} twice; closing it at market · ${modeLabel(engine.mode)}`,
      tone: "bad",
    }),
  );
  engine.wakeAlerts();
  engine.tendSoon(position.id);
}

function sellOf(
  position: Position,
  quantity: Money,
): Pick<Order, "runId" | "strategyId" | "symbol" | "side" | "quantity" | "positionId"> {
  return {
    runId: position.runId,
    strategyId: position.strategyId,
    symbol: position.symbol,
    side: "sell",
    quantity,
    positionId: position.id,
  };
}

function followingId(position: Position, purpose: "exit" | "stop", attempt: number): Order["clientOrderId"] {
  return position.entryOrderId.startsWith("af-")
    ? followingOrderId(position.entryOrderId, purpose, attempt)
    : orderId(`af-x-${position.id.slice(0, 8)}-${position.symbol}`, purpose, attempt);
}

async function place(engine: Engine, order: Order): Promise<void> {
  if (await intend(engine, order)) await send(engine, order);
}
