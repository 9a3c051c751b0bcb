import { money } from "../core/money.ts";
import type { Holding } from "../core/split.ts";
import type { BrokerPosition, LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";

/**
 * What the broker held of each symbol when its holdings were last compared: a split is seen between two of its own readings,
 * because its average need not be that of our rows.
 */
export async function formerHolding(
  engine: Engine,
  ledger: Pick<LedgerOps, "setting">,
  symbol: string,
): Promise<Holding | undefined> {
  const stored = entriesOf(await ledger.setting(settingName(engine))).get(symbol);
  const [quantity, average] = stored?.split("@") ?? [];
  return quantity === undefined || average === undefined
    ? undefined
    : { quantity: money(quantity), average: money(average) };
}

/** Keeps what was read; of symbols that came to no conclusion what was known before. Over unchanged facts it writes nothing. */
export async function keepHoldings(
  engine: Engine,
  held: ReadonlyMap<string, BrokerPosition>,
  undecided: ReadonlySet<string>,
): Promise<void> {
  const before = entriesOf(await engine.ledger.setting(settingName(engine)));
  const read = [...held.values()].map((each) => [each.symbol, storedForm(each)] as const);
  const after = new Map([
    ...read.filter(([symbol]) => !undecided.has(symbol)),
    ...[...before].filter(([symbol]) => undecided.has(symbol)),
  ]);
  const same =
    after.size === before.size && [...after].every(([symbol, each]) => before.get(symbol) === each);
  if (!same) await engine.ledger.setSetting(settingName(engine), Object.fromEntries(after));
}

/** In the transaction that books a split: after a crash it must not be booked again. */
export async function keepHolding(engine: Engine, tx: LedgerOps, held: BrokerPosition): Promise<void> {
  const before = entriesOf(await tx.lockSetting(settingName(engine)));
  await tx.setSetting(
    settingName(engine),
    Object.fromEntries([...before, [held.symbol, storedForm(held)] as const]),
  );
}

function settingName(engine: Engine): string {
  return `holdings:${engine.accountId}`;
}

function storedForm({ quantity, avgEntryPrice }: BrokerPosition): string {
  return `${quantity.toString()}@${avgEntryPrice.toString()}`;
}

function entriesOf(stored: unknown): ReadonlyMap<string, string> {
  return typeof stored === "object" && stored !== null
    ? new Map(Object.entries(stored).map(([symbol, value]) => [symbol, String(value)] as const))
    : new Map();
}
