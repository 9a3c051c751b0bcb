import { ORDER_PREFIX, orderId } from "../core/client-order-id.ts";
import { sharesText } from "../core/figures.ts";
import { money, sum, type Money } from "../core/money.ts";
import { inDoubt, isLive, isTerminal, type Order } from "../core/order.ts";
import type { BrokerPosition } from "../ports.ts";
import type { Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { marketHours } from "./market-hours.ts";
import { newOrder } from "./rows.ts";

/** A refused close is tried again after this. */
const RETRY_MS = 10_000;

/** What became of a close. `on_its_way`: an order stands at the broker, or may, or has filled. */
export type Closing =
  | { readonly kind: "on_its_way"; readonly text: string }
  | { readonly kind: "not_sent"; readonly text: string };

/**
 * Sells (or buys back, when short) what no run opened, by an order of its own: row before POST like every other. Call
 * inside the symbol's serial.
 */
export async function closeExternal(
  engine: Engine,
  symbol: string,
  quantity: Money,
  reason: "kill" | "manual",
): Promise<Closing> {
  const held = (await engine.broker.positions("exit")).find((each) => each.symbol === symbol);
  const there = held?.quantity ?? money(0);
  const crypto = held?.kind === "crypto";
  if (!crypto && !(await marketHours(engine)).open)
    return notSent("the market is closed: nothing is sold before it opens");
  const ours = (await engine.ledger.openPositions(engine.accountId)).filter((each) => each.symbol === symbol);
  const own = sum(ours.map((each) => each.quantity));
  // What was read a minute ago may be gone: a sale of nothing is a short sale.
  if (!there.minus(own).eq(quantity)) {
    engine.reconcileSoon();
    return notSent(
      `it has changed: of ${symbol} the broker holds ${sharesText(there)} now, ${sharesText(own)} of them positions of ours; it is being read again, look at /external`,
    );
  }
  const earlier = await engine.ledger.recentOrders({ accountId: engine.accountId, symbol, limit: 50 });
  const mine = earlier.filter((order) => order.positionId === null && order.purpose === "exit");
  if (mine.some(isLive))
    return { kind: "on_its_way", text: `an order that closes ${symbol} is on its way already` };
  const failed = mine.find((order) => failedLately(engine, order));
  if (failed !== undefined)
    return notSent(`${refusedBecause(failed)} a moment ago; try again in ${RETRY_MS / 1000} s`);
  // A fill of the order before changes what is there: reconciliation must have seen it first.
  if (mine.some((order) => order.filledQuantity.gt(0) && order.updatedAt > engine.state.externalsAt)) {
    engine.reconcileSoon();
    return notSent(`an earlier order in ${symbol} has just filled, and the rest is being read; try again`);
  }
  const attempt = mine.length + 1;
  const order = newOrder(engine, {
    clientOrderId: orderId(
      `${ORDER_PREFIX}ext-${Math.floor(engine.state.externalsAt / 1000).toString(36)}-${symbol}`,
      "exit",
      attempt,
    ),
    runId: null,
    strategyId: "external",
    symbol,
    side: quantity.isNegative() ? "buy" : "sell",
    purpose: "exit",
    attempt,
    type: "market",
    quantity: held === undefined ? quantity.abs() : closableQuantity(held),
    timeInForce: crypto ? "gtc" : "day",
    exitReason: reason,
  });
  if (!(await intend(engine, order)))
    return notSent("this instance may not send orders just now; try again in a moment");
  return closingOf(await send(engine, order));
}

/** All of it; of a coin, from which the broker's fees are taken, what it says may be sold. */
export function closableQuantity({ kind, quantity, available }: BrokerPosition): Money {
  const all = quantity.abs();
  return kind === "crypto" && available.gt(0) && available.lt(all) ? available : all;
}

function closingOf(order: Order): Closing {
  const what = `closing ${sharesText(order.quantity)} ${order.symbol} at market`;
  if (inDoubt(order))
    return {
      kind: "on_its_way",
      text: `${what}: the broker has not answered, and the order is being looked for; what becomes of it is told here`,
    };
  if (isTerminal(order.state) && order.filledQuantity.isZero()) return notSent(refusedBecause(order));
  return { kind: "on_its_way", text: `${what}; the fill is told here` };
}

function refusedBecause({ symbol, error, state }: Order): string {
  return `the order that closes ${symbol} was not taken: ${error ?? state.toLowerCase()}`;
}

function notSent(text: string): Closing {
  return { kind: "not_sent", text };
}

function failedLately(engine: Engine, order: Order): boolean {
  return order.state === "REJECTED" && engine.clock.nowMs() - order.updatedAt < RETRY_MS;
}
