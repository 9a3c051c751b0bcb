import type { Money } from "./money.ts";
import type { OrderType } from "./order.ts";

interface Priced {
  readonly type: OrderType;
  readonly limitPrice: Money | null;
}

/** Whether a buy and a sale in one symbol could trade with each other, which the broker refuses: two limits that do not cross cannot. */
export function couldTrade(buy: Priced, sell: Priced): boolean {
  const apart =
    buy.type === "limit" &&
    sell.type === "limit" &&
    buy.limitPrice !== null &&
    sell.limitPrice !== null &&
    buy.limitPrice.lt(sell.limitPrice);
  return !apart;
}
