import { money, sum, type Money } from "../core/money.ts";
import { remaining } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { BrokerPosition, Lane } from "../ports.ts";
import type { Engine } from "./context.ts";
import { externalOf, recallExternals } from "./external-holdings.ts";
import { foreignIn } from "./foreign-orders.ts";
import { splitSeen } from "./take-split.ts";

/** So long an exit waits for the comparison of the holdings: while somebody goes on buying, no two reads of it agree. */
const DOUBT_MS = 15_000;
/** A doubt that was not seen for so long (a night, a stay as standby) is over; the next one is another. */
const FORGOTTEN_MS = 60_000;

interface Shares {
  readonly symbol: string;
  readonly held: BrokerPosition | undefined;
  readonly quantity: Money;
  readonly ours: readonly Position[];
  readonly external: Money;
  /** Our rows and the EXTERNAL shares together. */
  readonly known: Money;
}

/**
 * Whether the broker holds more of the symbol than our rows, the EXTERNAL shares and buys that may just have filled come to.
 * A split may be booked there and not here: until the comparison of the holdings has found out, a price of today says
 * nothing about the stops of yesterday. Asks for that comparison. A failed read throws: unknown is not agreement.
 */
export async function hasUnexplainedShares(engine: Engine, symbol: string, lane: Lane): Promise<boolean> {
  const unexplained = await areTooMany(engine, await sharesOf(engine, symbol, lane));
  if (unexplained) engine.reconcileSoon();
  return unexplained;
}

/**
 * Whether the exit that `price` asks for has to wait, because the broker's shares are not those of our rows: too many at a
 * stop, too many or too few at a target (a reverse split leaves fewer shares at a higher price). After a while it waits only
 * where a split explains both the shares and the price.
 */
export async function exitMustWait(
  engine: Engine,
  position: Position,
  level: { readonly kind: "stop" | "target"; readonly at: Money },
  price: Money,
): Promise<boolean> {
  const { doubts } = engine.state;
  const shares = await sharesOf(engine, position.symbol, "exit");
  const tooFew = level.kind === "target" && shares.quantity.lt(shares.known);
  if (!tooFew && !(await areTooMany(engine, shares))) {
    doubts.delete(position.id);
    return false;
  }
  engine.reconcileSoon();
  const nowMs = engine.clock.nowMs();
  const before = doubts.get(position.id);
  const sinceMs = before !== undefined && nowMs - before.seenMs <= FORGOTTEN_MS ? before.sinceMs : nowMs;
  doubts.set(position.id, { sinceMs, seenMs: nowMs });
  if (nowMs - sinceMs < DOUBT_MS) return true;
  const ratio = await splitOf(engine, shares);
  if (ratio !== undefined) {
    const after = level.at.div(ratio);
    if (level.kind === "stop" ? price.gt(after) : price.lt(after)) return true;
  }
  engine.log.warn(
    { symbol: position.symbol, held: shares.quantity.toString(), known: shares.known.toString() },
    "shares stay unexplained, and by no split: the exit goes",
  );
  doubts.delete(position.id);
  return false;
}

/** Buys that may just have filled explain shares too: ours, and what somebody's had left when they were read last. A split comes first. */
async function areTooMany(engine: Engine, shares: Shares): Promise<boolean> {
  const { symbol, quantity, known } = shares;
  if (quantity.lte(known)) return false;
  const live = await engine.ledger.liveOrders(engine.accountId);
  const coming = sum(live.filter((each) => each.symbol === symbol && each.side === "buy").map(remaining));
  const byHand = sum(
    foreignIn(engine, symbol, "buy")
      .map((each) => each.quantity.minus(each.filledQuantity))
      // One that was placed for an amount of money may say no quantity.
      .filter((left) => left.gt(0)),
  );
  return quantity.gt(known.plus(coming).plus(byHand)) || (await splitOf(engine, shares)) !== undefined;
}

async function splitOf(engine: Engine, { held, ours, external }: Shares): Promise<Money | undefined> {
  return held === undefined ? undefined : splitSeen(engine, ours, held, external);
}

async function sharesOf(engine: Engine, symbol: string, lane: Lane): Promise<Shares> {
  await recallExternals(engine);
  const held = (await engine.broker.positions(lane)).find((each) => each.symbol === symbol);
  const ours = (await engine.ledger.openPositions(engine.accountId)).filter((each) => each.symbol === symbol);
  const external = externalOf(engine, symbol)?.quantity ?? money(0);
  return {
    symbol,
    held,
    quantity: held?.quantity ?? money(0),
    ours,
    external,
    known: sum(ours.map((each) => each.quantity)).plus(external),
  };
}
