import { manualOrderId } from "../core/client-order-id.ts";
import { entryTicket, type EntryTicket } from "../core/entry-order.ts";
import { planExits } from "../core/exits/plan.ts";
import { dollars, priceText } from "../core/figures.ts";
import { money, roundDownToTick, roundUpToTick } from "../core/money.ts";
import type { Order } from "../core/order.ts";
import type { By, LedgerOps, ManualPreview, ManualTicket, Outcome } from "../ports.ts";
import type { Engine } from "./context.ts";
import { send } from "./execute.ts";
import { entriesMustWait } from "./entries-must-wait.ts";
import { readFacts } from "./facts.ts";
import { withSymbolFree } from "./hand-over.ts";
import { previewSale, sellByHand } from "./manual-sale.ts";
import { defaultStopAtr } from "./manual-stop.ts";
import { marketHours } from "./market-hours.ts";
import {
  checkEntry,
  insertEntry,
  previewEntry,
  type Assessment,
  type EntryAsk,
  type PassedEntry,
} from "./pre-trade.ts";
import { audit, newOrder } from "./rows.ts";
import { haltIfRunaway } from "./runaway.ts";
import { refused } from "./runs.ts";
import { readPrices } from "./watch.ts";

/** Whose positions and orders by hand are. */
const MANUAL = "manual";
/** The market may leave the price that was shown by this much before a press is refused. */
const SEEN_TOLERANCE = 0.01;
/** A stop that nobody named: this many ATR(14)s under the price. */
const STOP_ATRS = 2;

/** What an order by hand would do, with every gate's figures; nothing is written. */
export async function previewOrder(engine: Engine, ticket: ManualTicket): Promise<Outcome<ManualPreview>> {
  if (ticket.side === "sell") return previewSale(engine, ticket);
  const ask = await askOf(engine, ticket);
  if (ask.kind === "refused") return ask;
  const assessment = await previewEntry(engine, ask.value);
  if (assessment.kind !== "passed") return refused(reasonOf(assessment));
  return { kind: "done", value: previewOf(ticket, assessment.entry), text: "" };
}

/**
 * Places an order by hand: price and gates are looked at again, inside the transaction that writes its row, exactly as for
 * a strategy's entry. The id comes from the delivery, so a delivery that comes again places nothing more.
 */
export async function placeOrder(engine: Engine, ticket: ManualTicket, by: By): Promise<Outcome> {
  if (ticket.side === "sell") return sellByHand(engine, ticket, by);
  const busy = entriesMustWait(engine);
  if (busy !== undefined) return refused(busy);
  const ask = await askOf(engine, ticket);
  if (ask.kind === "refused") return ask;
  let outcome: Outcome = refused(`the stops in ${ticket.symbol} were not freed in time; nothing was bought`);
  const go = (free: boolean): Promise<void> =>
    engine.serial.run(ticket.symbol, async () => {
      outcome = await buy(engine, ticket, ask.value, by, free);
    });
  // Stops of other positions make way only for an order that would really be made; a refusal is written down all the same.
  const preview = await previewEntry(engine, ask.value);
  if (preview.kind === "passed") await withSymbolFree(engine, ticket.symbol, () => go(true));
  else if (preview.kind === "refused") await go(false);
  else return refused(reasonOf(preview));
  return outcome;
}

/** `free`: no stop of ours rests in the symbol, beside which the broker would refuse the order. */
async function buy(
  engine: Engine,
  ticket: ManualTicket,
  ask: EntryAsk,
  by: By,
  free: boolean,
): Promise<Outcome> {
  const facts = await readFacts(engine, ticket.symbol);
  const written = await engine.ledger.transaction(async (tx): Promise<Outcome<Order>> => {
    const assessment = await checkEntry(engine, tx, ask, facts);
    if (assessment.kind === "passed" && !free)
      return refused("what stood against it has just passed; give the order again");
    return write(engine, tx, ticket, assessment, by);
  });
  engine.wakeAlerts();
  if (written.kind === "refused") return written;
  return outcomeOf(await send(engine, written.value));
}

async function write(
  engine: Engine,
  tx: LedgerOps,
  ticket: ManualTicket,
  assessment: Assessment,
  by: By,
): Promise<Outcome<Order>> {
  const about = {
    accountId: engine.accountId,
    runId: null,
    strategyId: MANUAL,
    symbol: ticket.symbol,
    barTime: null,
    signal: "BUY" as const,
    figures: {},
    atMs: engine.clock.nowMs(),
  };
  if (assessment.kind === "refused") {
    const { code, text, checks } = assessment;
    await haltIfRunaway(engine, tx, checks);
    await tx.insertDecision({ ...about, outcome: "refused", code, text: `${text} (by ${by.name})`, checks });
    return refused(text);
  }
  if (assessment.kind !== "passed") return refused(reasonOf(assessment));
  const { entry } = assessment;
  const order = orderOf(engine, ticket, entry, by);
  if (!(await insertEntry(tx, entry, order)))
    return refused(`order ${order.clientOrderId} was placed already; /orders shows it`);
  const { shares, price, stop } = entry.intent;
  const text = `buy ${shares} ${ticket.symbol} ${entry.ticket.type} at ${price}, stop ${stop}, by ${by.name}`;
  await tx.insertDecision({ ...about, outcome: "entered", code: null, text, checks: entry.checks });
  await tx.insertAudit(audit(engine, order.clientOrderId, "done", text));
  return { kind: "done", value: order, text: "" };
}

function orderOf(engine: Engine, asked: ManualTicket, entry: PassedEntry, by: By): Order {
  const { intent, target, ticket } = entry;
  const trail = asked.trailPct === null ? {} : { trailPct: asked.trailPct };
  return newOrder(engine, {
    clientOrderId: manualOrderId(`${by.actor} ${by.deliveryId}`, asked.symbol),
    runId: null,
    strategyId: MANUAL,
    symbol: asked.symbol,
    side: "buy",
    purpose: "entry",
    attempt: 1,
    type: ticket.type,
    limitPrice: ticket.limitPrice,
    stopPrice: ticket.stopPrice,
    extendedHours: ticket.extendedHours,
    timeInForce: ticket.timeInForce,
    quantity: money(intent.shares),
    decisionPrice: ticket.price,
    plannedStop: money(intent.stop),
    plannedTarget: target === undefined ? null : roundUpToTick(money(target)),
    plannedExits: planExits(trail, null, undefined),
    context: `by ${by.name}`,
  });
}

function outcomeOf(order: Order): Outcome {
  const what = `buy ${order.quantity.toString()} ${order.symbol}${order.limitPrice === null ? " at market" : ` limit ${priceText(order.limitPrice)}`}`;
  const why = order.error ?? "no reason given";
  if (order.state === "REJECTED") return refused(`the broker refused to ${what}: ${why}`);
  if (order.state === "CANCELED" && order.brokerOrderId === null) return refused(`not sent: ${what}; ${why}`);
  const fate =
    order.state === "UNKNOWN"
      ? "its answer was lost; it is looked for, and the channel hears what became of it"
      : "the fill is told here";
  return {
    kind: "done",
    value: undefined,
    text: `sent: ${what}, stop ${priceText(order.plannedStop ?? 0)}; ${fate} (${order.clientOrderId})`,
  };
}

function reasonOf(assessment: Exclude<Assessment, { kind: "passed" }>): string {
  return assessment.kind === "held" ? "the position is there already" : assessment.text;
}

/** The order as the gates see it: price, stop and terms are of now. */
async function askOf(engine: Engine, asked: ManualTicket): Promise<Outcome<EntryAsk>> {
  const { symbol, stop, target, seen, timeInForce } = asked;
  const asset = await engine.broker.asset(symbol);
  if (asset === undefined) return refused(`unknown symbol ${symbol}: ${engine.broker.name} does not list it`);
  if (!asset.tradable) return refused(`${symbol} cannot be traded at ${engine.broker.name} now`);
  const hours = await marketHours(engine);
  const extended = !hours.open;
  if (extended && !hours.canTrade(true))
    return refused("the market is closed: orders by hand go in while it is open");
  if (extended && timeInForce !== "day")
    return refused(`tif=${timeInForce}: outside the regular session orders are for the day`);
  const last = (await readPrices(engine, [symbol])).get(symbol)?.price;
  if (last === undefined) return refused(`no latest trade of ${symbol} to reckon with; nothing was bought`);
  if (seen !== null && Math.abs(last / seen - 1) > SEEN_TOLERANCE)
    return refused(
      `${symbol} was ${dollars(seen)} when you were asked and is ${dollars(last)} now: give the order again`,
    );
  const ticket = ticketOf(asked, last, extended);
  const price = ticket.price.toNumber();
  if (stop !== null && stop >= price) return refused(`stop=${stop} is not below ${dollars(price)}`);
  if (target !== null && target <= price) return refused(`target=${target} is not above ${dollars(price)}`);
  const atr = stop === null ? await defaultStopAtr(engine, symbol) : undefined;
  const stopPrice = stop ?? (atr === undefined ? 0 : price - STOP_ATRS * atr);
  if (!(stopPrice > 0))
    return refused(`${symbol} has no ATR(14) to set a stop by; say stop=PRICE, below ${dollars(price)}`);
  return {
    kind: "done",
    text: "",
    value: {
      run: null,
      strategyId: MANUAL,
      symbol,
      price: last,
      plan: () => planOf(asked, ticket, roundUpToTick(money(stopPrice)).toNumber()),
    },
  };
}

function planOf(asked: ManualTicket, ticket: EntryTicket, stop: number): ReturnType<EntryAsk["plan"]> {
  const price = ticket.price.toNumber();
  const shares = asked.size.kind === "shares" ? asked.size.amount : Math.floor(asked.size.amount / price);
  if (shares < 1)
    return {
      kind: "refused",
      code: "NO_SIZE",
      text: `${dollars(asked.size.amount)} buys no whole share of ${asked.symbol} at ${dollars(price)}`,
    };
  return {
    kind: "plan",
    intent: { symbol: asked.symbol, shares, price, stop },
    target: asked.target ?? undefined,
    ticket,
  };
}

function ticketOf({ limit, timeInForce }: ManualTicket, last: number, extended: boolean): EntryTicket {
  const market = { ...entryTicket(undefined, money(last), extended), timeInForce, timeoutMs: null };
  if (limit === null) return market;
  const limitPrice = roundDownToTick(money(limit));
  return {
    ...market,
    type: "limit",
    limitPrice,
    price: limitPrice.lt(last) ? limitPrice : money(last),
  };
}

function previewOf({ symbol, target }: ManualTicket, { intent, ticket, checks }: PassedEntry): ManualPreview {
  const { shares, price, stop } = intent;
  return {
    side: "buy",
    symbol,
    shares: money(shares),
    price,
    limit: ticket.limitPrice?.toNumber() ?? null,
    stop,
    target,
    risk: (price - stop) * shares,
    checks,
  };
}
