import { directKillTime, parseOrderId } from "../core/client-order-id.ts";
import { clientOrderId, type BrokerOrder, type Order, type Purpose } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { By } from "../ports.ts";
import type { Engine } from "./context.ts";
import { heirsFrom } from "./follow-replaced.ts";
import { latchKill } from "./latch.ts";
import { recordEvent } from "./record.ts";
import { resumedSince } from "./record-control.ts";
import { audit, newOrder } from "./rows.ts";

/** Who gave a kill of which only its orders are left. */
const BY_BROKER: By = { actor: "engine", name: "somebody while the database was away", deliveryId: "" };

/** The orders of one entry, known by the stem of their ids. */
interface Family {
  readonly stem: string;
  /** Entries before what sells their shares. */
  readonly reports: readonly BrokerOrder[];
}

/**
 * Orders of ours without rows (the database is older than the broker) get them, and from there on their normal life. All
 * that belong to one entry at once, before anybody tends their position: it must find its stop. Inside the symbol's serial.
 */
export async function adoptFamily(
  engine: Engine,
  { clientOrderId: id }: BrokerOrder,
  reports: readonly BrokerOrder[],
): Promise<void> {
  const stem = parseOrderId(id)?.stem;
  if (stem === undefined) return;
  const listed = reports.filter((report) => parseOrderId(report.clientOrderId)?.stem === stem);
  if (listed.every(isNothing)) return;
  const entryListed = listed.some((report) => purposeOf(report) === "entry");
  const complete = entryListed || (await positionOfStem(engine, stem)) !== undefined;
  const family = { stem, reports: complete ? listed : [...(await entriesOf(engine, stem)), ...listed] };
  for (const report of family.reports) {
    const event = { kind: "report", report, atMs: engine.clock.nowMs() } as const;
    if ((await recordEvent(engine, report.clientOrderId, event)) !== undefined || isNothing(report)) continue;
    if (await adopt(engine, report, family)) await recordEvent(engine, report.clientOrderId, event);
  }
}

/** Ended with nothing filled: there is nothing to keep. */
function isNothing({ status, filledQuantity }: BrokerOrder): boolean {
  return status !== "working" && status !== "partially_filled" && filledQuantity.eq(0);
}

function purposeOf(report: BrokerOrder): Purpose | undefined {
  return parseOrderId(report.clientOrderId)?.purpose;
}

/** The entry, older than what was read, and those that took its place. */
async function entriesOf(engine: Engine, stem: string): Promise<readonly BrokerOrder[]> {
  const first = await engine.broker.orderByClientId(`${stem}-e1`, "reconcile");
  if (first === undefined) return [];
  return first.replacedBy === null
    ? [first]
    : [first, ...(await heirsFrom(engine, new Map(), first.replacedBy))];
}

async function positionOfStem(engine: Engine, stem: string): Promise<Position | undefined> {
  const open = await engine.ledger.openPositions(engine.accountId);
  return (
    open.find((position) => parseOrderId(position.entryOrderId)?.stem === stem) ??
    (await engine.ledger.positionOfEntry(`${stem}-e1`))
  );
}

async function adopt(engine: Engine, report: BrokerOrder, family: Family): Promise<boolean> {
  const parsed = parseOrderId(report.clientOrderId);
  if (parsed === undefined) return false;
  const run = await engine.ledger.run(/^af-([^-]+)-/.exec(parsed.stem)?.[1] ?? "");
  const killedAt = directKillTime(report.clientOrderId);
  const direct = killedAt !== undefined;
  // Sent by a process that died before it could write down that everything was to be closed.
  if (direct && engine.state.direct === null && !(await resumedSince(engine, killedAt)))
    await latchKill(engine, BY_BROKER, report.createdAt);
  const isEntry = parsed.purpose === "entry";
  const position = isEntry ? undefined : await positionOfStem(engine, family.stem);
  const order = newOrder(engine, {
    clientOrderId: clientOrderId(report.clientOrderId),
    runId: run === undefined ? null : run.id,
    strategyId: run?.strategyId ?? "manual",
    symbol: report.symbol,
    side: report.side,
    purpose: parsed.purpose,
    attempt: parsed.attempt,
    type: report.type,
    quantity: report.quantity,
    limitPrice: report.limitPrice,
    stopPrice: report.stopPrice,
    timeInForce: report.timeInForce,
    positionId: position?.id ?? null,
    exitReason: direct ? "kill" : null,
    createdAt: report.createdAt,
    ...(isEntry ? planOf(report, family) : {}),
  });
  const inserted = await engine.ledger.transaction(async (tx) => {
    if (!(await tx.insertOrder(order))) return false;
    const held = position === undefined ? undefined : await tx.lockPosition(position.id);
    if (held !== undefined) await tx.updatePosition(protectedBy(held, order));
    await tx.insertAudit(
      audit(
        engine,
        report.clientOrderId,
        "done",
        `adopted from the broker: ${report.side} ${report.quantity.toString()} ${report.symbol}`,
      ),
    );
    return true;
  });
  if (inserted) engine.log.warn({ order: report.clientOrderId }, "adopted an order of ours that had no row");
  return inserted;
}

/** What an entry was to get, as far as the broker knows: by its legs, or by the first stop that was sent after it. */
function planOf(
  entry: BrokerOrder,
  { reports }: Family,
): Pick<Order, "orderClass" | "plannedStop" | "plannedTarget"> {
  const stopLeg = entry.legs?.find((leg) => leg.stopPrice !== null);
  if (stopLeg !== undefined) {
    const target = entry.legs?.find((leg) => leg.stopPrice === null)?.limitPrice ?? null;
    return {
      orderClass: target === null ? "oto" : "bracket",
      plannedStop: stopLeg.stopPrice,
      plannedTarget: target,
    };
  }
  const stop = reports.find((report) => purposeOf(report) === "stop")?.stopPrice ?? null;
  const risks = stop !== null && entry.filledAvgPrice?.gt(stop) === true;
  return { orderClass: "simple", plannedStop: risks ? stop : null, plannedTarget: null };
}

/** The stop that rests is the position's, where it is above the recorded one: our own stops only ever rise. */
function protectedBy(position: Position, { purpose, stopPrice, limitPrice }: Order): Position {
  if (purpose === "stop" && stopPrice?.gt(position.stop) === true) return { ...position, stop: stopPrice };
  return purpose === "target" && limitPrice !== null ? { ...position, target: limitPrice } : position;
}
