import { money, type Money } from "../core/money.ts";
import { isLive, remaining, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { GateFigures } from "../core/risk/contract.ts";
import type { AccountRead } from "./account.ts";
import type { Engine } from "./context.ts";

/**
 * The account's figures with what is on its way: an entry made after the account was read, or one the broker may not
 * know of yet, takes buying power in advance. `orders` are the live ones and the newest others; repeats count once.
 */
export function gateFigures(
  engine: Engine,
  account: AccountRead,
  positions: readonly Position[],
  orders: readonly Order[],
): GateFigures {
  const entries = [
    ...new Map(
      orders.filter((order) => order.purpose === "entry").map((order) => [order.clientOrderId, order]),
    ).values(),
  ];
  const reserved = entries
    .filter(
      (order) =>
        (isLive(order) && order.brokerOrderId === null) ||
        (order.createdAt >= account.atMs && order.state !== "REJECTED"),
    )
    .map((order) => order.quantity.times(priceOf(order)));
  const working = entries.filter(isLive).map((order) => remaining(order).times(priceOf(order)));
  const held = positions.map((each) =>
    each.quantity.times(engine.state.prices.get(each.symbol)?.price ?? each.entryPrice),
  );
  const external = engine.state.externals.map((each) => each.quantity.abs().times(each.currentPrice ?? 0));
  return {
    equity: account.equity.toNumber(),
    lastEquity: account.lastEquity.toNumber(),
    buyingPower: account.buyingPower.minus(sum(reserved)).toNumber(),
    exposure: sum([...held, ...working, ...external]).toNumber(),
    ...(engine.maxCapital === undefined ? {} : { maxCapital: engine.maxCapital }),
    maxDayLoss: engine.maxDayLoss,
  };
}

/** What one share of a working entry may cost. */
function priceOf(order: Order): Money {
  return order.limitPrice ?? order.decisionPrice ?? money(0);
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, each) => total.plus(each), money(0));
}
