import { advance } from "../core/advance.ts";
import { ORDER_PREFIX } from "../core/client-order-id.ts";
import { sum } from "../core/money.ts";
import { isLive, saleInDoubt, type BrokerOrder, type Order } from "../core/order.ts";
import { adoptFamily } from "./adopt-order.ts";
import type { Engine } from "./context.ts";
import { externalShares } from "./external-holdings.ts";
import { followReplaced } from "./follow-replaced.ts";
import { seeForeign } from "./foreign-orders.ts";
import { sharesReserved } from "./position-orders.ts";
import { recordEvent } from "./record.ts";

/** Reads every open and recently closed order and feeds them in the order of their birth, entries before their exits. */
export async function takeOrders(engine: Engine, fromMs: number): Promise<ReadonlySet<string>> {
  // Closed ones first: an order that closes between the two reads is then in neither list at worst, and is asked for by id.
  const closed = await engine.broker.closedOrders(fromMs);
  const open = await engine.broker.openOrders("reconcile");
  const reports = [...closed, ...open].toSorted(
    // A bracket's entry first: its report makes the rows of its legs.
    (a, b) => a.createdAt - b.createdAt || (b.legs?.length ?? 0) - (a.legs?.length ?? 0),
  );
  const rows = new Map(
    (await engine.ledger.ordersById(reports.map((report) => report.clientOrderId))).map((row) => [
      row.clientOrderId as string,
      row,
    ]),
  );
  for (const report of reports) {
    const row = rows.get(report.clientOrderId);
    // Nearly all that a busy day lists is known: a transaction each would keep a start waiting for nothing.
    if (row === undefined || !knownAlready(row, report)) await takeReport(engine, report, reports);
  }
  await followReplaced(engine, reports);
  await seeForeign(
    engine,
    open.filter((report) => !rows.has(report.clientOrderId)),
  );
  return new Set(reports.map((report) => report.clientOrderId));
}

/** Whether a report says of an order only what its row says; a row that is older than another process's only says less. */
function knownAlready(row: Order, report: BrokerOrder): boolean {
  if (row.state === "UNSEEN" || (report.legs ?? []).length > 0) return false;
  return advance(row, { kind: "report", report, atMs: row.updatedAt }).order === row;
}

async function takeReport(
  engine: Engine,
  report: BrokerOrder,
  reports: readonly BrokerOrder[],
): Promise<void> {
  await engine.serial.run(report.symbol, async () => {
    const atMs = engine.clock.nowMs();
    const known = await recordEvent(engine, report.clientOrderId, { kind: "report", report, atMs });
    if (known === undefined && report.clientOrderId.startsWith(ORDER_PREFIX))
      await adoptFamily(engine, report, reports);
    if (known?.state === "UNSEEN" && (report.status === "working" || report.status === "partially_filled")) {
      // It was given up as never sent, and nobody counts on it any more: it must not fill now.
      engine.log.warn(
        { order: report.clientOrderId },
        "an order given up as unseen works at the broker: cancelling it",
      );
      await engine.broker.cancel(report.brokerOrderId, "reconcile");
    }
  });
}

/**
 * A live row that is in neither list: asked for by id. Not found is recorded with the time; after a minute it is UNSEEN, a
 * sale as soon as the broker proves that it does not exist.
 */
export async function findMissing(engine: Engine, order: Order): Promise<void> {
  await engine.serial.run(order.symbol, async () => {
    const current = await engine.ledger.order(order.clientOrderId);
    if (current === undefined || !isLive(current)) return;
    const report = await engine.broker.orderByClientId(order.clientOrderId, "reconcile");
    const sharesFree = report === undefined && saleInDoubt(current) && (await allSharesFree(engine, current));
    const atMs = engine.clock.nowMs();
    await recordEvent(
      engine,
      order.clientOrderId,
      report === undefined ? { kind: "not_found", sharesFree, atMs } : { kind: "report", report, atMs },
    );
  });
}

/**
 * Whether the broker holds every share in this symbol that our rows know of, the EXTERNAL ones too, with none held for an
 * order that our rows do not know to rest there. Asked only of an order that was not found before.
 */
async function allSharesFree(
  engine: Engine,
  { symbol, missingSince, positionId, quantity }: Order,
): Promise<boolean> {
  if (missingSince === null) return false;
  const held = (await engine.broker.positions("reconcile")).find((each) => each.symbol === symbol);
  if (held === undefined) return false;
  const positions = await engine.ledger.openPositions(engine.accountId);
  const ours = positions.filter((each) => each.symbol === symbol).map((each) => each.quantity);
  const resting = (await engine.ledger.liveOrders(engine.accountId)).filter(
    (order) => order.symbol === symbol && !saleInDoubt(order),
  );
  // A sale of what no run opened has no row but its own to say how much was there.
  const external = positionId === null ? quantity : externalShares(engine, symbol);
  const known = sum([...ours, external]);
  return held.quantity.gte(known) && held.available.gte(held.quantity.minus(sharesReserved(resting)));
}
