import { isLive, type Order } from "../core/order.ts";
import type { Lane } from "../ports.ts";
import type { Engine } from "./context.ts";
import { recordEvent } from "./record.ts";

/** A cancel whose confirmation does not come is asked for again after this. */
const CANCEL_REPEAT_MS = 5_000;

/**
 * Asks the broker to cancel a live order of ours. The flag is recorded first; the state changes only when the broker
 * confirms, because shares stay held until then. Returns true when a confirmation is still awaited.
 */
export async function requestCancel(engine: Engine, order: Order, lane: Lane): Promise<boolean> {
  if (!isLive(order)) return false;
  if (order.brokerOrderId === null) {
    engine.reconcileSoon();
    return true;
  }
  if (order.cancelRequestedAt !== null && engine.clock.nowMs() - order.cancelRequestedAt < CANCEL_REPEAT_MS)
    return true;
  await recordEvent(engine, order.clientOrderId, { kind: "cancel_requested", atMs: engine.clock.nowMs() });
  const outcome = await engine.broker.cancel(order.brokerOrderId, lane);
  if (outcome === "requested") return true;
  // Terminal already, only our row does not know: read it now rather than at the next reconciliation.
  const report = await engine.broker.orderByClientId(order.clientOrderId, lane);
  if (report === undefined) engine.reconcileSoon();
  else await recordEvent(engine, order.clientOrderId, { kind: "report", report, atMs: engine.clock.nowMs() });
  return report === undefined || report.status === "working" || report.status === "partially_filled";
}
