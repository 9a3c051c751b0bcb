import { money, type Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import type { By, LedgerOps, ManualPreview, ManualTicket, Outcome } from "../ports.ts";
import { askOnce } from "./asked-once.ts";
import type { Engine } from "./context.ts";
import { marketHours } from "./market-hours.ts";
import { markPart } from "./part.ts";
import { markExit } from "./record.ts";
import { refused } from "./runs.ts";
import { readPrices } from "./watch.ts";
import { askedBy } from "./wording.ts";

/** How much each position by hand gives to a sale. */
interface Share {
  readonly position: Position;
  readonly quantity: Money;
}

interface Sale {
  readonly shares: readonly Share[];
  readonly quantity: Money;
  readonly price: number;
}

/** What a sale by hand would do: it only ever makes positions by hand smaller. */
export async function previewSale(engine: Engine, ticket: ManualTicket): Promise<Outcome<ManualPreview>> {
  const held = (await engine.ledger.openPositions(engine.accountId)).filter(
    (each) => each.symbol === ticket.symbol,
  );
  const sale = saleOf(ticket, held, await priceOf(engine, ticket.symbol));
  if (sale.kind === "refused") return sale;
  const { shares, quantity, price } = sale.value;
  // What the stops of these shares left at risk is gone with them.
  const risk = shares.reduce(
    (sum, each) => sum.plus(money(price).minus(each.position.stop).times(each.quantity)),
    money(0),
  );
  return {
    kind: "done",
    text: "",
    value: {
      side: "sell",
      symbol: ticket.symbol,
      shares: quantity,
      price,
      limit: null,
      stop: null,
      target: null,
      risk: risk.neg().toNumber(),
      checks: [],
    },
  };
}

/** Sells shares that were bought by hand, oldest position first; the engine frees them from their stops. */
export async function sellByHand(engine: Engine, ticket: ManualTicket, by: By): Promise<Outcome> {
  const { symbol } = ticket;
  const price = await priceOf(engine, symbol);
  const closed = (await marketHours(engine)).open ? "" : " when the market opens";
  return askOnce(engine, by, async (tx) => {
    const sale = saleOf(ticket, await lockHeld(engine, tx, symbol), price);
    if (sale.kind === "refused") return sale;
    const { shares, quantity } = sale.value;
    for (const { position, quantity: part } of shares)
      await (part.gte(position.quantity)
        ? markExit(engine, tx, position.id, "manual", engine.clock.nowMs(), askedBy(by))
        : markPart(engine, tx, position.id, part));
    return {
      kind: "done",
      value: shares.map(({ position }) => position.id),
      text: `selling ${quantity.toString()} ${symbol} (manual) at market${closed}; the fill is told here`,
    };
  });
}

/** The open positions in a symbol, as nobody else can change them before the transaction ends. */
async function lockHeld(engine: Engine, tx: LedgerOps, symbol: string): Promise<readonly Position[]> {
  const held: Position[] = [];
  for (const seen of await tx.openPositions(engine.accountId)) {
    const position = seen.symbol === symbol ? await tx.lockPosition(seen.id) : undefined;
    if (position?.status === "open") held.push(position);
  }
  return held;
}

async function priceOf(engine: Engine, symbol: string): Promise<number | undefined> {
  return (await readPrices(engine, [symbol])).get(symbol)?.price;
}

function saleOf(ticket: ManualTicket, held: readonly Position[], price: number | undefined): Outcome<Sale> {
  const { symbol, size, limit, stop, target, trailPct, timeInForce } = ticket;
  if (limit !== null || stop !== null || target !== null || trailPct !== null || timeInForce !== "day")
    return refused(
      "a sale by hand is at market: limit, stop, target, trail and tif belong to a buy; its position's stop moves with /stop",
    );
  const manual = held
    .filter((each) => each.strategyId === "manual" && each.exitReason === null && each.partQuantity === null)
    .toSorted((a, b) => a.entryTime - b.entryTime);
  const there = manual.reduce((sum, each) => sum.plus(each.quantity), money(0));
  if (there.isZero()) return refused(nothingByHand(symbol, held));
  if (price === undefined) return refused(`no latest trade of ${symbol} to reckon with; nothing was sold`);
  const quantity = size.kind === "shares" ? money(size.amount) : money(Math.floor(size.amount / price));
  if (quantity.lt(1)) return refused(`that is less than one share of ${symbol} at $${price}`);
  if (quantity.gt(there))
    return refused(
      `${quantity.toString()} ${symbol} are more than the ${there.toString()} held by hand: a sale never goes short and never takes from a strategy`,
    );
  return { kind: "done", text: "", value: { shares: taken(manual, quantity), quantity, price } };
}

function taken(manual: readonly Position[], quantity: Money): readonly Share[] {
  const shares: Share[] = [];
  let left = quantity;
  for (const position of manual) {
    if (left.lte(0)) break;
    const part = left.lt(position.quantity) ? left : position.quantity;
    shares.push({ position, quantity: part });
    left = left.minus(part);
  }
  return shares;
}

function nothingByHand(symbol: string, held: readonly Position[]): string {
  const strategies = held.flatMap(({ strategyId }) => (strategyId === "manual" ? [] : [strategyId]));
  const hint =
    strategies.length === 0
      ? ""
      : `; ${strategies.join(", ")} holds it: /close ${symbol} ${strategies[0] ?? ""}`;
  return `no shares of ${symbol} were bought by hand${hint}`;
}
