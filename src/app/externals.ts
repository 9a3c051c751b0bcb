import { ORDER_PREFIX, orderId } from "../core/client-order-id.ts";
import { Money, money, roundUpToTick } from "../core/money.ts";
import { isLive, type Order } from "../core/order.ts";
import { NO_PART, type Position } from "../core/position.ts";
import type { By, ExternalView, LedgerOps, Outcome } from "../ports.ts";
import { answered } from "./alerts/revise.ts";
import type { Engine } from "./context.ts";
import { intend, send } from "./execute.ts";
import { dropExternal, externalOf } from "./external-holdings.ts";
import { marketHours } from "./market-hours.ts";
import { newOrder } from "./rows.ts";
import { refused } from "./runs.ts";
import { askedBy, externalKey, modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** An adopted position whose stop nobody named: 5 % under the latest price. */
const DEFAULT_STOP_FACTOR = 0.95;
/** A refused close is tried again after this. */
const RETRY_MS = 10_000;

export type ExternalAction = "adopt" | "close" | "ignore";

/** What the desk decides about a holding that no run opened. */
export async function decideExternal(
  engine: Engine,
  action: ExternalAction,
  symbol: string,
  stop: number | null,
  by: By,
): Promise<Outcome> {
  const external = externalOf(engine, symbol);
  if (external === undefined)
    return refused(`${symbol} is not held outside AlphaFlow${listed(engine.state.externals)}`);
  switch (action) {
    case "adopt":
      return engine.serial.run(symbol, () => adopt(engine, symbol, stop, by));
    case "close":
      return closeByHand(engine, external, by);
    case "ignore":
      return ignore(engine, external, by);
  }
}

function listed(externals: readonly ExternalView[]): string {
  return externals.length === 0
    ? "; nothing is"
    : `; these are: ${externals.map((each) => each.symbol).join(", ")}`;
}

/** From now on a position of ours, under `manual`, with a stop like every other. */
async function adopt(engine: Engine, symbol: string, stop: number | null, by: By): Promise<Outcome> {
  // Looked up again inside the serial: somebody else may have pressed first.
  const external = externalOf(engine, symbol);
  const held = (await engine.broker.positions("reconcile")).find((each) => each.symbol === symbol);
  const price = held?.currentPrice ?? held?.avgEntryPrice;
  if (external === undefined || held === undefined || price === undefined)
    return refused(`${symbol} is not (or no longer) held outside AlphaFlow`);
  const { quantity } = external;
  if (quantity.isNegative())
    return refused(`${symbol} is held short; AlphaFlow holds long positions only: close it`);
  const stopPrice = roundUpToTick(stop === null ? price.times(DEFAULT_STOP_FACTOR) : money(stop));
  if (stopPrice.gte(price))
    return refused(`stop=${stopPrice.toString()} is not below the price ${price.toString()}`);
  const nowMs = engine.clock.nowMs();
  const id = engine.ids.uuid();
  const position: Position = {
    id,
    number: 0,
    accountId: engine.accountId,
    runId: null,
    strategyId: "manual",
    symbol,
    quantity,
    entryPrice: held.avgEntryPrice,
    entryTime: nowMs,
    heldSince: null,
    entryOrderId: `external-${id}`,
    stop: stopPrice,
    initialStop: stopPrice,
    target: null,
    exits: null,
    protection: quantity.isInteger() ? "broker" : "engine",
    // Bought before anybody watched: what the price did since is what is known.
    highWater: Money.max(price, held.avgEntryPrice),
    lowWater: Money.min(price, held.avgEntryPrice),
    boughtQuantity: quantity,
    soldQuantity: money(0),
    soldNotional: money(0),
    entryDecided: null,
    exitDecided: money(0),
    entryText: null,
    extendedHours: false,
    exitReason: null,
    exitRequestedAt: null,
    exitRequestedBy: null,
    ...NO_PART,
    exitPriceAsked: null,
    crossedSince: null,
    stopRefusals: 0,
    status: "open",
    closedAt: null,
  };
  const { lease } = engine.state;
  const adopted = await engine.ledger.transaction(async (tx) => {
    if (lease === null || !(await tx.holdLease(lease))) return false;
    await tx.insertPosition(position);
    await tell(engine, tx, symbol, `${positionPhrase(position)} adopted by ${by.name} as manual`);
    await answered(tx, externalKey(engine, symbol, quantity), `adopted by ${askedBy(by)}`, "good");
    return true;
  });
  if (!adopted) return refused("another instance trades this account; ask it in a moment");
  await dropExternal(engine, symbol);
  engine.wakeAlerts();
  engine.tendSoon(id);
  return {
    kind: "done",
    value: undefined,
    text: `${positionPhrase(position)} is a manual position now, watched by its stop`,
  };
}

async function closeByHand(engine: Engine, { symbol, quantity }: ExternalView, by: By): Promise<Outcome> {
  if (!(await marketHours(engine)).open)
    return refused("the market is closed: nothing is sold before it opens");
  await engine.serial.run(symbol, () => closeExternal(engine, symbol, quantity, "manual"));
  engine.reconcileSoon();
  await engine.ledger.transaction((tx) =>
    answered(tx, externalKey(engine, symbol, quantity), `close asked by ${askedBy(by)}`, "neutral"),
  );
  engine.wakeAlerts();
  return {
    kind: "done",
    value: undefined,
    text: `closing ${quantity.toString()} ${symbol} at market; the fill is told here`,
  };
}

/** Left as it is: entries in the symbol are allowed again, its value still counts in the risk figures. */
async function ignore(engine: Engine, { symbol, quantity }: ExternalView, by: By): Promise<Outcome> {
  await engine.ledger.transaction(async (tx) => {
    // Locked: two who ignore two symbols at once must not undo each other.
    const ignored = symbolsIn(await tx.lockSetting(settingName(engine)));
    if (!ignored.includes(symbol)) await tx.setSetting(settingName(engine), [...ignored, symbol]);
    await tell(
      engine,
      tx,
      symbol,
      `EXTERNAL ${quantity.toString()} ${symbol} is left alone, as ${by.name} wished`,
    );
    await answered(tx, externalKey(engine, symbol, quantity), `left alone by ${askedBy(by)}`, "neutral");
  });
  engine.wakeAlerts();
  return {
    kind: "done",
    value: undefined,
    text: `${symbol} is left alone; entries in it are allowed again, and it still counts in the risk figures`,
  };
}

async function tell(engine: Engine, tx: LedgerOps, symbol: string, text: string): Promise<void> {
  const nowMs = engine.clock.nowMs();
  await tx.insertAlert(
    plainAlert(`external:${symbol}:${nowMs}`, "external", nowMs, {
      text: `${text} · ${modeLabel(engine.mode)}`,
      tone: "neutral",
    }),
  );
}

function settingName(engine: Engine): string {
  return `ignored_externals:${engine.accountId}`;
}

/** Symbols whose external holding no longer freezes entries. */
export async function ignoredSymbols(
  engine: Engine,
  ledger: Pick<LedgerOps, "setting">,
): Promise<readonly string[]> {
  return symbolsIn(await ledger.setting(settingName(engine)));
}

function symbolsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/**
 * Sells (or buys back, when short) what no run opened, by an order of its own: row before POST like every other. Call
 * inside the symbol's serial.
 */
export async function closeExternal(
  engine: Engine,
  symbol: string,
  quantity: Money,
  reason: "kill" | "manual",
): Promise<void> {
  const held = (await engine.broker.positions("exit")).find((each) => each.symbol === symbol);
  const own = (await engine.ledger.openPositions(engine.accountId))
    .filter((each) => each.symbol === symbol)
    .reduce((sum, each) => sum.plus(each.quantity), money(0));
  // What was read a minute ago may be gone: a sale of nothing is a short sale.
  if (!(held?.quantity ?? money(0)).minus(own).eq(quantity)) {
    engine.reconcileSoon();
    return;
  }
  const earlier = await engine.ledger.recentOrders({ accountId: engine.accountId, symbol, limit: 50 });
  const mine = earlier.filter((order) => order.positionId === null && order.purpose === "exit");
  if (mine.some((order) => isLive(order) || failedLately(engine, order))) return;
  // A fill of the order before changes what is there: reconciliation must have seen it first.
  if (mine.some((order) => order.filledQuantity.gt(0) && order.updatedAt > engine.state.externalsAt)) {
    engine.reconcileSoon();
    return;
  }
  const attempt = mine.length + 1;
  const order = newOrder(engine, {
    clientOrderId: orderId(
      `${ORDER_PREFIX}ext-${Math.floor(engine.state.externalsAt / 1000).toString(36)}-${symbol}`,
      "exit",
      attempt,
    ),
    runId: null,
    strategyId: "external",
    symbol,
    side: quantity.isNegative() ? "buy" : "sell",
    purpose: "exit",
    attempt,
    type: "market",
    quantity: quantity.abs(),
    timeInForce: "day",
    exitReason: reason,
  });
  if (await intend(engine, order)) await send(engine, order);
}

function failedLately(engine: Engine, order: Order): boolean {
  return order.state === "REJECTED" && engine.clock.nowMs() - order.updatedAt < RETRY_MS;
}
