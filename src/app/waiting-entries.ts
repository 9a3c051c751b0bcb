import { isLive, type Order } from "../core/order.ts";
import type { Run, RunStatus } from "../ports.ts";
import { mayTrade, type Engine } from "./context.ts";
import { dayLossReached, dayLossTold } from "./day-loss.ts";
import { beingRepriced, heirAmong, reprice } from "./reprice.ts";
import { requestCancel } from "./request-cancel.ts";

/**
 * Ends entries that have waited long enough (or gives them a new price), and those that nobody wants any more: the desk was
 * halted, the day's loss has reached its limit, the run was stopped or paused, its strategy sold. The time is in the order's row, so a restart goes on with it. What fills until the cancel
 * is confirmed is booked and protected like every fill. Call it as often as positions are watched, without waiting for it:
 * an entry whose symbol is busy or whose request fails keeps no other waiting, and is tended again when it is free.
 */
export async function tendWaitingEntries(engine: Engine): Promise<void> {
  if (!mayTrade(engine)) return;
  const waiting = (await engine.ledger.liveOrders(engine.accountId)).filter(
    // An order by hand waits without a time limit, but not through a halt.
    (order) =>
      order.purpose === "entry" &&
      (order.workUntil !== null || order.type !== "market") &&
      !engine.state.beingTended.has(order.clientOrderId),
  );
  if (waiting.length === 0) return;
  const ended = entriesEnded(engine);
  await Promise.all(waiting.map((order) => tendAlone(engine, order, ended)));
}

async function tendAlone(
  engine: Engine,
  { clientOrderId, symbol }: Order,
  ended: Promise<boolean>,
): Promise<void> {
  const { beingTended } = engine.state;
  beingTended.add(clientOrderId);
  try {
    const over = await ended;
    await engine.serial.run(symbol, () => tend(engine, clientOrderId, over));
  } catch (error) {
    engine.log.warn({ symbol, error }, "a waiting entry could not be tended; the next look tries again");
  } finally {
    beingTended.delete(clientOrderId);
  }
}

/** Whether the desk makes no entries now, by a person's word or by the day's loss; the latter is told here. */
async function entriesEnded(engine: Engine): Promise<boolean> {
  const { halted, killed } = await engine.ledger.control();
  if (halted || killed) return true;
  const loss = await dayLossReached(engine);
  if (loss === undefined) return false;
  if (await engine.ledger.insertAlert(dayLossTold(engine, loss))) engine.wakeAlerts();
  return true;
}

async function tend(engine: Engine, clientOrderId: string, ended: boolean): Promise<void> {
  if (!mayTrade(engine)) return;
  const order = await engine.ledger.order(clientOrderId);
  if (order === undefined || !isLive(order)) return;
  const run = order.runId === null ? undefined : await engine.ledger.run(order.runId);
  const unwanted = ended || notRunning(run?.status) || order.exitReason !== null;
  if (unwanted || (await filledBefore(engine, order))) {
    await requestCancel(engine, order, "stop");
    return;
  }
  if (!overdue(engine, order)) return;
  const heir = heirAmong(await engine.ledger.liveOrders(engine.accountId), order);
  if (beingRepriced(order, heir)) return;
  if (run !== undefined && (await repriced(engine, order, run))) return;
  await requestCancel(engine, order, "stop");
}

/** Without a price, or whatever else it takes, an entry gets no more time: false, unless its replacement is on its way already. */
async function repriced(engine: Engine, order: Order, run: Run): Promise<boolean> {
  try {
    return await reprice(engine, order, run);
  } catch (error) {
    engine.log.warn({ symbol: order.symbol, error }, "an entry could not be priced anew");
    return beingRepriced(order, heirAmong(await engine.ledger.liveOrders(engine.accountId), order));
  }
}

/**
 * The order whose place this one took filled in the same moment: Alpaca may have ordered those shares a second time. Until
 * the venue has decided between the two, this one is not to be touched.
 */
async function filledBefore(engine: Engine, order: Order): Promise<boolean> {
  const before = order.replaces === null ? undefined : await engine.ledger.order(order.replaces);
  return before !== undefined && before.filledQuantity.gt(0) && !isLive(before);
}

function overdue(engine: Engine, { workUntil }: Order): boolean {
  return workUntil !== null && engine.clock.nowMs() >= workUntil;
}

function notRunning(status: RunStatus | undefined): boolean {
  return status !== undefined && status !== "running";
}
