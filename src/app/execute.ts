import type { OrderEvent } from "../core/advance.ts";
import { money, type Money } from "../core/money.ts";
import type { BrokerOrder, Order } from "../core/order.ts";
import type { Lane, OrderRequest, Placement } from "../ports.ts";
import { checkControl } from "./check-control.ts";
import { mayTrade, type Engine } from "./context.ts";
import { sharesReserved } from "./position-orders.ts";
import { recordEvent } from "./record.ts";
import { audit } from "./rows.ts";

/** The whole POST, limiter included, must be over by then; afterwards its outcome is unknown. */
const POST_DEADLINE_MS = 5_000;
/** While an entry waits for a 429 to be over, nothing else moves in its symbol, and stops that made way for it are gone: no longer than this. */
const ENTRY_WAIT_MS = 8_000;

const LANES: Readonly<Record<Order["purpose"], Lane>> = {
  entry: "entry",
  exit: "exit",
  stop: "stop",
  target: "stop",
};

/** T1 for everything that is not an entry: control, row, audit. False when this must not or need not be sent. Throws on an entry: those pass the pre-trade check. */
export async function intend(engine: Engine, order: Order): Promise<boolean> {
  if (order.purpose === "entry")
    throw new Error(`entry ${order.clientOrderId} went round the pre-trade check`);
  return engine.ledger.transaction(async (tx) => {
    const refusal = await checkControl(engine, tx, false);
    if (refusal !== undefined) {
      engine.log.warn({ code: refusal.code, order: order.clientOrderId }, `order not sent: ${refusal.text}`);
      return false;
    }
    if (!(await tx.insertOrder(order))) return false;
    const price = order.stopPrice === null ? "" : ` stop ${order.stopPrice.toString()}`;
    const instead = order.replaces === null ? "" : `, replacing ${order.replaces}`;
    await tx.insertAudit(
      audit(
        engine,
        order.clientOrderId,
        "done",
        `${order.side} ${order.quantity.toString()} ${order.symbol} ${order.type}${price} (${order.exitReason ?? order.purpose})${instead}`,
      ),
    );
    return true;
  });
}

/**
 * The POST of an order whose row is committed, and T2. Sends at most once; an answer that was lost leaves the order
 * UNKNOWN for the reconciler. Only a 429, which the broker promises not to have accepted, is sent again under the same id.
 */
export async function send(engine: Engine, order: Order): Promise<Order> {
  const committedAt = performance.now();
  for (;;) {
    // A process that slept since T1 may have been replaced: the new leader's reconciler owns the row now.
    if (!mayTrade(engine))
      return finish(engine, order, {
        kind: "unanswered",
        reason: "lease lost before sending",
        atMs: engine.clock.nowMs(),
      });
    engine.orderSent();
    const placement = await submit(engine, order);
    if (placement.kind !== "rate_limited") return settle(engine, order, placement);
    // The order that was to be replaced still stands, and the next look at the position asks again, at the price of then.
    if (order.replaces !== null)
      return finish(engine, order, {
        kind: "withdrawn",
        reason: "rate limited by the broker",
        atMs: engine.clock.nowMs(),
      });
    const waited = performance.now() - committedAt + placement.retryAfterMs;
    if (order.purpose === "entry" && waited > ENTRY_WAIT_MS)
      return finish(engine, order, {
        kind: "withdrawn",
        reason: "rate limited by the broker for longer than it may wait",
        atMs: engine.clock.nowMs(),
      });
    engine.log.warn(
      { order: order.clientOrderId, retryAfterMs: placement.retryAfterMs },
      "broker rate limit: order waits",
    );
    await engine.clock.sleep(placement.retryAfterMs);
    const reason = await outdated(engine, order);
    if (reason !== undefined)
      return finish(engine, order, { kind: "withdrawn", reason, atMs: engine.clock.nowMs() });
  }
}

/** The one request of an intent: a POST, or the change of the order whose place it takes. */
async function submit(engine: Engine, order: Order): Promise<Placement> {
  const lane = LANES[order.purpose];
  if (order.replaces === null)
    return posting(engine, () => engine.broker.place(requestOf(order), lane, POST_DEADLINE_MS));
  const old = await engine.ledger.order(order.replaces);
  if (old === undefined || old.brokerOrderId === null)
    return {
      kind: "rejected",
      reason: `the broker does not know ${order.replaces}, which it was to replace`,
    };
  const { clientOrderId, quantity, limitPrice, stopPrice } = order;
  const change = {
    brokerOrderId: old.brokerOrderId,
    clientOrderId,
    quantity: quantity.eq(old.quantity) ? null : quantity,
    limitPrice: same(limitPrice, old.limitPrice) ? null : limitPrice,
    stopPrice: same(stopPrice, old.stopPrice) ? null : stopPrice,
  };
  return posting(engine, () => engine.broker.replace(change, lane, POST_DEADLINE_MS));
}

/** Counted while it is on its way: a kill without the database waits for it, and nothing sets out beside that. */
async function posting(engine: Engine, request: () => Promise<Placement>): Promise<Placement> {
  const { state } = engine;
  if (state.direct !== null) return { kind: "unknown", reason: "not sent: a kill closes everything" };
  state.posting += 1;
  try {
    return await request();
  } finally {
    state.posting -= 1;
  }
}

function same(a: Money | null, b: Money | null): boolean {
  return a === null || b === null ? a === b : a.eq(b);
}

/** Why an order that the limiter held back must not go any more; undefined when it may. */
async function outdated(engine: Engine, order: Order): Promise<string | undefined> {
  if (order.side === "sell")
    return (await stillHeld(engine, order))
      ? undefined
      : "the shares were sold while it waited for the limiter";
  // Buying back what is held short is an exit: neither a halt nor a kill keeps it from going.
  if (order.purpose !== "entry") return undefined;
  const refusal = await engine.ledger.transaction((tx) => checkControl(engine, tx, true));
  const row = await engine.ledger.order(order.clientOrderId);
  const wanted = refusal === undefined && row?.state === "SENDING" && row.cancelRequestedAt === null;
  return wanted ? undefined : "entries were stopped while it waited for the limiter";
}

/** A person may have sold by hand meanwhile, and a sale of nothing is a short one. A failed read is no reason to stay in. */
async function stillHeld(
  engine: Engine,
  { clientOrderId, symbol, purpose, quantity }: Order,
): Promise<boolean> {
  try {
    const held = (await engine.broker.positions(LANES[purpose])).find((each) => each.symbol === symbol);
    const others = (await engine.ledger.liveOrders(engine.accountId)).filter(
      (order) => order.side === "sell" && order.symbol === symbol && order.clientOrderId !== clientOrderId,
    );
    return (held?.quantity ?? money(0)).minus(sharesReserved(others)).gte(quantity);
  } catch (error) {
    engine.log.warn({ order: clientOrderId, error }, "positions not read: the sale goes as it was decided");
    return true;
  }
}

async function settle(
  engine: Engine,
  order: Order,
  placement: Exclude<Placement, { kind: "rate_limited" }>,
): Promise<Order> {
  const atMs = engine.clock.nowMs();
  switch (placement.kind) {
    case "answered":
      return finish(engine, order, { kind: "report", report: placement.report, atMs });
    case "rejected":
      return finish(engine, order, { kind: "rejected", reason: placement.reason, atMs });
    case "duplicate":
      return adoptDuplicate(engine, order);
    case "unknown":
      engine.log.warn(
        { order: order.clientOrderId, reason: placement.reason },
        "no answer to an order: unknown until found",
      );
      engine.reconcileSoon();
      return finish(engine, order, { kind: "unanswered", reason: placement.reason, atMs });
  }
}

/** "client_order_id must be unique": it is there already. Fetch, compare, adopt; never a rejection by itself. */
async function adoptDuplicate(engine: Engine, order: Order): Promise<Order> {
  const atMs = engine.clock.nowMs();
  let report: BrokerOrder | undefined;
  try {
    report = await engine.broker.orderByClientId(order.clientOrderId, LANES[order.purpose]);
  } catch (error) {
    engine.log.warn(
      { order: order.clientOrderId, error },
      "the broker knows this order id but did not show the order",
    );
  }
  if (report === undefined) {
    engine.reconcileSoon();
    return finish(engine, order, {
      kind: "unanswered",
      reason: "the broker has this id already; order not read yet",
      atMs,
    });
  }
  if (!sameIntent(order, report))
    return finish(engine, order, {
      kind: "rejected",
      reason: `the broker holds a different order under this id (${report.side} ${report.quantity.toString()} ${report.symbol})`,
      atMs,
    });
  return finish(engine, order, { kind: "report", report, atMs });
}

function sameIntent(order: Order, report: BrokerOrder): boolean {
  return report.symbol === order.symbol && report.side === order.side && report.quantity.eq(order.quantity);
}

async function finish(engine: Engine, order: Order, event: OrderEvent): Promise<Order> {
  return (await recordEvent(engine, order.clientOrderId, event)) ?? order;
}

function requestOf(order: Order): OrderRequest {
  const { clientOrderId, symbol, side, type, quantity, limitPrice, stopPrice, timeInForce, extendedHours } =
    order;
  return {
    clientOrderId,
    symbol,
    side,
    type,
    quantity,
    limitPrice,
    stopPrice,
    timeInForce,
    extendedHours,
    ...(order.orderClass === "simple" || order.plannedStop === null
      ? {}
      : { bracket: { stopPrice: order.plannedStop, targetPrice: order.plannedTarget } }),
  };
}
