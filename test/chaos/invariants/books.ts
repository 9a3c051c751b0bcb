import { EXTERNAL, INITIAL_CASH } from "../world.ts";
import type { Facts } from "./contract.ts";

const CENT = 0.005;
const DUST = 1e-6;

/** Broker quantity per symbol = sum over our positions + EXTERNAL. */
export function quantitiesAgree({ world, rows, truth }: Facts): readonly string[] {
  const ours = new Map<string, number>();
  for (const { symbol, quantity, status } of rows.positions)
    if (status === "open") ours.set(symbol, (ours.get(symbol) ?? 0) + quantity);
  const sold = executedOf(world, EXTERNAL.symbol);
  if (world.plan.external) ours.set(EXTERNAL.symbol, EXTERNAL.quantity + sold);
  return [...new Set([...ours.keys(), ...truth.positions.keys()])].flatMap((symbol) => {
    const broker = truth.positions.get(symbol) ?? 0;
    const books = ours.get(symbol) ?? 0;
    return Math.abs(broker - books) < DUST
      ? []
      : [`${symbol}: broker ${broker}, our positions and EXTERNAL ${books}`];
  });
}

function executedOf({ alpaca }: Facts["world"], symbol: string): number {
  return alpaca.executions
    .filter((each) => each.symbol === symbol)
    .reduce((sum, { side, qty }) => sum + (side === "buy" ? 1 : -1) * Number(qty), 0);
}

/** The fills of our books account for every cent of the broker's cash. */
export function cashAgrees({ rows, truth }: Facts): readonly string[] {
  const sides = new Map(rows.orders.map((order) => [order.client_order_id, order.side]));
  const spent = rows.fills.reduce(
    (sum, fill) => sum + (sides.get(fill.client_order_id) === "buy" ? 1 : -1) * fill.quantity * fill.price,
    0,
  );
  const books = INITIAL_CASH - spent;
  return Math.abs(books - truth.cash) < CENT
    ? []
    : [`broker's cash ${truth.cash.toFixed(2)}, by our fills ${books.toFixed(2)}`];
}

/** What is filled after each of these: a fill booked twice makes a level that the broker never had. */
function levelsOf(
  fills: readonly ({ readonly quantity: number } | { readonly qty: string })[],
): readonly number[] {
  let filled = 0;
  return fills.map((fill) => {
    filled += "qty" in fill ? Number(fill.qty) : fill.quantity;
    return Number(filled.toFixed(9));
  });
}

/** Fills are booked once: per order, their sum is the row's quantity and the broker's. */
export function fillsBookedOnce({ world, rows, truth }: Facts): readonly string[] {
  const broken: string[] = [];
  const executions = new Map(world.alpaca.executions.map((each) => [each.executionId, each.clientOrderId]));
  const seen = new Set<string>();
  for (const { execution_id: id, client_order_id: order } of rows.fills) {
    if (id === null) continue;
    if (seen.has(id)) broken.push(`execution ${id} of ${order} is booked twice`);
    seen.add(id);
    if (executions.get(id) !== order) broken.push(`execution ${id} of ${order} never happened at the broker`);
  }
  for (const order of truth.orders.filter((each) => each.ours)) {
    const row = rows.orders.find((each) => each.client_order_id === order.clientOrderId);
    const ours = rows.fills.filter((fill) => fill.client_order_id === order.clientOrderId);
    const booked = ours.reduce((sum, fill) => sum + fill.quantity, 0);
    const stands = row?.filled_quantity ?? 0;
    const levels = new Set(levelsOf(world.alpaca.executions.filter((each) => each.orderId === order.id)));
    for (const level of levelsOf(ours.toSorted((a, b) => a.id - b.id)))
      if (!levels.has(level))
        broken.push(
          `${order.clientOrderId}: our fills add up to ${level} on the way, the broker's only to ${[...levels].join(", ")}`,
        );
    if (Math.abs(booked - order.filled) > DUST || Math.abs(stands - order.filled) > DUST)
      broken.push(
        `${order.clientOrderId}: broker filled ${order.filled}, our row ${stands}, our fills ${booked}`,
      );
    const average = row?.filled_avg_price;
    if (order.filled > 0 && order.average !== null && Math.abs((average ?? 0) - order.average) > CENT)
      broken.push(`${order.clientOrderId}: broker's average ${order.average}, ours ${String(average)}`);
  }
  return broken;
}
