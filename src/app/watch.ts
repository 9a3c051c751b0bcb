import { money } from "../core/money.ts";
import { rests } from "../core/order.ts";
import { isExtreme, type Position } from "../core/position.ts";
import type { LatestPrice } from "../ports.ts";
import { checkPriceAlerts } from "./alerts/price.ts";
import { mayTrade, type Engine } from "./context.ts";
import { marketHours } from "./market-hours.ts";
import { tendPosition, tradedSince } from "./protect.ts";
import { recallSplits, sinceSplit } from "./split-times.ts";
import { tellUnwatched, type PriceLook } from "./unwatched.ts";

/**
 * Latest trades of these symbols, remembered for screens; one request. Those from before a split are left out. Throws when
 * the data source fails.
 */
export async function readPrices(
  engine: Engine,
  symbols: readonly string[],
): Promise<ReadonlyMap<string, LatestPrice>> {
  const unique = [...new Set(symbols)];
  if (unique.length === 0) return new Map();
  if (engine.state.splits === null) await recallSplits(engine);
  const read = await engine.market.latestPrices(unique);
  const prices = new Map([...read].filter(([symbol, price]) => sinceSplit(engine, symbol, price)));
  const readAtMs = engine.clock.nowMs();
  for (const [symbol, price] of prices) engine.state.prices.set(symbol, { ...price, readAtMs });
  return prices;
}

/** How long one round of looks is waited for. */
const LOOK_PATIENCE_MS = 4_000;

/**
 * Compares every open position with the latest trade and takes the next step of its exit or protection. Without a price
 * (the data source is away) positions are tended all the same: stops are placed, exits go on, and what nobody watches
 * meanwhile is told. The prices that people asked to be told of, and those of waiting entries, are in the same request.
 */
export async function watchPositions(engine: Engine): Promise<void> {
  if (!mayTrade(engine)) return;
  const positions = await engine.ledger.openPositions(engine.accountId);
  const waiting = (await beside(engine, "price alerts", () => engine.ledger.priceAlerts())) ?? [];
  const live =
    (await beside(engine, "waiting entries", () => engine.ledger.liveOrders(engine.accountId))) ?? [];
  const entries = live.filter((order) => order.purpose === "entry");
  const askedAtMs = performance.now();
  const read = await pricesOf(
    engine,
    positions.map((position) => position.symbol),
    // Those of entries that wait, too: what is decided at their first fill must know the market of now.
    [...entries, ...waiting].map(({ symbol }) => symbol),
  );
  const looks = positions
    .filter((position) => !engine.state.beingTended.has(position.id))
    .map((position) => look(engine, position, read.prices.get(position.symbol)));
  // One symbol that waits for the broker must not keep the stops of the others unwatched: it goes on by itself.
  if (looks.length > 0) await Promise.race([Promise.allSettled(looks), engine.clock.sleep(LOOK_PATIENCE_MS)]);
  await beside(engine, "price alerts", () => checkPriceAlerts(engine, waiting, read.prices));
  await beside(engine, "positions without a stop", () => rememberUnguarded(engine));
  await beside(engine, "positions without a price", () =>
    tellUnwatched(engine, { positions, orders: live, askedAtMs, ...read }),
  );
}

/** Whether a look may lead to a sale: overnight nothing crosses a stop, and the tick still looks once a minute. */
export async function worthWatching(engine: Engine): Promise<boolean> {
  if (engine.state.marketClock?.isOpen !== false) return true;
  const positions = await engine.ledger.openPositions(engine.accountId);
  return positions.some((each) => each.extendedHours) && (await marketHours(engine)).canTrade(true);
}

/** What is looked at on the way must not keep exits and entries from being decided. */
async function beside<T>(engine: Engine, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    engine.log.warn({ error }, `${what} could not be looked at; the next look tries again`);
    return undefined;
  }
}

/** Which positions nobody watches should the database go away. */
async function rememberUnguarded(engine: Engine): Promise<void> {
  const positions = await engine.ledger.openPositions(engine.accountId);
  const stops = positions.length === 0 ? [] : await engine.ledger.liveOrders(engine.accountId);
  const unguarded = positions.filter(
    ({ id }) => !stops.some((order) => order.positionId === id && order.purpose === "stop" && rests(order)),
  );
  engine.state.unguarded = unguarded;
  engine.state.guarded = positions.length - unguarded.length;
}

/** None, and why, when they cannot be had. A symbol in which nothing is held must not cost the stops their prices. */
async function pricesOf(
  engine: Engine,
  held: readonly string[],
  asked: readonly string[],
): Promise<Pick<PriceLook, "prices" | "failure">> {
  try {
    return { prices: await readPrices(engine, [...held, ...asked]), failure: null };
  } catch (error) {
    if (held.length > 0 && asked.some((symbol) => !held.includes(symbol))) return pricesOf(engine, held, []);
    engine.log.warn({ error }, "no prices: stops that the engine watches wait for the next look");
    return { prices: new Map(), failure: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * High and low water as they are seen, while the position can be traded: MAE and MFE must survive a restart, and a stop trails
 * no price at which nothing could be sold. A stop is never kept waiting by a failure here.
 */
async function keepExtreme(engine: Engine, position: Position, latest: LatestPrice): Promise<void> {
  const seen = money(latest.price);
  if (!isExtreme(position, seen) || !tradedSince(engine, position, latest)) return;
  try {
    // Until the holdings have been compared, a price that jumped may be that of a split.
    if (!engine.state.reconciled || !(await marketHours(engine)).canTrade(position.extendedHours)) return;
    await engine.ledger.seePrice(position.id, seen);
  } catch (error) {
    engine.log.warn({ symbol: position.symbol, error }, "a new high or low could not be kept");
  }
}

async function look(engine: Engine, position: Position, latest: LatestPrice | undefined): Promise<void> {
  const { beingTended } = engine.state;
  beingTended.add(position.id);
  try {
    await engine.serial.run(position.symbol, async () => {
      if (latest !== undefined) await keepExtreme(engine, position, latest);
      await tendPosition(engine, position.id, latest);
    });
  } catch (error) {
    engine.log.error(
      { symbol: position.symbol, error },
      "a position could not be tended; the next look tries again",
    );
  } finally {
    beingTended.delete(position.id);
  }
}
