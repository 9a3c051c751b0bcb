import { money, type Money } from "../core/money.ts";
import type { ExternalView } from "../ports.ts";
import type { Engine } from "./context.ts";

/** What of this symbol the broker holds that no run opened, as last read while nothing in it was on its way. */
export function externalOf(engine: Engine, symbol: string): ExternalView | undefined {
  return engine.state.externals.find((each) => each.symbol === symbol);
}

/**
 * Keeps what a reading of the holdings came to. A symbol in motion was not read: what was known of it stays. The quantities
 * are stored too, because after a restart a sale in doubt is judged by them before its symbol is at rest again.
 */
export async function setExternals(
  engine: Engine,
  read: readonly ExternalView[],
  moving: ReadonlySet<string>,
): Promise<void> {
  engine.state.externalsAt = engine.clock.nowMs();
  await keep(engine, [...read, ...engine.state.externals.filter((each) => moving.has(each.symbol))]);
}

/** The holding is a position of ours from now on. */
export async function dropExternal(engine: Engine, symbol: string): Promise<void> {
  await keep(
    engine,
    engine.state.externals.filter((each) => each.symbol !== symbol),
  );
}

async function keep(engine: Engine, externals: readonly ExternalView[]): Promise<void> {
  const changed = storedForm(externals) !== storedForm(engine.state.externals);
  engine.state.externals = externals;
  if (changed) await engine.ledger.setSetting(settingName(engine), quantitiesOf(externals));
}

/** Reads what the process before this one knew; once, before the first comparison. */
export async function recallExternals(engine: Engine): Promise<void> {
  if (engine.state.externalsAt > 0) return;
  const stored = await engine.ledger.setting(settingName(engine));
  if (typeof stored !== "object" || stored === null) return;
  engine.state.externals = Object.entries(stored).map(([symbol, quantity]) => ({
    symbol,
    quantity: money(String(quantity)),
    currentPrice: null,
  }));
}

function settingName(engine: Engine): string {
  return `externals:${engine.accountId}`;
}

function quantitiesOf(externals: readonly ExternalView[]): Readonly<Record<string, string>> {
  return Object.fromEntries(externals.map(({ symbol, quantity }) => [symbol, quantity.toString()] as const));
}

function storedForm(externals: readonly ExternalView[]): string {
  return externals
    .map(({ symbol, quantity }) => `${symbol} ${quantity.toString()}`)
    .toSorted((a, b) => a.localeCompare(b))
    .join();
}

/** At least this many shares of the symbol are there beside ours; a short holding adds none. */
export function externalShares(engine: Engine, symbol: string): Money {
  const quantity = externalOf(engine, symbol)?.quantity ?? money(0);
  return quantity.isNegative() ? money(0) : quantity;
}
