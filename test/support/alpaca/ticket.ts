import type { Decimal } from "decimal.js";
import { decimalOf, isRecord, textOf, type JsonRecord } from "./json.ts";
import { refuse } from "./refusal.ts";
import type { OrderClass, OrderTicket, OrderType, Side, TimeInForce } from "./types.ts";

const sides: readonly Side[] = ["buy", "sell"];
const types: readonly OrderType[] = ["market", "limit", "stop", "stop_limit", "trailing_stop"];
const timesInForce: readonly TimeInForce[] = ["day", "gtc", "opg", "cls", "ioc", "fok"];
const classes: readonly OrderClass[] = ["simple", "bracket", "oco", "oto"];

function oneOf<T extends string>(name: string, allowed: readonly T[], value: unknown): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined)
    throw refuse.invalid(value === undefined ? `${name} is required` : `invalid ${name}`);
  return found;
}

function amount(name: string, value: unknown): Decimal | null {
  if (value === undefined || value === null || value === "") return null;
  const parsed = decimalOf(value);
  if (parsed === undefined) throw refuse.invalid(`invalid ${name}`);
  if (parsed.lte(0)) throw refuse.invalid(`${name} must be > 0`);
  return parsed;
}

/** Prices: two decimals from $1.00 up, four below. */
export function checkTick(field: string, price: Decimal | null): void {
  if (price !== null && price.decimalPlaces() > (price.gte(1) ? 2 : 4)) throw refuse.subPenny(field, price);
}

export function checkClientOrderId(id: string | null, maxLength: number): void {
  if (id !== null && id.length > maxLength) {
    throw refuse.invalid(`client_order_id must be no more than ${maxLength} characters`);
  }
}

/** Reads a POST /v2/orders body; refuses what is wrong whatever the account looks like. */
export function parseTicket(
  body: unknown,
  maxClientOrderIdLength: number,
  isCrypto: (symbol: string) => boolean,
): OrderTicket {
  if (!isRecord(body)) throw refuse.invalid("request body format is invalid");
  const written = textOf(body["symbol"]);
  if (written === undefined || written === "") throw refuse.invalid("symbol is required");
  // The older spelling of a pair is taken too.
  const crypto = isCrypto(written.replace("/", ""));
  const symbol = crypto ? written.replace("/", "") : written;
  const orderClass = oneOf("order_class", classes, body["order_class"] || "simple");
  const takeProfit = isRecord(body["take_profit"]) ? body["take_profit"] : undefined;
  const stopLoss = isRecord(body["stop_loss"]) ? body["stop_loss"] : undefined;
  const takeProfitPrice = amount("take_profit.limit_price", takeProfit?.["limit_price"]);
  const ticket: OrderTicket = {
    symbol,
    side: oneOf("side", sides, body["side"]),
    type: oneOf("type", types, body["type"]),
    timeInForce: oneOf("time_in_force", timesInForce, body["time_in_force"]),
    orderClass,
    qty: amount("qty", body["qty"]),
    notional: amount("notional", body["notional"]),
    // An OCO's own limit price is its take-profit.
    limitPrice: orderClass === "oco" ? takeProfitPrice : amount("limit_price", body["limit_price"]),
    stopPrice: amount("stop_price", body["stop_price"]),
    trailPrice: amount("trail_price", body["trail_price"]),
    trailPercent: amount("trail_percent", body["trail_percent"]),
    takeProfit: takeProfitPrice,
    stopLoss: parseStopLoss(stopLoss),
    extendedHours: body["extended_hours"] === true,
    clientOrderId: textOf(body["client_order_id"]) ?? null,
  };
  checkClientOrderId(ticket.clientOrderId, maxClientOrderIdLength);
  if (crypto) checkCrypto(ticket);
  else checkSize(ticket);
  checkPrices(ticket);
  checkClass(ticket);
  return ticket;
}

function parseStopLoss(stopLoss: JsonRecord | undefined): OrderTicket["stopLoss"] {
  if (stopLoss === undefined) return null;
  const stopPrice = amount("stop_loss.stop_price", stopLoss["stop_price"]);
  if (stopPrice === null) throw refuse.invalid("stop_loss.stop_price is required");
  return { stopPrice, limitPrice: amount("stop_loss.limit_price", stopLoss["limit_price"]) };
}

function checkCrypto({ qty, notional, timeInForce }: OrderTicket): void {
  if ((qty === null) === (notional === null)) throw refuse.invalid("one of qty or notional is required");
  if (timeInForce !== "gtc" && timeInForce !== "ioc")
    throw refuse.unprocessable("crypto-time-in-force", "invalid crypto time_in_force");
}

function checkSize(ticket: OrderTicket): void {
  if (ticket.qty !== null && ticket.notional !== null) {
    throw refuse.invalid("only one of qty or notional is accepted");
  }
  if (ticket.qty === null && ticket.notional === null) throw refuse.invalid("qty or notional is required");
  if (((ticket.qty ?? ticket.notional)?.decimalPlaces() ?? 0) > 9) {
    throw refuse.invalid("qty must be limited to 9 decimal places");
  }
  if (ticket.notional === null && ticket.qty?.isInteger() === true) return;
  if (ticket.timeInForce !== "day") {
    throw refuse.unprocessable("fractional", "fractional orders must be DAY orders");
  }
  if (ticket.orderClass !== "simple") {
    throw refuse.unprocessable("fractional", "fractional orders must be simple orders");
  }
  if (ticket.type === "trailing_stop") {
    throw refuse.unprocessable(
      "fractional",
      "fractional orders must be market, limit, stop, or stop_limit orders",
    );
  }
}

function checkPrices(ticket: OrderTicket): void {
  const { type, limitPrice, stopPrice } = ticket;
  if (type === "market" && (limitPrice !== null || stopPrice !== null)) {
    throw refuse.invalid("market orders require no stop or limit price");
  }
  if (type === "limit" && limitPrice === null) throw refuse.invalid("limit orders require a limit price");
  if (type === "stop" && stopPrice === null) throw refuse.invalid("stop orders require a stop price");
  if (type === "stop_limit" && (stopPrice === null || limitPrice === null)) {
    throw refuse.invalid("stop limit orders require both stop and limit price");
  }
  if (type === "trailing_stop" && (ticket.trailPrice === null) === (ticket.trailPercent === null)) {
    throw refuse.invalid("trailing stop orders require one of trail_price or trail_percent");
  }
  checkTick("limit_price", limitPrice);
  checkTick("stop_price", stopPrice);
  checkTick("take_profit.limit_price", ticket.takeProfit);
  checkTick("stop_loss.stop_price", ticket.stopLoss?.stopPrice ?? null);
  checkTick("stop_loss.limit_price", ticket.stopLoss?.limitPrice ?? null);
  const lasting = ticket.timeInForce === "day" || ticket.timeInForce === "gtc";
  if (ticket.extendedHours && (type !== "limit" || !lasting)) {
    throw refuse.unprocessable("extended-hours", "extended hours order must be DAY or GTC limit orders");
  }
  if (type === "trailing_stop" && !lasting) {
    throw refuse.unprocessable("invalid-request", "trailing stop orders must be DAY or GTC orders");
  }
}

function checkClass(ticket: OrderTicket): void {
  if (ticket.orderClass === "simple") return;
  if (ticket.timeInForce !== "day" && ticket.timeInForce !== "gtc") {
    throw refuse.unprocessable("invalid-request", "complex orders must be DAY or GTC orders");
  }
  if (ticket.extendedHours)
    throw refuse.unprocessable("extended-hours", "complex orders cannot be extended_hours");
  if (ticket.orderClass === "oto") {
    if ((ticket.takeProfit === null) === (ticket.stopLoss === null)) {
      throw refuse.invalid("oto orders require either take_profit or stop_loss");
    }
    return;
  }
  if (ticket.takeProfit === null) {
    throw refuse.invalid(`${ticket.orderClass} orders require take_profit.limit_price`);
  }
  if (ticket.stopLoss === null)
    throw refuse.invalid(`${ticket.orderClass} orders require stop_loss.stop_price`);
  if (ticket.orderClass === "oco" && ticket.type !== "limit")
    throw refuse.invalid("oco orders must be limit orders");
}
