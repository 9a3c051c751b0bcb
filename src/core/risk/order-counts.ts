import type { Gate } from "./contract.ts";
import { countGate } from "./count-gate.ts";

/** Entries of all runs and people within a minute. */
export const orderRate: Gate = countGate({
  id: "order_rate",
  title: "Orders a minute",
  code: "ORDER_RATE",
  limit: "orders_per_minute",
  label: () => "orders a minute",
  count: (_entry, { entriesLastMinute }) => entriesLastMinute,
});

/** Entries of all runs and people on one New York day, those that were rejected left out. */
export const tradesADay: Gate = countGate({
  id: "trades_per_day",
  title: "Trades a day",
  code: "TRADES_A_DAY",
  limit: "trades_per_day",
  label: () => "trades today",
  count: (_entry, { entriesToday }) => entriesToday,
});
