import type { Facts } from "./contract.ts";

/** So much of R a trailed stop may rest under the recorded one: the broker's follows in steps (README). */
const STEP_R = 0.1;
/** Stops at the broker are rounded up to the tick. */
const TICK = 0.01;

/** Every position has a recorded stop and, with broker protection, a live stop of the same quantity and price once its entry is over. */
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
      const whole = stops.length === 1 && stop !== undefined && stop.qty - stop.filled === position.quantity;
      const step = STEP_R * (position.entry_price - position.initial_stop) + TICK;
      if (whole && Math.abs((stop.stopPrice ?? 0) - position.stop) <= step) return [];
      return [
        `${name}, stop ${position.stop}, exit ${String(position.exit_reason)}: at the broker rest ${stops.length} stops: ${rests.join(", ") || "none"}`,
      ];
    });
}
