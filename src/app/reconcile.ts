import { ORDER_PREFIX, parseOrderId } from "../core/client-order-id.ts";
import { money, type Money } from "../core/money.ts";
import { clientOrderId, isLive, rests, type BrokerOrder, type Order } from "../core/order.ts";
import { reducePosition, tradeOf, type Position } from "../core/position.ts";
import type { BrokerPosition, ExternalView } from "../ports.ts";
import type { Engine } from "./context.ts";
import { splitPosition, splitRatio } from "../core/split.ts";
import { readAccount } from "./enter.ts";
import { audit, newOrder } from "./execute.ts";
import { openBusiness } from "./mode.ts";
import { recordEvent } from "./record.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** Closed orders are read from this long before the last reconciliation; older ones that were live are asked for by id. */
const LOOK_BACK_MS = 5 * 60_000;
/** At the first reconciliation: how far back orders are read that our rows may have missed. */
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;
/** A quantity mismatch acts only when a second read, this much later, agrees. */
const SECOND_READ_MS = 2_000;

/**
 * The keys must be those of the account that our rows tell of: with other keys every position would look sold. Throws
 * while rows of the other account are open; an account with nothing open may be changed.
 */
export async function checkAccountNumber(engine: Engine): Promise<void> {
  const name = `account_number:${engine.accountId}`;
  const { accountNumber } = await readAccount(engine);
  if (engine.requiredAccount !== undefined && accountNumber !== engine.requiredAccount)
    throw new Error(
      "ALPHAFLOW_ALLOW_LIVE is not the number of the account that the live keys belong to: nothing is sent",
    );
  const known = await engine.ledger.setting(name);
  if (known === accountNumber) return;
  const open = known === undefined ? [] : await openBusiness(engine.ledger, engine.accountId);
  if (open.length > 0)
    throw new Error(
      `the keys belong to account ${accountNumber}, but this database has business open in account ${String(known)}: ${open.join(", ")}; use the keys of ${String(known)}, or another database`,
    );
  await engine.ledger.setSetting(name, accountNumber);
}

/**
 * Makes our rows agree with the broker. Reads open and recently closed orders and the positions, feeds every report
 * through the state machine, looks for the orders that appear in neither, and compares quantities. Start-up is the same
 * path as recovery. Throws when a query fails: nothing is concluded from a failed read. Over unchanged facts it writes nothing.
 */
export async function reconcile(engine: Engine, sinceMs: number | null): Promise<void> {
  const liveBefore = await engine.ledger.liveOrders(engine.accountId);
  const from = (sinceMs ?? engine.clock.nowMs() - FIRST_LOOK_BACK_MS) - LOOK_BACK_MS;
  const reported = await takeOrders(engine, from);
  for (const order of liveBefore) if (!reported.has(order.clientOrderId)) await findMissing(engine, order);
  await comparePositions(engine, from);
  await clearOrphans(engine);
}

/** Live sells whose position is closed (somebody else sold it) are looked at until they are gone. */
async function clearOrphans(engine: Engine): Promise<void> {
  const open = new Set((await engine.ledger.openPositions(engine.accountId)).map((position) => position.id));
  for (const { positionId, side } of await engine.ledger.liveOrders(engine.accountId))
    if (side === "sell" && positionId !== null && !open.has(positionId)) engine.tendSoon(positionId);
}

/** Reads every open and recently closed order and feeds them in the order of their birth, entries before their exits. */
async function takeOrders(engine: Engine, fromMs: number): Promise<ReadonlySet<string>> {
  // Closed ones first: an order that closes between the two reads is then in neither list at worst, and is asked for by id.
  const closed = await engine.broker.closedOrders(fromMs);
  const open = await engine.broker.openOrders();
  const reports = [...closed, ...open].toSorted((a, b) => a.createdAt - b.createdAt);
  for (const report of reports) await takeReport(engine, report);
  await followReplaced(engine, open);
  return new Set(reports.map((report) => report.clientOrderId));
}

async function takeReport(engine: Engine, report: BrokerOrder): Promise<void> {
  await engine.serial.run(report.symbol, async () => {
    const atMs = engine.clock.nowMs();
    const known = await recordEvent(engine, report.clientOrderId, { kind: "report", report, atMs });
    if (known === undefined && report.clientOrderId.startsWith(ORDER_PREFIX)) await adopt(engine, report);
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

/** A stop that somebody moved at the broker lives on under a new id: it becomes the position's stop, at its new price. */
async function followReplaced(engine: Engine, open: readonly BrokerOrder[]): Promise<void> {
  for (const position of await engine.ledger.openPositions(engine.accountId)) {
    const orders = await engine.ledger.ordersOfPosition(position.id);
    for (const old of orders) {
      const heir = open.find((report) => report.brokerOrderId === old.replacedBy);
      if (old.purpose !== "stop" || heir?.stopPrice === undefined || heir.stopPrice === null) continue;
      if (orders.some((order) => order.brokerOrderId === heir.brokerOrderId)) continue;
      await engine.serial.run(position.symbol, () => inherit(engine, old, heir, position.id));
    }
  }
}

async function inherit(engine: Engine, old: Order, heir: BrokerOrder, positionId: string): Promise<void> {
  const { stopPrice } = heir;
  if (stopPrice === null) return;
  const order = newOrder(engine, {
    ...old,
    clientOrderId: clientOrderId(heir.clientOrderId),
    attempt: old.attempt + 1,
    quantity: heir.quantity,
    stopPrice,
    state: "SENDING",
    brokerOrderId: null,
    cancelRequestedAt: null,
    replacedBy: null,
    filledQuantity: money(0),
    filledAvgPrice: null,
    createdAt: heir.createdAt,
  });
  const inserted = await engine.ledger.transaction(async (tx) => {
    if (!(await tx.insertOrder(order))) return false;
    const position = await tx.lockPosition(positionId);
    if (position === undefined) return false;
    await tx.updatePosition({ ...position, stop: stopPrice });
    await tx.insertAlert(
      plainAlert(`stop-moved:${heir.brokerOrderId}`, "stop", engine.clock.nowMs(), {
        text: `The stop of ${positionPhrase(position)} was moved at the broker to $${stopPrice.toFixed(2)} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
        tone: "warn",
      }),
    );
    return true;
  });
  if (inserted)
    await recordEvent(engine, heir.clientOrderId, {
      kind: "report",
      report: heir,
      atMs: engine.clock.nowMs(),
    });
}

/** An order of ours without a row (the database is older than the broker): it gets one, and from there on its normal life. */
async function adopt(engine: Engine, report: BrokerOrder): Promise<void> {
  const parsed = parseOrderId(report.clientOrderId);
  const nothingToDo =
    report.status !== "working" && report.status !== "partially_filled" && report.filledQuantity.eq(0);
  if (parsed === undefined || nothingToDo) return;
  const run = await engine.ledger.run(/^af-([^-]+)-/.exec(parsed.stem)?.[1] ?? "");
  const entryId = `${parsed.stem}-e1`;
  const position = parsed.purpose === "entry" ? undefined : await engine.ledger.positionOfEntry(entryId);
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
    createdAt: report.createdAt,
  });
  const inserted = await engine.ledger.transaction(async (tx) => {
    if (!(await tx.insertOrder(order))) return false;
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
  if (!inserted) return;
  engine.log.warn({ order: report.clientOrderId }, "adopted an order of ours that had no row");
  await recordEvent(engine, report.clientOrderId, { kind: "report", report, atMs: engine.clock.nowMs() });
}

/** A live row that is in neither list: asked for by id. Not found is recorded with the time, and after a minute it is UNSEEN. */
async function findMissing(engine: Engine, order: Order): Promise<void> {
  await engine.serial.run(order.symbol, async () => {
    const current = await engine.ledger.order(order.clientOrderId);
    if (current === undefined || !isLive(current)) return;
    const report = await engine.broker.orderByClientId(order.clientOrderId, "reconcile");
    const atMs = engine.clock.nowMs();
    await recordEvent(
      engine,
      order.clientOrderId,
      report === undefined ? { kind: "not_found", atMs } : { kind: "report", report, atMs },
    );
  });
}

interface Holdings {
  readonly positions: readonly Position[];
  readonly held: ReadonlyMap<string, BrokerPosition>;
  /** Symbols with an order on its way: their quantities may be in motion. */
  readonly moving: ReadonlySet<string>;
}

async function readHoldings(engine: Engine): Promise<Holdings> {
  const held = await engine.broker.positions("reconcile");
  const positions = await engine.ledger.openPositions(engine.accountId);
  const orders = await engine.ledger.liveOrders(engine.accountId);
  return {
    positions,
    held: new Map(held.map((each) => [each.symbol, each])),
    // A stop that rests moves nothing until it fires; then its symbol differs and the second read decides.
    moving: new Set(orders.filter((order) => !rests(order)).map((order) => order.symbol)),
  };
}

/** Broker quantity less ours, by symbol, where it is not zero and nothing is in motion. */
function differences(holdings: Holdings): Map<string, Money> {
  const ours = new Map<string, Money>();
  for (const position of holdings.positions)
    ours.set(position.symbol, (ours.get(position.symbol) ?? money(0)).plus(position.quantity));
  const result = new Map<string, Money>();
  for (const symbol of new Set([...ours.keys(), ...holdings.held.keys()])) {
    const difference = (holdings.held.get(symbol)?.quantity ?? money(0)).minus(ours.get(symbol) ?? money(0));
    if (!difference.isZero() && !holdings.moving.has(symbol)) result.set(symbol, difference);
  }
  return result;
}

async function comparePositions(engine: Engine, fromMs: number): Promise<void> {
  const first = await readHoldings(engine);
  const suspected = differences(first);
  // What was EXTERNAL before and still is the same needs no second read.
  const news = [...suspected].filter(([symbol, by]) => externalOf(engine, symbol)?.quantity.eq(by) !== true);
  if (news.length === 0) {
    setExternals(engine, first, suspected);
    return;
  }
  await engine.clock.sleep(SECOND_READ_MS);
  // A stop may have filled between the reads above: its order explains the difference, so orders are read again first.
  const reported = await takeOrders(engine, fromMs);
  for (const order of await engine.ledger.liveOrders(engine.accountId))
    if (suspected.has(order.symbol) && !reported.has(order.clientOrderId)) await findMissing(engine, order);
  const second = await readHoldings(engine);
  const agreed = new Map(
    [...differences(second)].filter(([symbol, by]) => suspected.get(symbol)?.eq(by) === true),
  );
  for (const symbol of agreed.keys()) if (await takeSplit(engine, second, symbol)) agreed.delete(symbol);
  for (const [symbol, by] of agreed) if (by.lt(0)) await soldElsewhere(engine, second, symbol, by.neg());
  const more = new Map(
    [...agreed].filter(
      ([symbol, by]) => by.gt(0) || !second.positions.some((each) => each.symbol === symbol),
    ),
  );
  setExternals(engine, second, more);
  for (const [symbol, by] of more) await tellExternal(engine, symbol, by);
}

function externalOf(engine: Engine, symbol: string): ExternalView | undefined {
  return engine.state.externals.find((each) => each.symbol === symbol);
}

function setExternals(engine: Engine, holdings: Holdings, quantities: ReadonlyMap<string, Money>): void {
  engine.state.externalsAt = engine.clock.nowMs();
  engine.state.externals = [...quantities].map(([symbol, quantity]) => ({
    symbol,
    quantity,
    currentPrice: holdings.held.get(symbol)?.currentPrice ?? null,
  }));
}

async function tellExternal(engine: Engine, symbol: string, quantity: Money): Promise<void> {
  await engine.ledger.insertAlert(
    plainAlert(
      `external:${engine.accountId}:${symbol}:${quantity.toString()}`,
      "external",
      engine.clock.nowMs(),
      {
        title: "Position not opened here",
        text: `EXTERNAL ${quantity.toString()} ${symbol}: at the broker, but no run of ours bought it. It counts in the risk figures, and ${symbol} takes no new entries · ${modeLabel(engine.mode)}`,
        tone: "warn",
        buttons: [
          { label: "Adopt", command: `/external adopt ${symbol}`, style: "primary" },
          { label: "Close", command: `/external close ${symbol}`, style: "danger" },
          { label: "Ignore", command: `/external ignore ${symbol}` },
        ],
      },
    ),
  );
  engine.wakeAlerts();
}

/** Another quantity for the same cost is a split: the rows follow, and the stops after them. */
async function takeSplit(engine: Engine, holdings: Holdings, symbol: string): Promise<boolean> {
  const ours = holdings.positions.filter((each) => each.symbol === symbol);
  const held = holdings.held.get(symbol);
  const ratio = held === undefined ? undefined : splitRatio(ours, held);
  if (ratio === undefined) return false;
  await engine.serial.run(symbol, () =>
    engine.ledger.transaction(async (tx) => {
      for (const { id } of ours) {
        const position = await tx.lockPosition(id);
        if (position === undefined || position.status === "closed") continue;
        const after = splitPosition(position, ratio);
        await tx.updatePosition(after);
        const nowMs = engine.clock.nowMs();
        await tx.insertAudit(
          audit(
            engine,
            `split ${symbol}`,
            "done",
            `ratio ${ratio.toFixed(6)}: ${positionPhrase(position)} → ${positionPhrase(after)}`,
          ),
        );
        await tx.insertAlert(
          plainAlert(`split:${id}:${after.quantity.toString()}`, "external", nowMs, {
            text: `${symbol} was split: ${positionPhrase(position)} is now ${positionPhrase(after)} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
            tone: "neutral",
          }),
        );
      }
    }),
  );
  engine.wakeAlerts();
  for (const { id } of ours) engine.tendSoon(id);
  return true;
}

/** The broker holds less than our rows: somebody sold outside. Our positions shrink, newest first, and the channel hears of it. */
async function soldElsewhere(
  engine: Engine,
  holdings: Holdings,
  symbol: string,
  missing: Money,
): Promise<void> {
  const ours = holdings.positions
    .filter((each) => each.symbol === symbol)
    .toSorted((a, b) => b.entryTime - a.entryTime);
  const price = engine.state.prices.get(symbol)?.price;
  let left = missing;
  for (const position of ours) {
    if (left.lte(0)) break;
    const taken = left.lt(position.quantity) ? left : position.quantity;
    left = left.minus(taken);
    await engine.serial.run(symbol, () =>
      shrink(engine, position.id, taken, price === undefined ? position.entryPrice : money(price)),
    );
  }
}

async function shrink(engine: Engine, positionId: string, quantity: Money, price: Money): Promise<void> {
  const atMs = engine.clock.nowMs();
  await engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(positionId);
    if (position === undefined || position.quantity.lt(quantity)) return;
    const after = reducePosition(position, { quantity, price, executionId: null, atMs });
    await tx.updatePosition(after);
    if (after.status === "closed") await tx.saveTrade(tradeOf(after, "external", atMs));
    await tx.insertAudit(
      audit(
        engine,
        `external ${position.symbol}`,
        "done",
        `broker holds ${quantity.toString()} fewer ${position.symbol} than our books; booked at ${price.toString()}`,
      ),
    );
    await tx.insertAlert(
      plainAlert(`sold-elsewhere:${position.id}:${after.quantity.toString()}`, "external", atMs, {
        title: "Position changed outside AlphaFlow",
        text: `${quantity.toString()} ${position.symbol} are gone at the broker, sold outside AlphaFlow: was ${positionPhrase(position)}; booked at the last known price $${price.toFixed(2)} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
        tone: "warn",
      }),
    );
  });
  engine.wakeAlerts();
  engine.tendSoon(positionId);
}
