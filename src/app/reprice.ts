import { orderId, parseOrderId } from "../core/client-order-id.ts";
import { entryTicket, type EntryTicket } from "../core/entry-order.ts";
import { money, roundUpToTick, type Money } from "../core/money.ts";
import { isLive, isTerminal, type Order } from "../core/order.ts";
import type { LedgerOps, Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import { send } from "./execute.ts";
import { marketHours } from "./market-hours.ts";
import { readFacts } from "./facts.ts";
import { checkEntry, insertEntry, type EntryAsk } from "./pre-trade.ts";
import { audit, newOrder } from "./rows.ts";
import { readPrices } from "./watch.ts";

/**
 * Gives a limit entry that has waited long enough a new price, by replacing it: one intent stays one order at the broker, and
 * its shares, stop and target keep their distances. Only an order of which nothing has filled (Alpaca orders the whole
 * quantity again), and only when every pre-trade check passes at the price of now. False when it is to be cancelled instead.
 */
export async function reprice(engine: Engine, order: Order, run: Run): Promise<boolean> {
  const hours = await marketHours(engine);
  if (!mayBeRepriced(order, run) || (!hours.open && !hours.canTrade(order.extendedHours))) return false;
  const last = (await readPrices(engine, [order.symbol])).get(order.symbol)?.price;
  const ask = askOf(order, run, last, !hours.open);
  const facts = await readFacts(engine, order.symbol);
  const heir = await engine.ledger.transaction(async (tx) => {
    const old = await tx.lockOrder(order.clientOrderId);
    if (old === undefined || !mayBeRepriced(old, run)) return undefined;
    const assessment = await checkEntry(engine, tx, ask, facts);
    if (assessment.kind !== "passed") return undefined;
    const { entry } = assessment;
    // The same price again is no change, and the broker would say so.
    if (old.limitPrice === null || entry.ticket.limitPrice?.eq(old.limitPrice) === true)
      return waitOn(engine, tx, old, entry.ticket);
    const next = heirOf(engine, old, entry.ticket);
    if (!(await insertEntry(tx, entry, next))) return undefined;
    await tx.insertAudit(
      audit(
        engine,
        next.clientOrderId,
        "done",
        `limit ${old.limitPrice.toString()} → ${String(next.limitPrice)}, replacing ${old.clientOrderId}`,
      ),
    );
    return next;
  });
  if (heir !== undefined && heir.clientOrderId !== order.clientOrderId) await send(engine, heir);
  return heir !== undefined;
}

/** The order that takes, or took, the place of this entry. */
export function heirAmong(orders: readonly Order[], { clientOrderId }: Order): Order | undefined {
  return orders.find((each) => each.replaces === clientOrderId);
}

function mayBeRepriced(order: Order, run: Run): boolean {
  // Somebody gave it a price at the broker: that is theirs.
  if (parseOrderId(order.clientOrderId) === undefined) return false;
  const { state, filledQuantity, cancelRequestedAt, exitReason, type, attempt } = order;
  return (
    attempt <= (run.options.entryOrder?.reprices ?? 0) &&
    state === "ACCEPTED" &&
    type === "limit" &&
    filledQuantity.isZero() &&
    cancelRequestedAt === null &&
    exitReason === null
  );
}

/** The broker has it at the right price already: it waits as long again. */
async function waitOn(engine: Engine, tx: LedgerOps, order: Order, ticket: EntryTicket): Promise<Order> {
  const waited = { ...order, workUntil: engine.clock.nowMs() + patienceOf(ticket) };
  await tx.updateOrder(waited);
  return waited;
}

/** What the run gives an entry, however long this one has waited. */
function patienceOf({ timeoutMs }: EntryTicket): number {
  return timeoutMs ?? 0;
}

function askOf(order: Order, run: Run, last: number | undefined, extended: boolean): EntryAsk {
  return {
    run,
    strategyId: run.strategyId,
    symbol: order.symbol,
    price: last,
    instead: order.clientOrderId,
    plan(_figures, current, price) {
      const ticket = entryTicket(current.options.entryOrder, money(price), extended);
      return {
        kind: "plan",
        intent: {
          symbol: order.symbol,
          shares: order.quantity.toNumber(),
          price: ticket.price.toNumber(),
          stop: moved(order.plannedStop, order, ticket)?.toNumber() ?? 0,
        },
        target: moved(order.plannedTarget, order, ticket)?.toNumber(),
        ticket,
      };
    },
  };
}

/** A stop or target keeps its distance from the price that the entry is expected to fill at. */
function moved(level: Money | null, { decisionPrice }: Order, ticket: EntryTicket): Money | null {
  if (level === null || decisionPrice === null) return level;
  return roundUpToTick(level.plus(ticket.price).minus(decisionPrice));
}

function heirOf(engine: Engine, old: Order, ticket: EntryTicket): Order {
  const stem = parseOrderId(old.clientOrderId)?.stem;
  if (stem === undefined) throw new Error(`entry ${old.clientOrderId} has no id of ours`);
  const nowMs = engine.clock.nowMs();
  return newOrder(engine, {
    ...old,
    clientOrderId: orderId(stem, "entry", old.attempt + 1),
    attempt: old.attempt + 1,
    replaces: old.clientOrderId,
    limitPrice: ticket.limitPrice,
    decisionPrice: ticket.price,
    plannedStop: moved(old.plannedStop, old, ticket),
    plannedTarget: moved(old.plannedTarget, old, ticket),
    workUntil: nowMs + patienceOf(ticket),
    state: "SENDING",
    brokerOrderId: null,
    replacedBy: null,
    error: null,
    missingSince: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
}

/** Whether the replacement is still on its way: until the venue has decided, neither order may be touched. */
export function beingRepriced(order: Order, heir: Order | undefined): boolean {
  return heir !== undefined && isLive(heir) && !isTerminal(order.state);
}
