import type { Decimal } from "decimal.js";
import type { OrderRecord } from "./types.ts";

/** The stop price of a trailing order under (over, for a buy) its high-water mark, rounded to the cent. */
function trailStop(order: OrderRecord): Decimal | null {
  if (order.type !== "trailing_stop" || order.hwm === null) return order.stopPrice;
  const distance = order.trailPrice ?? order.hwm.times(order.trailPercent ?? 0).div(100);
  const stop = order.side === "sell" ? order.hwm.minus(distance) : order.hwm.plus(distance);
  return stop.toDecimalPlaces(2);
}

/** Moves a trailing order's high-water mark with a trade; only ever in the order's favour. */
export function trail(order: OrderRecord, price: Decimal): void {
  if (order.type !== "trailing_stop") return;
  const better = order.hwm === null || (order.side === "sell" ? price.gt(order.hwm) : price.lt(order.hwm));
  if (better) order.hwm = price;
  order.stopPrice = trailStop(order);
}

/** Notes that the price has reached the stop. */
export function elect(order: OrderRecord, price: Decimal): boolean {
  if (order.stopPrice === null) return true;
  if (order.side === "sell" ? price.lte(order.stopPrice) : price.gte(order.stopPrice)) order.elected = true;
  return order.elected;
}

/** Would the order trade at this price? */
export function executable(order: OrderRecord, price: Decimal): boolean {
  if (!elect(order, price)) return false;
  if (order.limitPrice === null) return true;
  return order.side === "buy" ? price.lte(order.limitPrice) : price.gte(order.limitPrice);
}
