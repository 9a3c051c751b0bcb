import { money, roundUpToTick, type Money } from "../core/money.ts";
import { isLive, type ExitReason, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import { lastPrice, type Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { foreignAmong, foreignBuyWorks } from "./foreign-orders.ts";
import { learnLegs } from "./learn-legs.ts";
import { beingReplaced } from "./move-stop.ts";
import { followingId, nextAttempt, sellOf, sharesReserved, workingEntries } from "./position-orders.ts";
import { requestCancel } from "./request-cancel.ts";
import { newOrder } from "./rows.ts";
import { ensureStop, MAX_STOP_REFUSALS } from "./stop.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** After a refused exit the stop is put back and the exit waits this long, twice as long each time, up to the maximum. */
const FIRST_RETRY_MS = 20_000;
const MAX_RETRY_MS = 300_000;
/** Where no stop can rest meanwhile (or none is wanted: a kill), nothing but the next attempt protects the position. */
const FIRST_BARE_RETRY_MS = 2_000;
const MAX_BARE_RETRY_MS = 30_000;
/** A limit order outside the regular session that found no buyer is priced anew after this. */
const REPRICE_MS = 30_000;
/** Outside the regular session only limit orders are taken: half a percent under the latest trade. */
const EXTENDED_FACTOR = 0.995;

/**
 * The next step of an exit: cancel what holds the shares or stands against the sale, wait for the confirmations, read what
 * the broker holds, sell that and no more; put the stop back when the sale is refused. Outside the regular session the sale is a
 * limit order near the price, and waits while none is known.
 */
export async function workExit(
  engine: Engine,
  position: Position,
  orders: readonly Order[],
  reason: ExitReason,
  market: { readonly open: boolean; readonly price: Money | undefined },
): Promise<void> {
  const exits = orders.filter((order) => order.purpose === "exit");
  const live = exits.find(isLive);
  if (live !== undefined) {
    const age = engine.clock.nowMs() - live.createdAt;
    // What was meant for outside the session must not keep a market order from going, nor stand still while the price runs.
    const stale = market.open || (market.price !== undefined && age > REPRICE_MS);
    if (live.type === "limit" && stale) await requestCancel(engine, live, "exit");
    return;
  }
  if (!market.open && market.price === undefined) return;
  const limitNear = market.open ? undefined : market.price;
  const refused = exits.filter((order) => order.state === "REJECTED");
  const newest = refused.at(-1);
  if (newest !== undefined) {
    const price = lastPrice(engine, position.symbol);
    // A kill cancels every stop that it finds, whatever this position was being sold for: put back, it is cancelled again
    // each round, and the request limit goes with it.
    const bare =
      position.protection === "engine" ||
      position.stopRefusals >= MAX_STOP_REFUSALS ||
      foreignBuyWorks(engine, position.symbol) ||
      (price !== null && price.lte(roundUpToTick(position.stop))) ||
      (await engine.ledger.control()).killed;
    if (engine.clock.nowMs() - newest.updatedAt < retryPauseMs(refused.length, bare)) {
      if (!bare) await ensureStop(engine, position, orders, price ?? undefined);
      return;
    }
  }
  if (await freeSymbol(engine, position, orders)) return;
  if (await learnLegs(engine, position, orders)) return;
  if (newest !== undefined) await cancelForeign(engine, position.symbol);
  // A fill may have been booked while the cancels were confirmed.
  const fresh = await engine.ledger.position(position.id);
  if (fresh === undefined || fresh.status === "closed") return;
  const quantity = await sellable(engine, fresh);
  if (quantity.lte(0)) {
    engine.reconcileSoon();
    return;
  }
  const attempt = nextAttempt(exits, "exit");
  const order = newOrder(engine, {
    ...sellOf(fresh, quantity),
    clientOrderId: followingId(fresh, "exit", attempt),
    purpose: "exit",
    attempt,
    type: limitNear === undefined ? "market" : "limit",
    limitPrice: limitNear === undefined ? null : roundUpToTick(limitNear.times(EXTENDED_FACTOR)),
    extendedHours: limitNear !== undefined,
    timeInForce: "day",
    exitReason: reason,
    decisionPrice: exitDecisionPrice(engine, fresh, reason),
  });
  if (await intend(engine, order)) await send(engine, order);
}

function retryPauseMs(refusals: number, bare: boolean): number {
  const [first, longest] = bare ? [FIRST_BARE_RETRY_MS, MAX_BARE_RETRY_MS] : [FIRST_RETRY_MS, MAX_RETRY_MS];
  return Math.min(longest, first * 2 ** (refusals - 1));
}

/** A stop is decided at its stop and a target at its target; everything else at the latest trade when it was asked for. */
function exitDecisionPrice(engine: Engine, position: Position, reason: ExitReason): Money | null {
  switch (reason) {
    case "stop-loss":
    case "trailing":
      return position.stop;
    case "take-profit":
      return position.target;
    case "signal":
    case "time":
    case "manual":
    case "kill":
    case "external":
      return position.exitPriceAsked ?? lastPrice(engine, position.symbol);
  }
}

/** Cancels the position's own orders and every working entry in its symbol, which the broker would hold against the sale. True while one is unconfirmed. */
async function freeSymbol(engine: Engine, position: Position, orders: readonly Order[]): Promise<boolean> {
  const entries = await workingEntries(engine, position.symbol);
  // What the venue is just replacing can be cancelled only once it has decided; an answer that was lost is looked up, and
  // meanwhile the old order may be cancelled if it still stands alone.
  const deciding = orders.filter((order) => order.brokerOrderId !== null && beingReplaced(order, orders));
  let waiting = deciding.length > 0;
  if (waiting) engine.reconcileSoon();
  const settling = new Set(deciding.flatMap((order) => [order.clientOrderId, order.replaces]));
  for (const order of [
    ...orders.filter((each) => each.purpose !== "exit" && isLive(each) && !settling.has(each.clientOrderId)),
    ...entries,
  ])
    waiting = (await requestCancel(engine, order, "exit")) || waiting;
  return waiting;
}

/** An exit was refused: orders that somebody placed by hand in this symbol may stand against it, and getting out comes first. */
async function cancelForeign(engine: Engine, symbol: string): Promise<void> {
  const inSymbol = (await engine.broker.openOrders("exit")).filter((report) => report.symbol === symbol);
  for (const report of await foreignAmong(engine, inSymbol)) {
    await engine.broker.cancel(report.brokerOrderId, "exit");
    await engine.ledger.insertAlert(
      plainAlert(`foreign-cancelled:${report.brokerOrderId}`, "external", engine.clock.nowMs(), {
        text: `Cancelled an order placed outside AlphaFlow that stood against an exit: ${report.side} ${report.quantity.toString()} ${symbol} · ${modeLabel(engine.mode)}`,
        tone: "warn",
      }),
    );
    engine.wakeAlerts();
  }
}

/**
 * How much may be sold: the row's quantity, and at most what the broker holds and no other order of ours holds. Asked for
 * before every exit, because a person may have sold by hand a second ago and a sale of nothing is a short sale. A failed
 * read throws: unknown is not flat.
 */
export async function sellable(engine: Engine, position: Position): Promise<Money> {
  const held = (await engine.broker.positions("exit")).find((each) => each.symbol === position.symbol);
  const live = await engine.ledger.liveOrders(engine.accountId);
  const reserved = sharesReserved(live.filter((order) => order.symbol === position.symbol));
  const free = (held?.quantity ?? money(0)).minus(reserved);
  if (free.lt(position.quantity)) engine.reconcileSoon();
  return free.lt(position.quantity) ? free : position.quantity;
}
