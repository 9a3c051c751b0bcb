import { advance } from "../core/advance.ts";
import { clientOrderId, isTerminal, type BrokerOrder, type Order } from "../core/order.ts";
import type { LedgerOps } from "../ports.ts";

/**
 * Gives the stop and the target of a bracket their rows, under the ids that the broker gave them, and ties them to the
 * position once there is one. Only what is missing is written. Inside the transaction that records the entry's event.
 */
export async function keepLegs(
  tx: LedgerOps,
  entry: Order,
  reported: readonly BrokerOrder[],
  atMs: number,
): Promise<boolean> {
  if (entry.orderClass === "simple" || entry.purpose !== "entry") return false;
  const known = await tx.legsOf(entry.clientOrderId);
  let changed = false;
  for (const leg of known) {
    if (leg.positionId === entry.positionId) continue;
    await tx.updateOrder({ ...leg, positionId: entry.positionId });
    changed = true;
  }
  for (const report of reported) {
    // What took the place of a leg is followed from there, with its new price.
    if (known.some((leg) => leg.purpose === purposeOf(report))) continue;
    changed = (await tx.insertOrder(legOf(entry, report, atMs))) || changed;
  }
  return changed;
}

function purposeOf(leg: BrokerOrder): "stop" | "target" {
  return leg.stopPrice === null ? "target" : "stop";
}

/** The row of a leg that was not known. What it has filled is booked by its own report, once the entry is over. */
function legOf(entry: Order, report: BrokerOrder, atMs: number): Order {
  const row: Order = {
    ...entry,
    clientOrderId: clientOrderId(report.clientOrderId),
    side: report.side,
    purpose: purposeOf(report),
    attempt: 1,
    type: report.type,
    quantity: report.quantity,
    limitPrice: report.limitPrice,
    stopPrice: report.stopPrice,
    timeInForce: report.timeInForce,
    extendedHours: false,
    state: "ACCEPTED",
    cancelRequestedAt: null,
    brokerOrderId: report.brokerOrderId,
    filledQuantity: entry.quantity.times(0),
    filledAvgPrice: null,
    exitReason: null,
    decisionPrice: null,
    plannedStop: null,
    plannedTarget: null,
    plannedExits: null,
    replaces: null,
    orderClass: "simple",
    parentId: entry.clientOrderId,
    workUntil: null,
    replacedBy: null,
    error: null,
    missingSince: null,
    // After its entry in every list.
    createdAt: entry.createdAt + 1,
    updatedAt: atMs,
  };
  return report.filledQuantity.eq(0) ? advance(row, { kind: "report", report, atMs }).order : row;
}

/**
 * The position that a leg sells, null while its fill cannot be booked: legs come alive with the last share of their entry,
 * so as long as our rows do not know the entry's end, shares are missing that this leg sold.
 */
export async function positionOfLeg(tx: LedgerOps, leg: Order): Promise<string | null> {
  if (leg.parentId === null) return leg.positionId;
  const entry = await tx.order(leg.parentId);
  return entry !== undefined && isTerminal(entry.state) ? (entry.positionId ?? leg.positionId) : null;
}
