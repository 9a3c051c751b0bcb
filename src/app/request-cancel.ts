import { isLive, type Order } from "../core/order.ts";
import type { Lane } from "../ports.ts";
import type { Engine } from "./context.ts";
import { recordEvent } from "./record.ts";

/** A cancel whose confirmation does not come is asked for again after this. */
const CANCEL_REPEAT_MS = 5_000;
/** Where the stream has not told by then, the order itself is read, and again at this pace: a position waits for it without its stop. */
const LOOK_MS = 1_000;

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
  const { cancelLooks } = engine.state;
  const nowMs = engine.clock.nowMs();
  const askedAt = order.cancelRequestedAt;
  if (askedAt !== null && nowMs - Math.max(askedAt, cancelLooks.get(order.clientOrderId) ?? 0) < LOOK_MS)
    return true;
  cancelLooks.set(order.clientOrderId, nowMs);
  if (askedAt === null || nowMs - askedAt >= CANCEL_REPEAT_MS) {
    await recordEvent(engine, order.clientOrderId, { kind: "cancel_requested", atMs: nowMs });
    if ((await engine.broker.cancel(order.brokerOrderId, lane)) === "requested") return true;
    // Terminal already, only our row does not know: it is read now rather than at the next reconciliation.
  }
  const report = await engine.broker.orderByClientId(order.clientOrderId, lane);
  if (report === undefined) engine.reconcileSoon();
  else await recordEvent(engine, order.clientOrderId, { kind: "report", report, atMs: engine.clock.nowMs() });
  return report === undefined || report.status === "working" || report.status === "partially_filled";
}
