import { inDoubt, rests } from "../core/order.ts";
import type { Engine } from "./context.ts";

/** While orders work: a missed fill is found within 15 s, the reading itself included. */
export const RECONCILE_BUSY_MS = 12_000;
const RECONCILE_IDLE_MS = 60_000;
/** While nobody knows whether an order was accepted a position may be without its stop at the broker: 15 s at most. */
const RECONCILE_DOUBT_MS = 2_000;
/** After this an entry in doubt keeps nothing waiting any more. */
const DOUBT_MS = 15_000;

/** How long the next reconciliation may wait, by what is open at the broker. */
export async function reconcilePauseMs({ ledger, clock, accountId, state }: Engine): Promise<number> {
  // A stop that fills at a price which nobody saw again is missed by the watch of prices, too.
  const canFill = state.marketClock?.isOpen !== false;
  const live = await ledger.liveOrders(accountId);
  const nowMs = clock.nowMs();
  const urgent = live.some(
    (order) => inDoubt(order) && (order.side === "sell" || nowMs - order.createdAt < DOUBT_MS),
  );
  if (urgent) return RECONCILE_DOUBT_MS;
  return state.stream !== "connected" || live.some((order) => canFill || !rests(order))
    ? RECONCILE_BUSY_MS
    : RECONCILE_IDLE_MS;
}
