import { highestStop } from "../core/exits/follow.ts";
import { partOf } from "../core/exits/partial.ts";
import { priceText, sharesText } from "../core/figures.ts";
import { money, roundUpToTick, type Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import type { By, LedgerOps, Outcome, PositionFilter, StopWish } from "../ports.ts";
import { askOnce } from "./asked-once.ts";
import type { Engine } from "./context.ts";
import { markPart } from "./part.ts";
import { tendPosition } from "./protect.ts";
import { markExit } from "./record.ts";
import { refused } from "./runs.ts";
import { readPrices } from "./watch.ts";
import { askedBy, stopMovedAlert } from "./wording.ts";

/** Asks for the sale of every open position that matches, or of the same part of each. */
export async function closeByHand(
  engine: Engine,
  which: PositionFilter,
  part: number | undefined,
  by: By,
): Promise<Outcome> {
  return askOnce(engine, by, async (tx) => {
    const open = await matching(engine, tx, which);
    if (open.length === 0) return refused(nothingOpen(which));
    const selling: string[] = [];
    const not: string[] = [];
    for (const position of open) {
      const fault =
        part === undefined
          ? await sellAll(engine, tx, position, by)
          : await sellSome(engine, tx, position, part);
      if (fault !== undefined) not.push(`${named(position)}: ${fault}`);
      else selling.push(`${quantityText(position, part)} ${named(position)}`);
    }
    if (selling.length === 0) return refused(not.join("\n"));
    const closed = engine.state.marketClock?.isOpen === false;
    const sooner =
      part === undefined && open.some((each) => each.extendedHours)
        ? "; what trades extended hours sooner, by a limit order"
        : "";
    const when = closed ? ` when the market opens${sooner}` : "";
    const text = `selling ${selling.join(", ")} at market${when}; the fill is told here`;
    return { kind: "done", value: open.map(({ id }) => id), text: [text, ...not].join("\n") };
  });
}

function quantityText({ quantity }: Position, part: number | undefined): string {
  return part === undefined
    ? sharesText(quantity)
    : `${sharesText(partOf(quantity, part))} of ${sharesText(quantity)}`;
}

/** A position that is on its way out already is as good as asked for; where a person was first, the next one hears who. */
async function sellAll(engine: Engine, tx: LedgerOps, { id }: Position, by: By): Promise<string | undefined> {
  if (await markExit(engine, tx, id, "manual", engine.clock.nowMs(), askedBy(by))) return undefined;
  const asker = (await tx.position(id))?.exitRequestedBy ?? null;
  return asker === null ? undefined : `is being closed already, asked by ${asker}`;
}

/** Why the part is not sold, or undefined when it has been asked for. */
async function sellSome(
  engine: Engine,
  tx: LedgerOps,
  position: Position,
  part: number,
): Promise<string | undefined> {
  const quantity = partOf(position.quantity, part);
  if (quantity.lte(0)) return "that part is less than one share";
  if (await markPart(engine, tx, position.id, quantity)) return undefined;
  if (position.exitReason !== null) return "it is being closed already";
  return position.partQuantity === null
    ? "it has changed meanwhile; look at /positions"
    : `${sharesText(position.partQuantity)} of it are being sold already`;
}

/**
 * Raises the stop of every open position that matches, to the entry price or to one that was named. Never lowers one: a
 * position that needs more room has to be decided on anew. Says for each position what became of it.
 */
export async function moveStopByHand(
  engine: Engine,
  which: PositionFilter,
  to: StopWish,
  by: By,
): Promise<Outcome> {
  const open = await matching(engine, engine.ledger, which);
  if (open.length === 0) return refused(nothingOpen(which));
  const moved: string[] = [];
  const not: string[] = [];
  for (const { id, symbol } of open) {
    const latest = (await readPrices(engine, [symbol])).get(symbol);
    const result = await engine.serial.run(symbol, async () => {
      const outcome = await raise(engine, id, to, latest?.price, by);
      if (outcome.raised) await tendPosition(engine, id, latest, true);
      return outcome;
    });
    (result.raised ? moved : not).push(result.text);
  }
  engine.wakeAlerts();
  if (moved.length === 0) return refused(not.join("\n"));
  return { kind: "done", value: undefined, text: [...moved, ...not].join("\n") };
}

interface Raised {
  readonly raised: boolean;
  readonly text: string;
}

async function raise(
  engine: Engine,
  id: string,
  to: StopWish,
  price: number | undefined,
  by: By,
): Promise<Raised> {
  return engine.ledger.transaction(async (tx) => {
    const position = await tx.lockPosition(id);
    if (position === undefined || position.status === "closed")
      return { raised: false, text: "the position has been closed meanwhile" };
    const stop = roundUpToTick(to.kind === "breakeven" ? position.entryPrice : money(to.price));
    const fault = whyNotThere(position, stop, price);
    if (fault !== undefined) return { raised: false, text: `${named(position)}: ${fault}` };
    await tx.updatePosition({ ...position, stop });
    await tx.insertAlert(stopMovedAlert(position, stop, by.name, engine.mode, engine.clock.nowMs()));
    return {
      raised: true,
      text: `stop of ${sharesText(position.quantity)} ${named(position)} raised from ${priceText(position.stop)} to ${priceText(stop)}`,
    };
  });
}

function whyNotThere(position: Position, stop: Money, price: number | undefined): string | undefined {
  if (position.exitReason !== null) return "it is being closed already";
  if (stop.eq(position.stop)) return `its stop is ${priceText(stop)} already`;
  if (stop.lt(position.stop))
    return `its stop is ${priceText(position.stop)}, above ${priceText(stop)}; by hand a stop is only raised`;
  if (price === undefined) return "its latest price is not known just now; try again";
  const highest = highestStop(money(price));
  return stop.gt(highest)
    ? `${priceText(stop)} is too near the price ${priceText(price)} or above it; ${priceText(highest)} is the highest stop there can be, and /close sells now`
    : undefined;
}

async function matching(
  engine: Engine,
  ledger: LedgerOps,
  { symbol, strategyId }: PositionFilter,
): Promise<readonly Position[]> {
  return (await ledger.openPositions(engine.accountId)).filter(
    (each) =>
      (symbol === "all" || each.symbol === symbol) &&
      (strategyId === undefined || each.strategyId === strategyId),
  );
}

function nothingOpen({ symbol, strategyId }: PositionFilter): string {
  return `no open position${symbol === "all" ? "" : ` in ${symbol}`}${strategyId === undefined ? "" : ` of ${strategyId}`}`;
}

function named({ symbol, strategyId }: Position): string {
  return `${symbol} (${strategyId})`;
}
