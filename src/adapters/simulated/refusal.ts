import { money, ZERO, type Money } from "../../core/money.ts";
import type { OrderRequest } from "../../ports.ts";
import { buyingPower, sharesHeld, type SandboxState } from "./state.ts";
import { LISTED } from "./tickers.ts";

/** A market or stop buy holds a little more than the price it is expected to pay. */
const RESERVE_FACTOR = money("1.01");

/** Buying power that each share of a buy holds while the order is open. */
export function reservePriceOf(request: OrderRequest, price: number): Money {
  return request.limitPrice ?? (request.stopPrice ?? money(price)).times(RESERVE_FACTOR);
}

/** Why the sandbox does not take this order, in Alpaca's words where it has some; undefined when it does. `price`: latest trade. */
export function refusalOf(state: SandboxState, request: OrderRequest, price: number): string | undefined {
  return (
    oppositeRefusal(state, request) ??
    sharesRefusal(state, request) ??
    stopRefusal(request, price) ??
    bracketRefusal(request, price) ??
    moneyRefusal(state, request, price)
  );
}

/** What is wrong with the request whatever the account holds. */
export function ticketRefusal(request: OrderRequest): string | undefined {
  const { clientOrderId, extendedHours, limitPrice, quantity, stopPrice, symbol, timeInForce, type } =
    request;
  if (!LISTED.has(symbol)) return `could not find asset "${symbol}"`;
  if (clientOrderId.length === 0 || clientOrderId.length > 128)
    return "client_order_id must have between 1 and 128 characters";
  if (quantity.lte(0)) return "qty must be > 0";
  if (quantity.decimalPlaces() > 9) return "qty must be limited to 9 decimal places";
  if (!quantity.isInteger() && timeInForce !== "day") return "fractional orders must be DAY orders";
  if (timeInForce === "opg" || timeInForce === "cls")
    return `the sandbox has no auctions: ${timeInForce} orders are for Alpaca`;
  const needsLimit = type === "limit" || type === "stop_limit";
  const needsStop = type === "stop" || type === "stop_limit";
  if (needsLimit !== (limitPrice !== null))
    return `${type} orders ${needsLimit ? "require a" : "take no"} limit price`;
  if (needsStop !== (stopPrice !== null))
    return `${type} orders ${needsStop ? "require a" : "take no"} stop price`;
  if (extendedHours && (type !== "limit" || timeInForce !== "day"))
    return "extended hours order must be DAY limit orders";
  return (
    priceRefusal("limit_price", limitPrice) ??
    priceRefusal("stop_price", stopPrice) ??
    bracketTicketRefusal(request)
  );
}

function bracketTicketRefusal({
  bracket,
  extendedHours,
  quantity,
  side,
  timeInForce,
}: OrderRequest): string | undefined {
  if (bracket === undefined) return undefined;
  if (side === "sell") return "the sandbox takes brackets around a buy only";
  if (!quantity.isInteger()) return "fractional orders must be simple orders";
  if (extendedHours) return "complex orders cannot be extended_hours";
  if (timeInForce !== "day" && timeInForce !== "gtc") return "complex orders must be DAY or GTC orders";
  return (
    priceRefusal("stop_loss.stop_price", bracket.stopPrice) ??
    priceRefusal("take_profit.limit_price", bracket.targetPrice)
  );
}

function priceRefusal(field: string, price: Money | null): string | undefined {
  if (price === null) return undefined;
  if (price.lte(0)) return `${field} must be > 0`;
  return price.decimalPlaces() > (price.gte(1) ? 2 : 4)
    ? `invalid ${field} ${price.toString()}. sub-penny increment does not fulfill minimum pricing criteria`
    : undefined;
}

/** Two orders that could trade with each other: anything opposite but two limits that do not cross. */
function oppositeRefusal(state: SandboxState, request: OrderRequest): string | undefined {
  for (const existing of state.open) {
    if (existing.symbol !== request.symbol || existing.side === request.side || existing.waiting) continue;
    const buy = request.side === "buy" ? request.limitPrice : existing.limitPrice;
    const sell = request.side === "sell" ? request.limitPrice : existing.limitPrice;
    if (buy !== null && sell !== null && buy.lt(sell)) continue;
    const kind = existing.limitPrice === null ? "market/stop" : "limit";
    return `potential wash trade detected. use complex orders (opposite side ${kind} order exists: ${existing.clientOrderId})`;
  }
  return undefined;
}

function sharesRefusal(state: SandboxState, request: OrderRequest): string | undefined {
  if (request.side === "buy") return undefined;
  const owned = state.positions.find((each) => each.symbol === request.symbol)?.quantity ?? ZERO;
  const held = sharesHeld(state, request.symbol);
  const available = owned.minus(held);
  if (available.gte(request.quantity)) return undefined;
  if (owned.isZero()) return `no ${request.symbol} to sell: the sandbox does not sell short`;
  return `insufficient qty available for order (requested: ${request.quantity.toString()}, available: ${available.toString()}, held for orders: ${held.toString()})`;
}

function stopRefusal({ side, stopPrice }: OrderRequest, price: number): string | undefined {
  if (stopPrice === null) return undefined;
  if (side === "sell" && stopPrice.gte(price))
    return `stop price must be less than current price (stop ${stopPrice.toString()}, price ${price})`;
  if (side === "buy" && stopPrice.lte(price))
    return `stop price must be greater than current price (stop ${stopPrice.toString()}, price ${price})`;
  return undefined;
}

/** Stop and target of a bracket lie on either side of what the entry will cost. */
function bracketRefusal({ bracket, limitPrice }: OrderRequest, price: number): string | undefined {
  if (bracket === undefined) return undefined;
  const base = limitPrice ?? money(price);
  if (bracket.stopPrice.gt(base.minus("0.01"))) return "stop_loss.stop_price must be <= base_price - 0.01";
  return bracket.targetPrice?.lt(base.plus("0.01")) === true
    ? "take_profit.limit_price must be >= base_price + 0.01"
    : undefined;
}

function moneyRefusal(state: SandboxState, request: OrderRequest, price: number): string | undefined {
  if (request.side === "sell") return undefined;
  const cost = request.quantity.times(reservePriceOf(request, price));
  const free = buyingPower(state);
  return cost.gt(free)
    ? `insufficient buying power (cost basis ${cost.toFixed(2)}, buying power ${free.toFixed(2)})`
    : undefined;
}
