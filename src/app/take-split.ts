import { money, sum, type Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import { splitPositions, splitRatio, splitShares, type Holding } from "../core/split.ts";
import type { BrokerPosition, LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import { formerHolding, keepHolding } from "./former-holdings.ts";
import { audit } from "./rows.ts";
import { keepSplitTime } from "./split-times.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

export interface TakenSplit {
  /** EXTERNAL shares beside ours, as many as there are now. */
  readonly external: Money;
  /** Shares of ours that the broker paid out in cash, because they did not make a whole one. */
  readonly paidOut: Money;
}

/**
 * Books a split that the broker has booked: the rows follow, their stops after them, and the EXTERNAL shares beside them.
 * Where all of them are EXTERNAL its time is kept all the same: they may be adopted before there is a new trade.
 * Undefined when what the broker holds did not come of a split of what it should hold.
 */
export async function takeSplit(
  engine: Engine,
  ours: readonly Position[],
  held: BrokerPosition,
  external: Money,
): Promise<TakenSplit | undefined> {
  const { symbol } = held;
  const ratio = await splitSeen(engine, ours, held, external);
  if (ratio === undefined) return undefined;
  // Where none is ours, what the broker holds is what there is, also after a part of a share was paid out.
  const externalNow = ours.length === 0 ? held.quantity : splitShares(external, ratio);
  const total = held.quantity.minus(externalNow);
  const after = await engine.serial.run(symbol, async () => {
    const booked = await engine.ledger.transaction((tx) => bookSplit(engine, tx, ours, held, ratio, total));
    // What was read before is the price of other shares.
    engine.state.splits = booked.times;
    engine.state.prices.delete(symbol);
    return booked.positions;
  });
  engine.wakeAlerts();
  for (const { id } of ours) engine.tendSoon(id);
  const over = sum(after.map((each) => each.quantity)).minus(total);
  return { external: externalNow, paidOut: over.gt(0) && over.lt(1) ? over : money(0) };
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
  ratio: Money,
  total: Money,
): Promise<{ readonly positions: readonly Position[]; readonly times: ReadonlyMap<string, number> }> {
  const { symbol } = held;
  const open: Position[] = [];
  for (const { id } of ours) {
    const position = await tx.lockPosition(id);
    if (position !== undefined && position.status !== "closed") open.push(position);
  }
  const after = splitPositions(open, ratio, total);
  for (const [index, position] of open.entries()) {
    const split = after[index];
    if (split === undefined) continue;
    await tx.updatePosition(split);
    await tx.insertAudit(
      audit(
        engine,
        `split ${symbol}`,
        "done",
        `ratio ${ratio.toFixed(6)}: ${positionPhrase(position)} → ${positionPhrase(split)}`,
      ),
    );
    await tx.insertAlert(
      plainAlert(`split:${split.id}:${split.quantity.toString()}`, "external", engine.clock.nowMs(), {
        text: `${symbol} was split: ${positionPhrase(position)} is now ${positionPhrase(split)} · ${split.strategyId} · ${modeLabel(engine.mode)}`,
        tone: "neutral",
      }),
    );
  }
  await keepHolding(engine, tx, held);
  return { positions: after, times: await keepSplitTime(engine, tx, symbol) };
}
