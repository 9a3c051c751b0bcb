import type { Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { Engine } from "./context.ts";
import { recordEvent } from "./record.ts";

/**
 * A bracket whose POST went unanswered is told of by the stream, which names no legs: they hold the shares, and every sale
 * of ours would be refused until they have their rows. Reads the entry with its legs where none is known; returns true
 * when that brought news, which the position's next step then goes by.
 */
export async function learnLegs(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
): Promise<boolean> {
  if (orders.some((order) => order.parentId === position.entryOrderId)) return false;
  const entry = await engine.ledger.order(position.entryOrderId);
  if (entry === undefined || entry.orderClass === "simple") return false;
  const report = await engine.broker.orderByClientId(entry.clientOrderId, "stop");
  if (report?.legs === undefined || report.legs.length === 0) return false;
  await recordEvent(engine, entry.clientOrderId, { kind: "report", report, atMs: engine.clock.nowMs() });
  return true;
}
