import type { Facts } from "./contract.ts";

/** Every position has a recorded stop and, with broker protection, a live stop of the same quantity once its entry is over. */
export function everyPositionHasItsStop({ rows, truth }: Facts): readonly string[] {
  return rows.positions
    .filter((position) => position.status === "open")
    .flatMap((position) => {
      const name = `${position.quantity} ${position.symbol} (${position.entry_order_id})`;
      if (!(position.stop > 0)) return [`${name} has the recorded stop ${position.stop}`];
      const entry = truth.orders.find((order) => order.clientOrderId === position.entry_order_id);
      if (position.protection === "engine" || entry?.open === true) return [];
      const ids = new Set(
        rows.orders
          .filter((row) => row.position_id === position.id && row.purpose === "stop")
          .map((row) => row.client_order_id),
      );
      const stops = truth.orders.filter((order) => order.open && ids.has(order.clientOrderId));
      const rests = stops.map((order) => `${order.qty - order.filled} at ${String(order.stopPrice)}`);
      const [stop] = stops;
      if (stops.length === 1 && stop !== undefined && stop.qty - stop.filled === position.quantity) return [];
      return [
        `${name}, stop ${position.stop}, exit ${String(position.exit_reason)}: at the broker rest ${stops.length} stops: ${rests.join(", ") || "none"}`,
      ];
    });
}
