import type { LatestPrice } from "../ports.ts";
import { leads, type Engine } from "./context.ts";
import { tendPosition } from "./protect.ts";

/** Latest trades of these symbols, remembered for screens; one request. Throws when the data source fails. */
export async function readPrices(
  engine: Engine,
  symbols: readonly string[],
): Promise<ReadonlyMap<string, LatestPrice>> {
  const unique = [...new Set(symbols)];
  if (unique.length === 0) return new Map();
  const prices = await engine.market.latestPrices(unique);
  for (const [symbol, price] of prices) engine.state.prices.set(symbol, price);
  return prices;
}

/**
 * Compares every open position with the latest trade and takes the next step of its exit or protection. Without a price
 * (the data source is away) positions are tended all the same: stops are placed and exits go on.
 */
export async function watchPositions(engine: Engine): Promise<void> {
  if (!leads(engine)) return;
  const positions = await engine.ledger.openPositions(engine.accountId);
  if (positions.length === 0) return;
  let prices: ReadonlyMap<string, LatestPrice> = new Map();
  try {
    prices = await readPrices(
      engine,
      positions.map((position) => position.symbol),
    );
  } catch (error) {
    engine.log.warn({ error }, "no prices: stops that the engine watches wait for the next look");
  }
  const looks = positions.map((position) =>
    engine.serial.run(position.symbol, () =>
      tendPosition(engine, position.id, prices.get(position.symbol)?.price),
    ),
  );
  for (const [index, look] of (await Promise.allSettled(looks)).entries())
    if (look.status === "rejected")
      engine.log.error(
        { symbol: positions[index]?.symbol, error: look.reason as unknown },
        "a position could not be tended; the next look tries again",
      );
}
