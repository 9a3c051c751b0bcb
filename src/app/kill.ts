import type { BrokerOrder } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import { isLive } from "../core/order.ts";
import type { BrokerPosition } from "../ports.ts";
import { mayTrade, recentPrice, type Engine } from "./context.ts";
import { marketHours } from "./market-hours.ts";
import { closeExternal } from "./close-external.ts";
import { tendPosition } from "./protect.ts";
import { requestExit } from "./record.ts";
import { requestCancel } from "./request-cancel.ts";

/** One look at what a kill still has to do. */
export interface KillReport {
  readonly openOrders: number;
  /** "AAPL 5", one a symbol that is still held at the broker. */
  readonly open: readonly string[];
}

/** Until it is empty an account is looked at so often: in a closed market that goes on until the open. */
const PAUSE_MS = 1_000;
/** A killed account that is empty is looked at again this often: somebody may trade there by hand. */
const QUIET_MS = 30_000;

/**
 * One round of the kill: reads what is there, cancels what is open and sells what is held (what no run of ours opened
 * too). Returns what it found, so the round that finds nothing ends the kill; called again after every restart while the
 * latch is set. While the market is closed only entries are cancelled: a stop is worth more than an empty order book, and
 * the open continues here. Two reads a round: a kill must not use up the request limit that it needs itself. An instance
 * that may not sell only looks: it would take the stops from positions that stay.
 */
export async function killRound(engine: Engine): Promise<KillReport> {
  const hours = await marketHours(engine);
  const open = await engine.broker.openOrders("exit");
  const held = (await engine.broker.positions("exit")).filter((each) => !each.quantity.isZero());
  // One symbol that cannot be freed must not keep the others from being closed.
  const works = mayTrade(engine)
    ? [
        ...open
          .filter((report) => mayCancel(report, hours.open))
          .map((report) => engine.serial.run(report.symbol, () => cancelReported(engine, report))),
        ...(await engine.ledger.openPositions(engine.accountId)).map((position) =>
          closePosition(engine, position),
        ),
      ]
    : [];
  const failed = (await Promise.allSettled(works)).filter((each) => each.status === "rejected");
  for (const { reason } of failed)
    engine.log.error({ error: reason as unknown }, "a step of the kill failed; the next round repeats it");
  const ordered = new Set(open.map((report) => report.symbol));
  // What an order still holds of a coin is not to be had: the part that is free would be sold alone.
  await closeExternals(
    engine,
    held.filter(({ kind, symbol }) => kind !== "crypto" || !ordered.has(symbol)),
    hours.open,
  );
  // An order that the broker has not shown yet may still come to be.
  const unseen = (await engine.ledger.liveOrders(engine.accountId)).filter(
    (order) => order.brokerOrderId === null,
  );
  return seen(engine, open.length + unseen.length, held);
}

/** Remembers whether there is more to do: the kill must go on should the database go away now. */
export function seen(engine: Engine, openOrders: number, held: readonly BrokerPosition[]): KillReport {
  const { state } = engine;
  const closesIt = mayTrade(engine) || state.direct !== null;
  state.killUnfinished = closesIt && (openOrders > 0 || held.length > 0);
  return { openOrders, open: held.map((each) => `${each.symbol} ${each.quantity.toString()}`) };
}

/** Goes on with a kill that was latched before a restart or into a closed market; does nothing without the latch. */
export async function continueKill(engine: Engine): Promise<void> {
  const { state } = engine;
  if (!(await engine.ledger.control()).killed) {
    state.killUnfinished = false;
    // The next kill may be given to another instance: what was quiet before it says nothing.
    state.killDueAt = 0;
    return;
  }
  if (!state.reconciled || performance.now() < state.killDueAt) return;
  state.killDueAt = performance.now() + PAUSE_MS;
  const { open, openOrders } = await killRound(engine);
  if (open.length === 0 && openOrders === 0) state.killDueAt = performance.now() + QUIET_MS;
}

/** While the market is closed a stop is worth more than an empty order book; but crypto is traded at all hours. */
export function mayCancel({ side, kind }: BrokerOrder, open: boolean): boolean {
  return open || side === "buy" || kind === "crypto";
}

async function closePosition(engine: Engine, position: Position): Promise<void> {
  await requestExit(engine, position.id, "kill", engine.clock.nowMs());
  await engine.serial.run(position.symbol, () =>
    tendPosition(engine, position.id, recentPrice(engine, position.symbol)),
  );
}

async function cancelReported(engine: Engine, report: BrokerOrder): Promise<void> {
  const row = await engine.ledger.order(report.clientOrderId);
  const ours = row?.accountId === engine.accountId ? row : undefined;
  // An exit of ours is on its way to do just what is wanted.
  if (ours?.purpose === "exit") return;
  if (ours !== undefined && isLive(ours)) await requestCancel(engine, ours, "exit");
  else await engine.broker.cancel(report.brokerOrderId, "exit");
}

/**
 * What the broker holds beyond our rows: sold (or bought back, when short) by an order of its own, row before POST like
 * every other. Only what reconciliation has read twice, and only when our own positions in that symbol are gone: a sale of
 * ours that fills between two reads would look like a short position otherwise.
 */
async function closeExternals(engine: Engine, held: readonly BrokerPosition[], open: boolean): Promise<void> {
  const { externals } = engine.state;
  if (externals.length === 0) return;
  const ours = await engine.ledger.openPositions(engine.accountId);
  // What was sold short first: it may be what somebody's long holding covers, and the broker sells no cover.
  for (const { symbol, quantity } of externals.toSorted(
    (a, b) => Number(a.quantity.gt(0)) - Number(b.quantity.gt(0)),
  )) {
    const there = held.find((each) => each.symbol === symbol);
    if (ours.some((each) => each.symbol === symbol)) continue;
    if (!open && there?.kind !== "crypto") continue;
    if (there?.quantity.eq(quantity) === true)
      await engine.serial.run(symbol, () => closeExternal(engine, symbol, quantity, "kill"));
    else engine.reconcileSoon();
  }
}
