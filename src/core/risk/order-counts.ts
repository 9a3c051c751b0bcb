import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";

/** Entries of all runs and people within a minute. */
export const orderRate: Gate = {
  id: "order_rate",
  title: "Orders a minute",
  check(_entry, { entriesLastMinute, limits }) {
    return atMost({
      gate: "order_rate",
      code: "ORDER_RATE",
      label: "orders a minute",
      unit: "count",
      before: entriesLastMinute,
      after: entriesLastMinute + 1,
      limit: limits.orders_per_minute,
    });
  },
};

/** Entries of all runs and people on one New York day, those that were rejected left out. */
export const tradesADay: Gate = {
  id: "trades_per_day",
  title: "Trades a day",
  check(_entry, { entriesToday, limits }) {
    return atMost({
      gate: "trades_per_day",
      code: "TRADES_A_DAY",
      label: "trades today",
      unit: "count",
      before: entriesToday,
      after: entriesToday + 1,
      limit: limits.trades_per_day,
    });
  },
};
