import { dollars, sharesText } from "../core/figures.ts";
import { Money, money, roundUpToTick, sum } from "../core/money.ts";
import { isLive, rests, type BrokerOrder, type Order } from "../core/order.ts";
import { UNTOUCHED, type Position } from "../core/position.ts";
import type { BrokerPosition, By, ExternalView, LedgerOps, Outcome } from "../ports.ts";
import { answered } from "./alerts/revise.ts";
import type { Engine } from "./context.ts";
import { changeExternals, externalOf, NOT_LEADING } from "./external-holdings.ts";
import { marketNowMs } from "./market-hours.ts";
import { sharesReserved } from "./position-orders.ts";
import { requestCancel } from "./request-cancel.ts";
import { refused } from "./runs.ts";
import { askedBy, externalKey, externalNote, positionPhrase } from "./wording.ts";

/** An adopted position whose stop nobody named: 5 % under the latest price. */
const DEFAULT_STOP_FACTOR = 0.95;
/** What stands for the entry order of a position that no order of ours opened begins so. */
export const ADOPTED = "external-";

/** Our rows in the symbol, read where the new position is written. */
interface Rows {
  readonly ours: readonly Position[];
  readonly live: readonly Order[];
}

/**
 * From now on a position of ours, under `manual`, with a stop like every other. Refused where the shares are not all there
 * or an order holds them: their stop would be refused, and a position without a stop is sold. Call inside the symbol's
 * serial.
 */
export async function adoptExternal(
  engine: Engine,
  symbol: string,
  stop: number | null,
  by: By,
): Promise<Outcome> {
  // Looked up again inside the serial: somebody else may have pressed first.
  const external = externalOf(engine, symbol);
  if (external === undefined) return refused(`${symbol} is not (or no longer) held outside AlphaFlow`);
  const { quantity } = external;
  if (quantity.isNegative())
    return refused(`${symbol} is held short; AlphaFlow holds long positions only: close it`);
  if ((await engine.broker.asset(symbol))?.tradable !== true)
    return refused(
      `${symbol} is no share that the broker lists as tradable, so no stop could be placed for it: close it, or leave it alone`,
    );
  const foreign = await foreignOrders(engine, symbol);
  if (foreign.length > 0)
    return refused(
      `orders from outside AlphaFlow stand in ${symbol}, and its stop could not be placed beside them: ${foreign.map(orderPhrase).join(", ")}; cancel them first`,
    );
  const held = (await engine.broker.positions("reconcile")).find((each) => each.symbol === symbol);
  if (held === undefined) return changed(engine, `${symbol} is no longer held at the broker`);
  const result = await changeExternals<Plan>(engine, async (tx, known) => {
    const rows = await rowsOf(tx, engine, symbol);
    const fault = whyNot(external, held, rows);
    if (fault !== undefined) return { externals: known, result: { fault } };
    const loose = rows.live.filter((order) => order.positionId === null && order.side === "sell");
    const plan = planOf(engine, external, held, rows.ours, loose, stop);
    if ("fault" in plan) return { externals: known, result: plan };
    const { position } = plan;
    await tx.insertPosition(position);
    for (const order of loose) await tie(tx, order, position.id);
    await tx.insertAlert(
      externalNote(
        engine,
        symbol,
        `${positionPhrase(position)} adopted by ${by.name} as manual`,
        engine.clock.nowMs(),
      ),
    );
    await answered(tx, externalKey(engine, external), `adopted by ${askedBy(by)}`, "good");
    return { externals: known.filter((each) => each.symbol !== symbol), result: plan };
  });
  if (result === undefined) return refused(NOT_LEADING);
  if ("fault" in result) return changed(engine, result.fault);
  const { position, estimated, extra } = result;
  engine.wakeAlerts();
  engine.tendSoon(position.id);
  // One order can be made to hold all the shares; the others make way.
  for (const order of extra) await requestCancel(engine, order, "stop");
  const cost = estimated
    ? "; what it cost cannot be told apart from our other shares, so the broker's average is booked"
    : "";
  return {
    kind: "done",
    value: undefined,
    text: `${positionPhrase(position)} is a manual position now, watched by its stop${cost}`,
  };
}

/** What was read before does not hold any more, so it is read again. */
function changed(engine: Engine, text: string): Outcome {
  engine.reconcileSoon();
  return refused(text);
}

async function foreignOrders(engine: Engine, symbol: string): Promise<readonly BrokerOrder[]> {
  const open = (await engine.broker.openOrders("exit")).filter((report) => report.symbol === symbol);
  const rows = await engine.ledger.ordersById(open.map((report) => report.clientOrderId));
  const known = new Set<string>(rows.map((row) => row.clientOrderId));
  return open.filter((report) => !known.has(report.clientOrderId));
}

function orderPhrase({ side, quantity, type, stopPrice, limitPrice }: BrokerOrder): string {
  const price = stopPrice ?? limitPrice;
  return `${side} ${sharesText(quantity)} ${type}${price === null ? "" : ` at ${dollars(price)}`}`;
}

async function rowsOf(tx: LedgerOps, engine: Engine, symbol: string): Promise<Rows> {
  const positions = await tx.openPositions(engine.accountId);
  const orders = await tx.liveOrders(engine.accountId);
  return {
    ours: positions.filter((each) => each.symbol === symbol),
    live: orders.filter((each) => each.symbol === symbol),
  };
}

/** Why the shares that were read as EXTERNAL cannot be adopted now, or undefined. */
function whyNot(
  { symbol, quantity }: ExternalView,
  held: BrokerPosition,
  { ours, live }: Rows,
): string | undefined {
  const moving = live.find((order) => !rests(order));
  if (moving !== undefined)
    return `an order in ${symbol} is on its way (${moving.side} ${sharesText(moving.quantity)}, ${moving.purpose}); press again when it is over`;
  const own = sum(ours.map((each) => each.quantity));
  if (!held.quantity.minus(own).eq(quantity))
    return `${symbol} has changed: the broker holds ${sharesText(held.quantity)} now, ${sharesText(own)} of them positions of ours, and not ${sharesText(quantity)} more; it is being read again, look at /external`;
  const reserved = sharesReserved(live);
  return held.available.lt(held.quantity.minus(reserved))
    ? `only ${sharesText(held.available)} of the ${sharesText(held.quantity)} ${symbol} at the broker are free: orders from outside AlphaFlow hold the others; cancel them first`
    : undefined;
}

type Plan =
  | { readonly fault: string }
  | {
      readonly position: Position;
      /** The entry price is the broker's average over our shares and these. */
      readonly estimated: boolean;
      /** Orders that rest for these shares beside the one stop that stays. */
      readonly extra: readonly Order[];
    };

function planOf(
  engine: Engine,
  { symbol, quantity }: ExternalView,
  held: BrokerPosition,
  ours: readonly Position[],
  loose: readonly Order[],
  stop: number | null,
): Plan {
  const stops = loose.filter((order) => order.purpose === "stop" && order.stopPrice !== null);
  const kept = stops.toSorted((a, b) => Number(b.stopPrice?.comparedTo(a.stopPrice ?? 0)))[0];
  const price = held.currentPrice ?? held.avgEntryPrice;
  const stopPrice = roundUpToTick(
    stop === null ? (kept?.stopPrice ?? price.times(DEFAULT_STOP_FACTOR)) : money(stop),
  );
  if (stopPrice.gte(price))
    return { fault: `stop=${stopPrice.toString()} is not below the price ${price.toString()}` };
  const rest = costOf(held, ours, quantity);
  const entryPrice = rest.gt(0) ? rest : held.avgEntryPrice;
  const id = engine.ids.uuid();
  const position: Position = {
    id,
    number: 0,
    accountId: engine.accountId,
    runId: null,
    strategyId: "manual",
    symbol,
    quantity,
    entryPrice,
    entryTime: engine.clock.nowMs(),
    heldSince: marketNowMs(engine),
    entryOrderId: `${ADOPTED}${id}`,
    stop: stopPrice,
    initialStop: stopPrice,
    target: loose.find((order) => order.purpose === "target")?.limitPrice ?? null,
    exits: null,
    protection: quantity.isInteger() ? "broker" : "engine",
    // Bought before anybody watched: what the price did since is what is known.
    highWater: Money.max(price, entryPrice),
    lowWater: Money.min(price, entryPrice),
    boughtQuantity: quantity,
    entryDecided: null,
    entryText: null,
    extendedHours: false,
    ...UNTOUCHED,
  };
  return { position, estimated: !rest.gt(0), extra: loose.filter((order) => order !== kept) };
}

/** What these shares cost each: the broker's average is over ours too. */
function costOf(held: BrokerPosition, ours: readonly Position[], quantity: Money): Money {
  if (ours.length === 0) return held.avgEntryPrice;
  const own = sum(ours.map((each) => each.quantity.times(each.entryPrice)));
  return held.quantity.times(held.avgEntryPrice).minus(own).div(quantity);
}

/** A stop or target whose position was lost with its row is the new position's: beside it no other could hold the shares. */
async function tie(tx: LedgerOps, { clientOrderId }: Order, positionId: string): Promise<void> {
  const order = await tx.lockOrder(clientOrderId);
  if (order !== undefined && isLive(order)) await tx.updateOrder({ ...order, positionId });
}
