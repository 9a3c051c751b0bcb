import { follow } from "../core/exits/follow.ts";
import type { Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import type { Engine } from "./context.ts";
import { stopRaisedAlert } from "./wording.ts";

/**
 * Moves a position's high-water mark and its stop with the latest trade, in one transaction, so that a restart knows every
 * high that was seen. Writes only when something moved. Returns the position as it stands.
 */
export async function followPrice(engine: Engine, seen: Position, price: Money): Promise<Position> {
  if (follow(seen, price).position === seen) return seen;
  const moved = await engine.ledger.transaction(async (tx) => {
    const before = await tx.lockPosition(seen.id);
    if (before === undefined || before.status === "closed" || before.exitReason !== null)
      return before ?? seen;
    const { position, by } = follow(before, price);
    if (position === before) return before;
    await tx.updatePosition(position);
    if (by !== undefined)
      await tx.insertAlert(stopRaisedAlert(before, position, by, engine.mode, engine.clock.nowMs()));
    return position;
  });
  if (!moved.stop.eq(seen.stop)) engine.wakeAlerts();
  return moved;
}
