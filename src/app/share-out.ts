import { isDirectOrderId } from "../core/client-order-id.ts";
import { Money } from "../core/money.ts";
import type { Booking, Order } from "../core/order.ts";
import type { LedgerOps } from "../ports.ts";

/** What a sale that belongs to no position takes from each of ours, and what of it nobody here had bought. */
interface Shares {
  readonly parts: readonly { readonly positionId: string; readonly booking: Booking }[];
  readonly rest: Booking | null;
}

/**
 * A kill that was carried out without the database sold everything in a symbol at once: what was ours at the time comes
 * first, the oldest position before the newer ones. Other orders without a position sell only what is EXTERNAL.
 */
export async function shareOut(tx: LedgerOps, order: Order, booking: Booking): Promise<Shares> {
  if (!isDirectOrderId(order.clientOrderId) || order.side === "buy") return { parts: [], rest: booking };
  const ours = (await tx.openPositions(order.accountId))
    .filter((position) => position.symbol === order.symbol)
    .toSorted((a, b) => a.entryTime - b.entryTime);
  const parts: { positionId: string; booking: Booking }[] = [];
  let left = booking.quantity;
  for (const { id, quantity } of ours) {
    if (left.lte(0)) break;
    const taken = Money.min(left, quantity);
    parts.push({ positionId: id, booking: { ...booking, quantity: taken } });
    left = left.minus(taken);
  }
  return { parts, rest: left.gt(0) ? { ...booking, quantity: left } : null };
}
