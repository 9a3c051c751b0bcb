import { sum, type Money } from "../core/money.ts";
import { remaining } from "../core/order.ts";
import type { Lane } from "../ports.ts";
import type { Engine } from "./context.ts";
import { externalOf, recallExternals } from "./external-holdings.ts";

/**
 * Whether the broker holds more of the symbol than our rows, the EXTERNAL shares and buys that may just have filled come to.
 * A split may be booked there and not here: until the comparison of the holdings has found out, a price of today says
 * nothing about the stops of yesterday. Asks for that comparison. A failed read throws: unknown is not agreement.
 */
export async function hasUnexplainedShares(engine: Engine, symbol: string, lane: Lane): Promise<boolean> {
  const { held, known } = await sharesOf(engine, symbol, lane);
  const live = await engine.ledger.liveOrders(engine.accountId);
  const coming = sum(live.filter((each) => each.symbol === symbol && each.side === "buy").map(remaining));
  return !agreed(engine, held.lte(known.plus(coming)));
}

/** As `hasUnexplainedShares`, for a price that is too good: a reverse split leaves fewer shares at a higher one. */
export async function differsInShares(engine: Engine, symbol: string, lane: Lane): Promise<boolean> {
  const { held, known } = await sharesOf(engine, symbol, lane);
  return !agreed(engine, held.eq(known));
}

function agreed(engine: Engine, agrees: boolean): boolean {
  if (!agrees) engine.reconcileSoon();
  return agrees;
}

async function sharesOf(
  engine: Engine,
  symbol: string,
  lane: Lane,
): Promise<{ readonly held: Money; readonly known: Money }> {
  await recallExternals(engine);
  const held = (await engine.broker.positions(lane)).filter((each) => each.symbol === symbol);
  const ours = (await engine.ledger.openPositions(engine.accountId)).filter((each) => each.symbol === symbol);
  const external = externalOf(engine, symbol)?.quantity ?? [];
  return {
    held: sum(held.map((each) => each.quantity)),
    known: sum(ours.map((each) => each.quantity).concat(external)),
  };
}
