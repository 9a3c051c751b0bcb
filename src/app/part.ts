import { partDue } from "../core/exits/follow.ts";
import type { Money } from "../core/money.ts";
import { isLive, remaining, type ExitReason, type Order } from "../core/order.ts";
import { NO_PART, type Position } from "../core/position.ts";
import type { LedgerOps } from "../ports.ts";
import { lastPrice, type Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { sellable } from "./exit.ts";
import { followingId, nextAttempt, sellOf, workingEntries } from "./position-orders.ts";
import { requestExit } from "./record.ts";
import { newOrder } from "./rows.ts";
import { ensureStop } from "./stop.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** A sale of a part that the broker refused this often is given up: the position goes on whole. */
const MAX_REFUSALS = 2;
const RETRY_MS = 20_000;

/** Marks the plan's partial take-profit as wanted when the price has come to it; once a position. Returns the position as it stands. */
export async function takePartialWhenDue(engine: Engine, seen: Position, price: Money): Promise<Position> {
  if (partDue(seen, price) === null) return seen;
  return engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(seen.id);
    if (position === undefined || position.status === "closed" || position.exitReason !== null) return seen;
    const part = partDue(position, price);
    if (part === null) return position;
    const asked: Position = { ...wanting(engine, position, part, "take-profit"), partialTaken: true };
    await tx.updatePosition(asked);
    return asked;
  });
}

/** Asks for the sale of a part by hand. False when the position is on its way out, or another part is. */
export async function markPart(
  engine: Engine,
  tx: LedgerOps,
  positionId: string,
  part: Money,
): Promise<boolean> {
  const position = await tx.lockPosition(positionId);
  if (position === undefined || position.status === "closed" || position.exitReason !== null) return false;
  if (position.partQuantity !== null || part.gte(position.quantity)) return false;
  await tx.updatePosition(wanting(engine, position, part, "manual"));
  return true;
}

function wanting(engine: Engine, position: Position, part: Money, reason: ExitReason): Position {
  return { ...position, partQuantity: part, partReason: reason, partRequestedAt: engine.clock.nowMs() };
}

/**
 * The next step of selling a part: the stop is made smaller first, so that the rest is protected all the while, then the
 * freed shares are sold at market. What fills counts the wish down (`record`); a crash anywhere leaves it standing.
 */
export async function workPart(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  price: Money | undefined,
): Promise<void> {
  const { partQuantity, partReason, partRequestedAt } = position;
  if (partQuantity === null || partReason === null || partRequestedAt === null) return;
  if (orders.some((order) => order.purpose === "exit" && isLive(order))) return;
  if (partQuantity.gte(position.quantity)) {
    // The rest went elsewhere meanwhile: what is left is the part.
    await requestExit(engine, position.id, partReason, engine.clock.nowMs());
    engine.tendSoon(position.id);
    return;
  }
  const whole = async (): Promise<void> => {
    if (position.protection === "broker") await ensureStop(engine, position, orders, price);
  };
  const refused = orders.filter(
    (order) => order.purpose === "exit" && order.state === "REJECTED" && order.createdAt >= partRequestedAt,
  );
  if (refused.length >= MAX_REFUSALS) {
    await giveUp(engine, position);
    return whole();
  }
  const newest = refused.at(-1);
  if (newest !== undefined && engine.clock.nowMs() - newest.updatedAt < RETRY_MS) return whole();
  // A sale is refused while a buy works in the symbol; a part can wait for it.
  if (
    engine.state.handedOver.has(position.symbol) ||
    (await workingEntries(engine, position.symbol)).length > 0
  )
    return;
  const rest = position.quantity.minus(partQuantity);
  const resting = orders.filter((order) => order.side === "sell" && isLive(order));
  // A stop that could not be placed yet goes before: the part's fill may stay unknown for a while.
  const unprotected = position.protection === "broker" && rest.isInteger() && resting.length === 0;
  if (unprotected || resting.some((order) => remaining(order).gt(rest)) || resting.length > 1) {
    await ensureStop(engine, position, orders, price, { quantity: rest });
    return;
  }
  await sellPart(engine, position, orders, partQuantity, partReason);
}

async function sellPart(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  wanted: Money,
  reason: ExitReason,
): Promise<void> {
  const free = await sellable(engine, position);
  const quantity = free.lt(wanted) ? free : wanted;
  if (quantity.lte(0)) {
    engine.reconcileSoon();
    return;
  }
  const attempt = nextAttempt(orders, "exit");
  const order = newOrder(engine, {
    ...sellOf(position, quantity),
    clientOrderId: followingId(position, "exit", attempt),
    purpose: "exit",
    attempt,
    type: "market",
    timeInForce: "day",
    exitReason: reason,
    decisionPrice: lastPrice(engine, position.symbol),
  });
  if (await intend(engine, order)) await send(engine, order);
}

async function giveUp(engine: Engine, seen: Position): Promise<void> {
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(seen.id);
    if (position === undefined || position.partQuantity === null) return;
    await tx.updatePosition({ ...position, ...NO_PART, partialTaken: position.partialTaken });
    const nowMs = engine.clock.nowMs();
    await tx.insertAlert(
      plainAlert(`part-refused:${position.id}:${String(position.partRequestedAt)}`, "rejected", nowMs, {
        text: `The broker refused twice to sell ${position.partQuantity.toString()} of ${positionPhrase(position)}; the position stays whole · ${position.strategyId} · ${modeLabel(engine.mode)}`,
        tone: "warn",
      }),
    );
  });
  engine.wakeAlerts();
}
