import { money, sum, type Money } from "../core/money.ts";
import { rests, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { BrokerPosition } from "../ports.ts";
import { bookGone } from "./book-gone.ts";
import type { Engine } from "./context.ts";
import { externalOf, setExternals } from "./external-holdings.ts";
import { keepHoldings } from "./former-holdings.ts";
import { findMissing, takeOrders } from "./take-orders.ts";
import { takeSplit } from "./take-split.ts";

/** A quantity mismatch acts only when a second read, this much later, agrees. */
const SECOND_READ_MS = 2_000;

interface Holdings {
  readonly positions: readonly Position[];
  readonly held: ReadonlyMap<string, BrokerPosition>;
  readonly orders: readonly Order[];
  /** Symbols in which an order may fill just now: their quantities may be in motion. */
  readonly moving: ReadonlySet<string>;
}

async function readHoldings(engine: Engine, earlier: readonly Order[] = []): Promise<Holdings> {
  const held = await engine.broker.positions("reconcile");
  const positions = await engine.ledger.openPositions(engine.accountId);
  const orders = await engine.ledger.liveOrders(engine.accountId);
  const filled = orders.filter((order) =>
    earlier.some(
      (each) => each.clientOrderId === order.clientOrderId && !each.filledQuantity.eq(order.filledQuantity),
    ),
  );
  return {
    positions,
    held: new Map(held.map((each) => [each.symbol, each])),
    orders,
    moving: new Set([...orders.filter(inMotion), ...filled].map((order) => order.symbol)),
  };
}

/**
 * Whether an order may fill at this very moment, or nobody knows what became of it. One that waits for its price moves
 * nothing until that comes; then its symbol differs and the second read decides.
 */
function inMotion(order: Order): boolean {
  if (rests(order)) return false;
  return order.brokerOrderId === null || order.type === "market" || order.cancelRequestedAt !== null;
}

/** Broker quantity less ours, by symbol, where it is not zero and nothing is in motion. */
function differences(holdings: Holdings): ReadonlyMap<string, Money> {
  const symbols = new Set([
    ...holdings.positions.map((position) => position.symbol),
    ...holdings.held.keys(),
  ]);
  const result = new Map<string, Money>();
  for (const symbol of symbols) {
    const ours = sum(oursIn(holdings, symbol).map((position) => position.quantity));
    const difference = (holdings.held.get(symbol)?.quantity ?? money(0)).minus(ours);
    if (!difference.isZero() && !holdings.moving.has(symbol)) result.set(symbol, difference);
  }
  return result;
}

function oursIn(holdings: Holdings, symbol: string): readonly Position[] {
  return holdings.positions.filter((position) => position.symbol === symbol);
}

/** Symbols at rest whose difference is not what is known as EXTERNAL of them; what is known and gone is news too. */
function newsIn(engine: Engine, holdings: Holdings, found: ReadonlyMap<string, Money>): readonly string[] {
  const known = engine.state.externals.map((each) => each.symbol);
  return [...new Set([...found.keys(), ...known])].filter(
    (symbol) => !holdings.moving.has(symbol) && !knownOf(engine, symbol).eq(found.get(symbol) ?? money(0)),
  );
}

function knownOf(engine: Engine, symbol: string): Money {
  return externalOf(engine, symbol)?.quantity ?? money(0);
}

/**
 * Broker quantities against our rows: splits and sales elsewhere are booked, what nobody here bought is EXTERNAL. Where two
 * reads disagree, what was known stays until the next comparison, which follows soon.
 */
export async function compareHoldings(engine: Engine, fromMs: number): Promise<void> {
  const first = await readHoldings(engine);
  const suspected = differences(first);
  // What was EXTERNAL before and still is the same needs no second read.
  if (newsIn(engine, first, suspected).length === 0) {
    await conclude(engine, first, { externals: suspected, undecided: first.moving, split: new Set() });
    return;
  }
  await engine.clock.sleep(SECOND_READ_MS);
  // A stop may have filled between the reads above: its order explains the difference, so orders are read again first.
  const reported = await takeOrders(engine, fromMs);
  for (const order of await engine.ledger.liveOrders(engine.accountId))
    if (suspected.has(order.symbol) && !reported.has(order.clientOrderId)) await findMissing(engine, order);
  const second = await readHoldings(engine, first.orders);
  const found = differences(second);
  const news = newsIn(engine, second, found);
  const agreed = news.filter((symbol) =>
    (suspected.get(symbol) ?? money(0)).eq(found.get(symbol) ?? money(0)),
  );
  const disputed = news.filter((symbol) => !agreed.includes(symbol));
  if (disputed.length > 0) engine.reconcileSoon();
  const externals = new Map(found);
  const split = new Set<string>();
  const booked = new Set<string>();
  for (const symbol of agreed) {
    const taken = await settle(engine, second, symbol, found.get(symbol) ?? money(0));
    externals.set(symbol, taken.external);
    if (taken.kind !== "external") booked.add(symbol);
    if (taken.kind === "split") split.add(symbol);
  }
  const undecided = new Set([...second.moving, ...disputed]);
  await conclude(engine, await asBooked(engine, second, booked), { externals, undecided, split });
}

/** The holdings with our rows as they stand where the comparison itself has just changed them. */
async function asBooked(engine: Engine, holdings: Holdings, booked: ReadonlySet<string>): Promise<Holdings> {
  if (booked.size === 0) return holdings;
  const now = await engine.ledger.openPositions(engine.accountId);
  return {
    ...holdings,
    positions: [
      ...holdings.positions.filter(({ symbol }) => !booked.has(symbol)),
      ...now.filter(({ symbol }) => booked.has(symbol)),
    ],
  };
}

/** Books what two reads agree on; what of it is EXTERNAL from now on. */
async function settle(
  engine: Engine,
  holdings: Holdings,
  symbol: string,
  by: Money,
): Promise<{ readonly external: Money; readonly kind: "split" | "gone" | "external" }> {
  const ours = oursIn(holdings, symbol);
  const held = holdings.held.get(symbol);
  const external =
    held === undefined ? undefined : await takeSplit(engine, ours, held, knownOf(engine, symbol));
  if (external !== undefined) return { external, kind: "split" };
  if (by.lt(0) && ours.length > 0) {
    const price = engine.state.prices.get(symbol)?.price ?? held?.currentPrice ?? null;
    await gone(engine, symbol, by.neg(), price);
    return { external: money(0), kind: "gone" };
  }
  return { external: by, kind: "external" };
}

/** Keeps the outcome of a comparison; of symbols without one what was known of them stays. */
async function conclude(
  engine: Engine,
  { held, positions }: Holdings,
  outcome: {
    readonly externals: ReadonlyMap<string, Money>;
    readonly undecided: ReadonlySet<string>;
    readonly split: ReadonlySet<string>;
  },
): Promise<void> {
  const { externals, undecided, split } = outcome;
  const found = [...externals]
    .filter(([, quantity]) => !quantity.isZero())
    .map(([symbol, quantity]) => ({
      symbol,
      quantity,
      currentPrice: held.get(symbol)?.currentPrice ?? null,
      value: held.get(symbol)?.value ?? null,
    }));
  await setExternals(engine, { found, unsure: undecided, split, positions });
  await keepHoldings(engine, held, undecided);
}

/** The broker holds less than our rows. Our positions shrink, newest first, and the channel hears of it. */
async function gone(
  engine: Engine,
  symbol: string,
  missing: Money,
  price: Money | number | null,
): Promise<void> {
  const ours = (await engine.ledger.openPositions(engine.accountId))
    .filter((each) => each.symbol === symbol)
    .toSorted((a, b) => b.entryTime - a.entryTime);
  let left = missing;
  for (const position of ours) {
    if (left.lte(0)) break;
    const taken = left.lt(position.quantity) ? left : position.quantity;
    left = left.minus(taken);
    await engine.serial.run(symbol, () =>
      shrink(engine, position.id, taken, price === null ? position.entryPrice : money(price)),
    );
  }
}

async function shrink(engine: Engine, positionId: string, quantity: Money, price: Money): Promise<void> {
  await engine.ledger.transaction((tx) =>
    bookGone(engine, tx, positionId, {
      quantity,
      price,
      what: "are gone at the broker, sold outside AlphaFlow",
      pricedAt: "the last known price",
    }),
  );
  engine.wakeAlerts();
  engine.tendSoon(positionId);
}
