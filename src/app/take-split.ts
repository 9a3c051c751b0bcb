import { sum, type Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import { splitRatio, type Holding } from "../core/split.ts";
import { splitHolders, type SplitHolders, type SplitPosition } from "../core/split-holders.ts";
import type { BrokerPosition, LedgerOps } from "../ports.ts";
import { bookGone } from "./book-gone.ts";
import type { Engine } from "./context.ts";
import { formerHolding, keepHolding } from "./former-holdings.ts";
import { audit } from "./rows.ts";
import { keepSplitTime } from "./split-times.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/**
 * Books a split that the broker has booked: the rows follow, their stops after them, and the EXTERNAL shares beside them.
 * Where all of them are EXTERNAL its time is kept all the same: they may be adopted before there is a new trade.
 * Returns how many EXTERNAL shares there are now; undefined when what the broker holds did not come of a split of what it
 * should hold.
 */
export async function takeSplit(
  engine: Engine,
  ours: readonly Position[],
  held: BrokerPosition,
  external: Money,
): Promise<Money | undefined> {
  const { symbol } = held;
  const ratio = await splitSeen(engine, ours, held, external);
  if (ratio === undefined) return undefined;
  const after = await engine.serial.run(symbol, async () => {
    const booked = await engine.ledger.transaction((tx) =>
      bookSplit(engine, tx, ours, held, external, ratio),
    );
    // What was read before is the price of other shares.
    engine.state.splits = booked.times;
    engine.state.prices.delete(symbol);
    return booked.holders;
  });
  engine.wakeAlerts();
  for (const { id } of ours) engine.tendSoon(id);
  // Where none is ours, what the broker holds is what there is, also after a part of a share was paid out.
  return ours.length === 0 ? held.quantity : after.external;
}

/** The ratio of the split of which what the broker holds came, or undefined. */
export async function splitSeen(
  engine: Engine,
  ours: readonly Position[],
  held: BrokerPosition,
  external: Money,
): Promise<Money | undefined> {
  const before = await beforeSplit(engine, ours, held.symbol, external);
  return before === undefined
    ? undefined
    : splitRatio(before, { quantity: held.quantity, average: held.avgEntryPrice });
}

/** What the broker held of a symbol before, where that was what our rows and the EXTERNAL shares come to. */
async function beforeSplit(
  engine: Engine,
  ours: readonly Position[],
  symbol: string,
  external: Money,
): Promise<Holding | undefined> {
  const own = sum(ours.map((each) => each.quantity));
  const quantity = own.plus(external);
  const former = await formerHolding(engine, engine.ledger, symbol);
  if (former?.quantity.eq(quantity) === true) return former;
  // Bought or sold since the broker was read last: where all is ours, the rows know the average.
  const cost = sum(ours.map((each) => each.quantity.times(each.entryPrice)));
  return external.isZero() && own.gt(0) ? { quantity, average: cost.div(own) } : undefined;
}

async function bookSplit(
  engine: Engine,
  tx: LedgerOps,
  ours: readonly Position[],
  held: BrokerPosition,
  external: Money,
  ratio: Money,
): Promise<{ readonly holders: SplitHolders; readonly times: ReadonlyMap<string, number> }> {
  const { symbol, quantity, avgEntryPrice } = held;
  const open: Position[] = [];
  for (const { id } of ours) {
    const position = await tx.lockPosition(id);
    if (position !== undefined && position.status !== "closed") open.push(position);
  }
  const holders = splitHolders(open, external, ratio, { quantity, average: avgEntryPrice });
  for (const [index, position] of open.entries()) {
    const split = holders.positions[index];
    if (split === undefined) continue;
    await bookPosition(engine, tx, position, split.position, ratio);
    await bookLeaving(engine, tx, split, held.currentPrice);
  }
  await keepHolding(engine, tx, held);
  return { holders, times: await keepSplitTime(engine, tx, symbol) };
}

async function bookPosition(
  engine: Engine,
  tx: LedgerOps,
  before: Position,
  after: Position,
  ratio: Money,
): Promise<void> {
  const { id, symbol, strategyId } = before;
  await tx.updatePosition(after);
  await tx.insertAudit(
    audit(
      engine,
      `split ${symbol}`,
      "done",
      `ratio ${ratio.toFixed(6)}: ${positionPhrase(before)} → ${positionPhrase(after)}`,
    ),
  );
  await tx.insertAlert(
    plainAlert(`split:${id}:${after.quantity.toString()}`, "external", engine.clock.nowMs(), {
      text: `${symbol} was split: ${positionPhrase(before)} is now ${positionPhrase(after)} · ${strategyId} · ${modeLabel(engine.mode)}`,
      tone: "neutral",
    }),
  );
}

/** In the transaction of the split: after a crash in between, nobody would know any more whose part of a share is gone. */
async function bookLeaving(
  engine: Engine,
  tx: LedgerOps,
  { position, paidOut, passedOn }: SplitPosition,
  price: Money | null,
): Promise<void> {
  const { id, entryPrice } = position;
  if (passedOn.gt(0))
    await bookGone(engine, tx, id, {
      quantity: passedOn,
      price: entryPrice,
      what: "went into a whole share held beside it in the split",
      pricedAt: "its cost",
    });
  if (paidOut.gt(0))
    await bookGone(engine, tx, id, {
      quantity: paidOut,
      price: price ?? entryPrice,
      what: "are gone at the broker, paid out in cash after its split",
      pricedAt: price === null ? "its cost" : "the last known price",
    });
}
