import { ZERO, type Money } from "../core/money.ts";
import { clientOrderId, isLive, type BrokerOrder, type Order } from "../core/order.ts";
import type { Engine } from "./context.ts";
import { recordEvent } from "./record.ts";
import { newOrder } from "./rows.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/**
 * An order that somebody changed at the broker lives on under a new id, perhaps through several changes. Each gets its row
 * with what it filled, and the price of the last one is the position's, unless that one was ended without a fill: then
 * the stop is put back where it was. `reports` are those just read; older ones are asked for.
 */
export async function followReplaced(engine: Engine, reports: readonly BrokerOrder[]): Promise<void> {
  const read = new Map(reports.map((report) => [report.brokerOrderId, report]));
  for (const { id, symbol } of await engine.ledger.openPositions(engine.accountId)) {
    const orders = await engine.ledger.ordersOfPosition(id);
    for (const old of orders) {
      if (isLive(old) || old.replacedBy === null) continue;
      if (orders.some((order) => order.brokerOrderId === old.replacedBy)) continue;
      if ((await engine.ledger.orderByBrokerId(old.replacedBy)) !== undefined) continue;
      const heirs = await heirsFrom(engine, read, old.replacedBy);
      await engine.serial.run(symbol, () => inherit(engine, old, heirs, id));
    }
  }
}

/** The orders that took one another's place, up to the one that stands or has ended; none when one of them cannot be found. */
export async function heirsFrom(
  engine: Engine,
  read: ReadonlyMap<string, BrokerOrder>,
  firstId: string,
): Promise<readonly BrokerOrder[]> {
  const heirs: BrokerOrder[] = [];
  let next: string | null = firstId;
  while (next !== null) {
    const heir: BrokerOrder | undefined =
      read.get(next) ?? (await engine.broker.orderByBrokerId(next, "reconcile"));
    if (heir === undefined) return [];
    heirs.push(heir);
    next = heir.status === "replaced" ? heir.replacedBy : null;
  }
  return heirs;
}

async function inherit(
  engine: Engine,
  old: Order,
  heirs: readonly BrokerOrder[],
  positionId: string,
): Promise<void> {
  let before = old;
  for (const heir of heirs) {
    const row = heirRow(engine, before, heir);
    const counts = heir.status === "working" || heir.filledQuantity.gt(0);
    const price = heir === heirs.at(-1) && counts ? movedTo(old, heir) : null;
    await engine.ledger.transaction(async (tx) => {
      const inserted = await tx.insertOrder(row);
      const position = await tx.lockPosition(positionId);
      if (!inserted || price === null || position === undefined) return;
      const isStop = old.purpose === "stop";
      await tx.updatePosition({ ...position, ...(isStop ? { stop: price } : { target: price }) });
      await tx.insertAlert(
        plainAlert(`stop-moved:${heir.brokerOrderId}`, "stop", engine.clock.nowMs(), {
          text: `The ${isStop ? "stop" : "target"} of ${positionPhrase(position)} was moved at the broker to $${price.toFixed(2)} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
          tone: "warn",
        }),
      );
    });
    await recordEvent(engine, heir.clientOrderId, {
      kind: "report",
      report: heir,
      atMs: engine.clock.nowMs(),
    });
    before = row;
  }
}

/** The price of a protective order's heir; null for every other. */
function movedTo(old: Order, heir: BrokerOrder): Money | null {
  if (old.purpose === "stop") return heir.stopPrice;
  return old.purpose === "target" ? heir.limitPrice : null;
}

function heirRow(engine: Engine, old: Order, heir: BrokerOrder): Order {
  return newOrder(engine, {
    ...old,
    clientOrderId: clientOrderId(heir.clientOrderId),
    attempt: old.attempt + 1,
    quantity: heir.quantity,
    limitPrice: heir.limitPrice,
    stopPrice: heir.stopPrice,
    state: "SENDING",
    brokerOrderId: null,
    cancelRequestedAt: null,
    replacedBy: null,
    // An entry and its heir are one intent; of a stop this says that the change was ours.
    replaces: old.purpose === "entry" ? old.clientOrderId : null,
    filledQuantity: ZERO,
    filledAvgPrice: null,
    createdAt: heir.createdAt,
  });
}
