import type { BrokerOrder } from "../core/order.ts";
import type { ForeignOrder, LedgerOps } from "../ports.ts";
import { answered } from "./alerts/revise.ts";
import type { Engine } from "./context.ts";
import { storedForeign, storeForeign } from "./foreign-store.ts";
import { foreignKey, foreignPhrase, foreignWords } from "./foreign-wording.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** An order is told as somebody else's only when a second read, this much later, agrees. */
const SECOND_READ_MS = 2_000;

/** What works at the broker without a row of ours; before the first reading, what the process before this one knew. */
export function foreignIn(
  engine: Engine,
  symbol: string,
  side: ForeignOrder["side"],
): readonly ForeignOrder[] {
  return (engine.state.foreignOrders ?? []).filter((each) => each.symbol === symbol && each.side === side);
}

/** Somebody's buy order works in the symbol: the broker refuses every stop of ours beside it. */
export function foreignBuyWorks(engine: Engine, symbol: string): boolean {
  return foreignIn(engine, symbol, "buy").length > 0;
}

/** As `foreignBuyWorks`, read anew: for a stop that was refused, perhaps because of an order that came since. */
export async function foreignBuyFound(engine: Engine, symbol: string): Promise<boolean> {
  await seeForeign(engine, await engine.broker.openOrders("reconcile"));
  const found = foreignBuyWorks(engine, symbol);
  if (found) engine.reconcileSoon();
  return found;
}

/** Those of the broker's open orders that no row of ours knows. */
export async function foreignAmong(
  engine: Engine,
  open: readonly BrokerOrder[],
): Promise<readonly BrokerOrder[]> {
  if (open.length === 0) return [];
  const rows = await engine.ledger.ordersById(open.map((report) => report.clientOrderId));
  const ours = new Set<string>(rows.map((row) => row.clientOrderId));
  return open.filter((report) => !ours.has(report.clientOrderId));
}

/** Keeps which of the open orders nobody here placed. A leg goes with the order that it came with. */
export async function seeForeign(engine: Engine, open: readonly BrokerOrder[]): Promise<void> {
  const legs = new Set(open.flatMap((report) => report.legs ?? []).map((leg) => leg.brokerOrderId));
  const foreign = await foreignAmong(engine, open);
  engine.state.foreignOrders = foreign
    .filter((report) => !legs.has(report.brokerOrderId))
    .toSorted((a, b) => a.brokerOrderId.localeCompare(b.brokerOrderId))
    .map(foreignOrder);
}

function foreignOrder(report: BrokerOrder): ForeignOrder {
  const { brokerOrderId, symbol, side, type, timeInForce, kind = "share" } = report;
  const { quantity, filledQuantity, limitPrice, stopPrice, amount = null } = report;
  return {
    brokerOrderId,
    symbol,
    kind,
    side,
    type,
    timeInForce,
    quantity,
    amount,
    filledQuantity,
    limitPrice,
    stopPrice,
  };
}

/** Reads what the process before this one knew; once, before the first reading of the orders. */
export async function recallForeign(engine: Engine): Promise<void> {
  engine.state.foreignOrders ??= await storedForeign(engine, engine.ledger);
}

/**
 * Stores what was read and tells each order once, by the broker's id, if `readAgain` still shows it: an order of ours that
 * somebody moved is a stranger until it has its row. Over unchanged facts it writes nothing.
 */
export async function settleForeign(engine: Engine, readAgain: () => Promise<unknown>): Promise<void> {
  const stored = await storedForeign(engine, engine.ledger);
  const known = new Set(stored.map((order) => order.brokerOrderId));
  const first = engine.state.foreignOrders ?? [];
  if (first.some((order) => !known.has(order.brokerOrderId))) {
    await engine.clock.sleep(SECOND_READ_MS);
    await readAgain();
  }
  const seen = new Set([...known, ...first.map((order) => order.brokerOrderId)]);
  const latest = engine.state.foreignOrders ?? [];
  const agreed = latest.filter((order) => seen.has(order.brokerOrderId));
  if (agreed.length < latest.length) engine.reconcileSoon();
  if (JSON.stringify(agreed) === JSON.stringify(stored)) return;
  const open = new Set(agreed.map((order) => order.brokerOrderId));
  await engine.ledger.transaction(async (tx) => {
    await storeForeign(engine, tx, agreed);
    for (const order of agreed) if (!known.has(order.brokerOrderId)) await tellForeign(engine, tx, order);
    for (const order of stored) if (!open.has(order.brokerOrderId)) await tellGone(engine, tx, order);
  });
  engine.wakeAlerts();
}

async function tellForeign(engine: Engine, tx: LedgerOps, order: ForeignOrder): Promise<void> {
  const { symbol, side } = order;
  const which = foreignWords(order);
  const effect =
    side === "buy"
      ? `It counts in the risk figures, and ${symbol} takes no new entries. The broker takes no stop beside it: the engine watches the stops of ${symbol}`
      : `${symbol} takes no new entries`;
  await tx.insertAlert(
    plainAlert(foreignKey(engine, order), "external", engine.clock.nowMs(), {
      title: "Order not placed here",
      text: `EXTERNAL order ${foreignPhrase(order)}: it works at the broker, but nothing here placed it. ${effect} · ${modeLabel(engine.mode)}`,
      tone: "warn",
      buttons: [
        { label: "Cancel order", command: `/external cancel ${which}`, style: "danger" },
        { label: "Ignore", command: `/external ignore ${which}` },
      ],
    }),
  );
}

/** The card still asks what nobody can decide any more. */
async function tellGone(engine: Engine, tx: LedgerOps, order: ForeignOrder): Promise<void> {
  const key = foreignKey(engine, order);
  if ((await tx.alertMessage(key))?.buttons !== undefined)
    await answered(tx, key, "no longer open at the broker", "neutral");
}
