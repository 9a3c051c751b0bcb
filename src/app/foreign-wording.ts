import { priceText, sharesText } from "../core/figures.ts";
import type { ForeignOrder } from "../ports.ts";

/** Names the alert that asks what is to become of somebody's order. */
export function foreignKey(
  { accountId }: { readonly accountId: string },
  { brokerOrderId }: ForeignOrder,
): string {
  return `foreign-order:${accountId}:${brokerOrderId}`;
}

/** `BUY 10 AAPL limit $150.00 gtc`: somebody's order in one phrase. */
export function foreignPhrase(order: ForeignOrder): string {
  const { side, symbol, quantity, limitPrice, stopPrice, timeInForce } = order;
  const prices = [
    ...(stopPrice === null ? [] : [`stop ${priceText(stopPrice)}`]),
    ...(limitPrice === null ? [] : [`limit ${priceText(limitPrice)}`]),
  ];
  const shares = quantity.isZero() ? "an amount of" : sharesText(quantity);
  return `${side.toUpperCase()} ${shares} ${symbol} ${prices.join(" ") || "at market"} ${timeInForce}`;
}
