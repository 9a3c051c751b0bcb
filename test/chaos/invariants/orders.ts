import type { Rows } from "../../support/chaos/rows.ts";
import { EXTERNAL } from "../world.ts";
import type { Facts } from "./contract.ts";

const STATES: Readonly<Record<string, string>> = {
  filled: "FILLED",
  canceled: "CANCELED",
  expired: "EXPIRED",
  replaced: "REPLACED",
  rejected: "REJECTED",
};
const NEVER_SEEN: ReadonlySet<string> = new Set(["SENDING", "UNKNOWN", "UNSEEN", "REJECTED"]);

/** Every order of ours at the broker has exactly one row, and both say the same of it. */
export function oneRowAnOrder({ rows, truth }: Facts): readonly string[] {
  const broken: string[] = [];
  // The legs of a bracket carry ids of the broker's: ours are those that have a row.
  const rowIds = new Set(rows.orders.map((row) => row.client_order_id));
  const ours = truth.orders.filter((order) => order.ours || rowIds.has(order.clientOrderId));
  for (const order of ours) {
    const found = rows.orders.filter((row) => row.client_order_id === order.clientOrderId);
    const [row] = found;
    if (found.length !== 1 || row === undefined) {
      broken.push(`${order.clientOrderId} (${order.status}) has ${found.length} rows`);
      continue;
    }
    const agrees = order.open
      ? row.state === "ACCEPTED" || row.state === "PARTIALLY_FILLED"
      : row.state === STATES[order.status] || row.state === "UNSEEN";
    if (!agrees) broken.push(`${order.clientOrderId}: the broker says ${order.status}, our row ${row.state}`);
  }
  const known = new Set(ours.map((order) => order.clientOrderId));
  for (const row of rows.orders)
    if (!known.has(row.client_order_id) && !NEVER_SEEN.has(row.state) && !withdrawn(row))
      broken.push(`${row.client_order_id} is ${row.state} in our rows and unknown at the broker`);
  return broken;
}

/** The id of an order is made of its intent, so that whoever wants the same makes the same id. */
export function idsAreIntents({ rows }: Facts): readonly string[] {
  const letters = { entry: "e", exit: "x", stop: "s", target: "t" } as const;
  const entries = new Map(rows.positions.map((each) => [each.id, each.entry_order_id]));
  return rows.orders.flatMap((row) => {
    if (row.parent_id !== null) return [];
    const end = `-${letters[row.purpose]}${row.attempt}`;
    const entryId = row.position_id === null ? undefined : entries.get(row.position_id);
    const stem =
      row.purpose === "entry" && row.bar_time !== null
        ? `af-${row.run_id}-${row.symbol}-${(row.bar_time / 60_000).toString(36)}`
        : entryId?.replace(/-e\d+$/, "");
    if (stem === undefined || row.client_order_id === `${stem}${end}`) return [];
    return [
      `${row.client_order_id}: its intent (${row.purpose}, attempt ${row.attempt}) makes ${stem}${end}`,
    ];
  });
}

/** At most one accepted order an intent, at most one live or unknown entry a run and symbol, one entry a bar. */
export function oneEntryABar({ rows, truth }: Facts): readonly string[] {
  const broken: string[] = [];
  // An entry at a new price is the same entry.
  const entries = rows.orders.filter((row) => row.purpose === "entry" && row.replaces === null);
  const count = (keys: readonly string[], what: string): void => {
    const seen = new Map<string, number>();
    for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
    for (const [key, times] of seen) if (times > 1) broken.push(`${times} ${what} of ${key}`);
  };
  count(
    entries.map((row) => `${row.run_id} ${row.symbol} ${row.bar_time}`),
    "entries for one bar",
  );
  count(
    entries
      .filter((row) => ["SENDING", "ACCEPTED", "PARTIALLY_FILLED", "UNKNOWN"].includes(row.state))
      .map((row) => `${row.run_id} ${row.symbol}`),
    "live entries",
  );
  count(
    truth.orders.filter((order) => order.ours).map((order) => order.clientOrderId),
    "accepted orders",
  );
  count(
    rows.positions
      .filter((position) => position.status === "open" && position.run_id !== null)
      .map((position) => `${position.run_id} ${position.symbol}`),
    "open positions",
  );
  return broken;
}

/** Two entries for one bar halt the bot by itself: that it noticed does not make them none. */
export function noSecondEntry({ rows }: Facts): readonly string[] {
  return rows.alerts
    .filter(({ key, message }) => key.startsWith("runaway:") && message.text.includes("a second entry"))
    .map(({ message }) => message.text);
}

/** Nobody sells here but the bot: where shares of a position are gone that its own orders did not sell, those of another run were sold. */
export function nothingSoldTwice({ rows }: Facts): readonly string[] {
  return rows.alerts
    .filter(({ key }) => key.startsWith("oversold:") || key.startsWith("sold-elsewhere:"))
    .map(({ key, message }) => `${key}: ${message.text}`);
}

/** No short and no exit without a position, at any moment: execution after execution. */
export function neverShort({ world }: Facts): readonly string[] {
  const held = new Map<string, number>(world.plan.external ? [[EXTERNAL.symbol, EXTERNAL.quantity]] : []);
  return world.alpaca.executions.flatMap(({ symbol, side, qty, clientOrderId }) => {
    const after = (held.get(symbol) ?? 0) + (side === "buy" ? 1 : -1) * Number(qty);
    held.set(symbol, after);
    return after < 0 ? [`${clientOrderId} sold ${qty} ${symbol} and left ${after}`] : [];
  });
}

/** Held back by the request limit until nobody wanted it any more: it never went out. */
function withdrawn({ state, broker_order_id: brokerId }: Rows["orders"][number]): boolean {
  return state === "CANCELED" && brokerId === null;
}
