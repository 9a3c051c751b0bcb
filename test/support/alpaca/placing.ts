import { randomUUID } from "node:crypto";
import { Decimal } from "decimal.js";
import { isClosed, type Account } from "./account.ts";
import { newYorkDate, newYorkInstant } from "./calendar.ts";
import type { WorldClock } from "./clock.ts";
import type { Market } from "./market.ts";
import { refuse } from "./refusal.ts";
import type { OrderRecord, OrderTicket, Side } from "./types.ts";

/** Could these two trade with each other? Two limits that do not cross cannot; anything else Alpaca refuses. */
function checkWashTrade(
  order: Pick<OrderTicket, "symbol" | "side" | "limitPrice">,
  orders: Iterable<OrderRecord>,
): void {
  for (const existing of orders) {
    if (existing.symbol !== order.symbol || existing.side === order.side) continue;
    if (existing.dormant || isClosed(existing)) continue;
    if (existing.limitPrice === null)
      throw refuse.washTrade(existing, "opposite side market/stop order exists");
    if (order.limitPrice === null) throw refuse.washTrade(existing, "opposite side limit order exists");
    const buy = order.side === "buy" ? order.limitPrice : existing.limitPrice;
    const sell = order.side === "sell" ? order.limitPrice : existing.limitPrice;
    if (buy.lt(sell)) continue;
    const reason =
      order.side === "buy"
        ? "sell order exists, buy limit price should be less than existing sell limit price"
        : "buy order exists, sell limit price should be greater than existing buy limit price";
    throw refuse.washTrade(existing, reason, {
      buy_limit_price: buy.toString(),
      sell_limit_price: sell.toString(),
    });
  }
}

/** A stop that the market has already passed is refused, not elected. */
export function checkStopPrice(side: Side, stopPrice: Decimal | null, market: Decimal | undefined): void {
  if (stopPrice === null || market === undefined) return;
  const fields = { market_price: market.toString(), stop_price: stopPrice.toString() };
  if (side === "sell" && stopPrice.gte(market)) {
    throw refuse.unprocessable("stop-price", "stop price must be less than current price", fields);
  }
  if (side === "buy" && stopPrice.lte(market)) {
    throw refuse.unprocessable("stop-price", "stop price must be greater than current price", fields);
  }
}

/** Bracket legs must lie on either side of the entry. */
function checkLegPrices(ticket: OrderTicket, market: Decimal | undefined): void {
  if (ticket.orderClass === "simple") return;
  const oco = ticket.orderClass === "oco";
  const base = oco ? market : (ticket.limitPrice ?? market);
  if (base === undefined) return;
  // An OCO closes a position: its legs lie as those of the entry it closes.
  const long = oco ? ticket.side === "sell" : ticket.side === "buy";
  const fields = { base_price: base.toString() };
  const { takeProfit, stopLoss } = ticket;
  const wrong = (message: string): Error => refuse.unprocessable("bracket-price", message, fields);
  if (takeProfit !== null) {
    if (long && takeProfit.lt(base.plus("0.01"))) {
      throw wrong("take_profit.limit_price must be >= base_price + 0.01");
    }
    if (!long && takeProfit.gt(base.minus("0.01"))) {
      throw wrong("take_profit.limit_price must be <= base_price - 0.01");
    }
  }
  if (stopLoss !== null) {
    if (long && stopLoss.stopPrice.gt(base.minus("0.01"))) {
      throw wrong("stop_loss.stop_price must be <= base_price - 0.01");
    }
    if (!long && stopLoss.stopPrice.lt(base.plus("0.01"))) {
      throw wrong("stop_loss.stop_price must be >= base_price + 0.01");
    }
  }
}

/** Everything about a new order that depends on the account and the market. */
export function checkOrder(
  ticket: OrderTicket,
  world: { readonly account: Account; readonly market: Market; readonly orders: Iterable<OrderRecord> },
): void {
  const { account, market, orders } = world;
  const asset = market.asset(ticket.symbol);
  if (asset === undefined) {
    throw refuse.unprocessable("unknown-asset", `could not find asset "${ticket.symbol}"`);
  }
  if (!asset.tradable || asset.status !== "active") {
    throw refuse.unprocessable("not-tradable", `asset "${ticket.symbol}" is not tradable`);
  }
  const price = market.price(ticket.symbol);
  const qty = ticket.qty ?? ticket.notional?.div(price ?? ticket.notional) ?? new Decimal(0);
  if ((ticket.notional !== null || !qty.isInteger()) && !asset.fractionable) {
    throw refuse.unprocessable("fractional", `asset "${ticket.symbol}" is not fractionable`);
  }
  checkLegPrices(ticket, price);
  checkWashTrade(ticket, orders);
  account.checkShares(ticket.symbol, ticket.side, qty);
  checkStopPrice(ticket.side, ticket.stopPrice, price);
  account.checkBuyingPower(ticket, qty);
}

/** Day orders end at today's close, or the next one; GTC orders after 90 days. */
function expiryOf(timeInForce: OrderRecord["timeInForce"], nowMs: number, nextCloseMs: number): number {
  if (timeInForce !== "gtc") return nextCloseMs;
  return newYorkInstant(newYorkDate(nowMs + 90 * 24 * 3600 * 1000), "16:00");
}

type New = Pick<
  OrderRecord,
  "symbol" | "side" | "type" | "timeInForce" | "orderClass" | "role" | "qty" | "seq" | "expiresAtMs"
>;

function newOrder(basics: New, at: string, rest: Partial<OrderRecord>): OrderRecord {
  return {
    id: randomUUID(),
    clientOrderId: randomUUID(),
    notional: null,
    limitPrice: null,
    stopPrice: null,
    trailPrice: null,
    trailPercent: null,
    hwm: null,
    extendedHours: false,
    status: "pending_new",
    filledQty: new Decimal(0),
    filledValue: new Decimal(0),
    parentId: null,
    legIds: [],
    dormant: false,
    armed: false,
    routed: false,
    elected: false,
    fillScheduled: false,
    replaces: null,
    replacedBy: null,
    createdAt: at,
    submittedAt: at,
    updatedAt: at,
    filledAt: null,
    expiredAt: null,
    cancelRequestedAt: null,
    canceledAt: null,
    failedAt: null,
    replacedAt: null,
    ...basics,
    ...rest,
  };
}

/** The record of a new order. */
export function orderOf(ticket: OrderTicket, clock: WorldClock, market: Market, live: boolean): OrderRecord {
  const nowMs = clock.nowMs();
  const { nextCloseMs } = market.calendar.next(nowMs, market.isOpen());
  const { symbol, side, type, timeInForce, orderClass, qty } = ticket;
  const expiresAtMs = expiryOf(timeInForce, nowMs, nextCloseMs);
  return newOrder(
    { symbol, side, type, timeInForce, orderClass, role: "entry", qty, seq: 0, expiresAtMs },
    clock.stamp(),
    {
      clientOrderId: ticket.clientOrderId ?? randomUUID(),
      notional: ticket.notional,
      limitPrice: ticket.limitPrice,
      stopPrice: ticket.stopPrice,
      trailPrice: ticket.trailPrice,
      trailPercent: ticket.trailPercent,
      hwm: type === "trailing_stop" ? (market.price(symbol) ?? null) : null,
      extendedHours: ticket.extendedHours,
      status: live ? "pending_new" : "accepted",
    },
  );
}

/** The waiting exit orders of a bracket, OTO or OCO; an OCO's own order is its target. */
export function legsOf(parent: OrderRecord, ticket: OrderTicket): OrderRecord[] {
  const { takeProfit, stopLoss, orderClass } = ticket;
  const opposite = ticket.side === "buy" ? "sell" : "buy";
  const basics = {
    symbol: ticket.symbol,
    side: orderClass === "oco" ? ticket.side : opposite,
    timeInForce: ticket.timeInForce,
    orderClass,
    qty: ticket.qty,
    seq: 0,
    expiresAtMs: parent.expiresAtMs,
  } as const;
  const rest = { parentId: parent.id, status: "held", dormant: true } as const;
  const legs: OrderRecord[] = [];
  if (takeProfit !== null && orderClass !== "oco") {
    const more = { ...rest, limitPrice: takeProfit };
    legs.push(newOrder({ ...basics, type: "limit", role: "takeProfit" }, parent.createdAt, more));
  }
  if (stopLoss !== null) {
    const type = stopLoss.limitPrice === null ? "stop" : "stop_limit";
    legs.push(newOrder({ ...basics, type, role: "stopLoss" }, parent.createdAt, { ...rest, ...stopLoss }));
  }
  return legs;
}
