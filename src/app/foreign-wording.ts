import { dollars, priceText, sharesText } from "../core/figures.ts";
import type { ForeignOrder } from "../ports.ts";

/** Names the alert that asks what is to become of somebody's order. */
export function foreignKey(
  { accountId }: { readonly accountId: string },
  { brokerOrderId }: ForeignOrder,
): string {
  return `foreign-order:${accountId}:${brokerOrderId}`;
}

/** Alpaca gives an order of several options no symbol of its own. */
export const SEVERAL_LEGS = "option strategy";

/** How a button or a person names the order. */
export function foreignWords({ symbol, brokerOrderId }: ForeignOrder): string {
  return `${symbol} order=${brokerOrderId}`.trimStart();
}

/** `BUY 10 AAPL limit $150.00 gtc`: somebody's order in one phrase. */
export function foreignPhrase(order: ForeignOrder): string {
  const { side, symbol, quantity, amount, limitPrice, stopPrice, timeInForce } = order;
  const prices = [
    ...(stopPrice === null ? [] : [`stop ${priceText(stopPrice)}`]),
    ...(limitPrice === null ? [] : [`limit ${priceText(limitPrice)}`]),
  ];
  const bare = amount === null ? "an amount of" : `${dollars(amount)} of`;
  const shares = quantity.isZero() ? bare : sharesText(quantity);
  return `${side.toUpperCase()} ${shares} ${symbol || SEVERAL_LEGS} ${prices.join(" ") || "at market"} ${timeInForce}`;
}
