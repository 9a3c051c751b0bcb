import { money, type Money } from "../core/money.ts";
import { rests } from "../core/order.ts";
import { reducePosition, tradeOf, type Position } from "../core/position.ts";
import { splitPosition, splitRatio } from "../core/split.ts";
import type { BrokerPosition, ExternalView } from "../ports.ts";
import type { Engine } from "./context.ts";
import { externalOf, setExternals } from "./external-holdings.ts";
import { audit } from "./rows.ts";
import { findMissing, takeOrders } from "./take-orders.ts";
import { externalKey, modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** A quantity mismatch acts only when a second read, this much later, agrees. */
const SECOND_READ_MS = 2_000;

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

/** Broker quantities against our rows: splits and sales elsewhere are booked, what nobody here bought is EXTERNAL. */
export async function compareHoldings(engine: Engine, fromMs: number): Promise<void> {
  const first = await readHoldings(engine);
  const suspected = differences(first);
  // What was EXTERNAL before and still is the same needs no second read.
  const news = [...suspected].filter(([symbol, by]) => externalOf(engine, symbol)?.quantity.eq(by) !== true);
  if (news.length === 0) {
    await setExternals(engine, viewsOf(first, suspected), first.moving);
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
  await setExternals(engine, viewsOf(second, more), second.moving);
  for (const [symbol, by] of more) await tellExternal(engine, symbol, by);
}

function viewsOf(holdings: Holdings, quantities: ReadonlyMap<string, Money>): readonly ExternalView[] {
  return [...quantities].map(([symbol, quantity]) => ({
    symbol,
    quantity,
    currentPrice: holdings.held.get(symbol)?.currentPrice ?? null,
  }));
}

async function tellExternal(engine: Engine, symbol: string, quantity: Money): Promise<void> {
  await engine.ledger.insertAlert(
    plainAlert(externalKey(engine, symbol, quantity), "external", engine.clock.nowMs(), {
      title: "Position not opened here",
      text: `EXTERNAL ${quantity.toString()} ${symbol}: at the broker, but no run of ours bought it. It counts in the risk figures, and ${symbol} takes no new entries · ${modeLabel(engine.mode)}`,
      tone: "warn",
      buttons: [
        { label: "Adopt", command: `/external adopt ${symbol}`, style: "primary" },
        { label: "Close", command: `/external close ${symbol}`, style: "danger" },
        { label: "Ignore", command: `/external ignore ${symbol}` },
      ],
    }),
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
    const after = reducePosition(position, {
      quantity,
      price,
      executionId: null,
      atMs,
      decisionPrice: null,
    });
    await tx.updatePosition(after);
    if (after.status === "closed") await tx.saveTrade(tradeOf(after, "external", atMs, null));
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
