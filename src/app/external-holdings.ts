import { money, sum, type Money } from "../core/money.ts";
import type { Position } from "../core/position.ts";
import type { AlertRow, ExternalView, LedgerOps } from "../ports.ts";
import { leads, type Engine, type ExternalHolding } from "./context.ts";
import { externalKey, modeLabel, plainAlert } from "./wording.ts";

/** Readings and decisions change the list one after another: none may write back what another has just ended. */
const QUEUE = "externals:";

/** What whoever presses a button hears from an instance that does not trade. */
export const NOT_LEADING = "another instance trades this account; press again in a moment";

/** What a comparison of the holdings came to. */
interface Reading {
  readonly found: readonly Omit<ExternalView, "ignored">[];
  /** Symbols of which nothing was learned: what was known of them stays. */
  readonly unsure: ReadonlySet<string>;
  /** Symbols that were split: another quantity, and the same holding all the same. */
  readonly split: ReadonlySet<string>;
  /** Our rows as they were read with it. */
  readonly positions: readonly Position[];
}

/** What of this symbol the broker holds that no run opened, as last read while nothing in it was on its way. */
export function externalOf(engine: Engine, symbol: string): ExternalHolding | undefined {
  return engine.state.externals.find((each) => each.symbol === symbol);
}

/** What there is, also on an instance that does not trade: then as the one that does has stored it. */
export async function knownExternals(engine: Engine): Promise<readonly ExternalHolding[]> {
  if (leads(engine) && engine.state.externalsAt > 0) return engine.state.externals;
  const stored = await storedExternals(engine);
  if (stored.length === 0) return [];
  try {
    const held = await engine.broker.positions("data");
    return stored.map((each) => {
      const there = held.find(({ symbol }) => symbol === each.symbol);
      return { ...each, currentPrice: there?.currentPrice ?? null, value: there?.value ?? null };
    });
  } catch (error) {
    engine.log.warn({ error }, "positions not read: external holdings are shown without prices");
    return stored;
  }
}

/**
 * Changes the list, what hangs on it and its stored form in one transaction. Undefined, and nothing is changed, when
 * another instance leads.
 */
export async function changeExternals<T>(
  engine: Engine,
  change: (
    tx: LedgerOps,
    known: readonly ExternalHolding[],
  ) => Promise<{ readonly externals: readonly ExternalHolding[]; readonly result: T }>,
): Promise<T | undefined> {
  return engine.serial.run(QUEUE, async () => {
    const known = engine.state.externals;
    const outcome = await engine.ledger.transaction(async (tx) => {
      const { lease } = engine.state;
      if (lease === null || !(await tx.holdLease(lease))) return undefined;
      const changed = await change(tx, known);
      // Stored because after a restart a sale in doubt is judged by them before its symbol is at rest again.
      if (storedForm(changed.externals) !== storedForm(known))
        await tx.setSetting(settingName(engine), settingOf(changed.externals));
      return changed;
    });
    if (outcome === undefined) return undefined;
    engine.state.externals = outcome.externals;
    return outcome.result;
  });
}

/** Keeps what a reading of the holdings came to, and asks in the chats about what is new. */
export async function setExternals(engine: Engine, reading: Reading): Promise<void> {
  const nowMs = engine.clock.nowMs();
  if (reading.found.length > 0 || engine.state.externals.length > 0) {
    const news = await changeExternals(engine, async (tx, known) => {
      const externals = after(known, reading, await tx.openPositions(engine.accountId), nowMs);
      const asked = externals.filter(
        ({ symbol, since, ignored }) =>
          !ignored && !known.some((each) => each.symbol === symbol && each.since === since),
      );
      for (const holding of asked) await tx.insertAlert(question(engine, holding, nowMs));
      return { externals, result: asked.length };
    });
    if (news !== undefined && news > 0) engine.wakeAlerts();
  }
  engine.state.externalsAt = nowMs;
}

function after(
  known: readonly ExternalHolding[],
  { found, unsure, split, positions }: Reading,
  positionsNow: readonly Position[],
  nowMs: number,
): readonly ExternalHolding[] {
  // Adopted (or bought, or sold) since it was read: the reading of this symbol is about something that is no more.
  const outdated = (symbol: string): boolean =>
    !sharesOf(positions, symbol).eq(sharesOf(positionsNow, symbol));
  const kept = known.filter(({ symbol }) => unsure.has(symbol) || outdated(symbol));
  const read = found.filter(({ symbol }) => !unsure.has(symbol) && !outdated(symbol));
  return [
    ...kept,
    ...read.map((each) => {
      const before = known.find(({ symbol }) => symbol === each.symbol);
      if (before === undefined) return { ...each, since: nowMs, ignored: false };
      const same = split.has(each.symbol) || before.quantity.eq(each.quantity);
      return {
        ...each,
        since: same ? before.since : nowMs,
        ignored: before.ignored && (same || !hasGrown(before.quantity, each.quantity)),
      };
    }),
  ];
}

function sharesOf(positions: readonly Position[], symbol: string): Money {
  return sum(positions.filter((each) => each.symbol === symbol).map((each) => each.quantity));
}

/** What was left alone is less or as much: more of it, or the other side, is something nobody has decided on. */
function hasGrown(before: Money, now: Money): boolean {
  return before.isNegative() !== now.isNegative() || now.abs().gt(before.abs());
}

function question(engine: Engine, holding: ExternalHolding, atMs: number): AlertRow {
  const { symbol, quantity } = holding;
  return plainAlert(externalKey(engine, holding), "external", atMs, {
    title: "Position not opened here",
    text: `EXTERNAL ${quantity.toString()} ${symbol}: at the broker, but no run of ours bought it. It counts in the risk figures, and ${symbol} takes no new entries · ${modeLabel(engine.mode)}`,
    tone: "warn",
    buttons: [
      { label: "Adopt", command: `/external adopt ${symbol}`, style: "primary" },
      { label: "Close", command: `/external close ${symbol}`, style: "danger" },
      { label: "Ignore", command: `/external ignore ${symbol}` },
    ],
  });
}

/** Reads what the process before this one knew; once, before the first comparison. */
export async function recallExternals(engine: Engine): Promise<void> {
  if (engine.state.externalsAt > 0) return;
  await engine.serial.run(QUEUE, async () => {
    engine.state.externals = await storedExternals(engine);
  });
}

async function storedExternals(engine: Engine): Promise<readonly ExternalHolding[]> {
  const stored = await engine.ledger.setting(settingName(engine));
  if (typeof stored !== "object" || stored === null) return [];
  return Object.entries(stored).flatMap(([symbol, value]: [string, unknown]) => holdingOf(symbol, value));
}

/** None where another version wrote something else: the first comparison finds it again. */
function holdingOf(symbol: string, value: unknown): readonly ExternalHolding[] {
  if (typeof value !== "object" || value === null || !("quantity" in value) || !("since" in value)) return [];
  const { quantity, since } = value;
  if (typeof quantity !== "string" || typeof since !== "number") return [];
  const ignored = "ignored" in value && value.ignored === true;
  return [{ symbol, quantity: money(quantity), currentPrice: null, value: null, since, ignored }];
}

function settingName(engine: Engine): string {
  return `externals:${engine.accountId}`;
}

function settingOf(externals: readonly ExternalHolding[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    externals.map(({ symbol, quantity, since, ignored }) => [
      symbol,
      { quantity: quantity.toString(), since, ignored },
    ]),
  );
}

function storedForm(externals: readonly ExternalHolding[]): string {
  return JSON.stringify(
    Object.entries(settingOf(externals)).toSorted(([one], [other]) => one.localeCompare(other)),
  );
}

/** At least this many shares of the symbol are there beside ours; a short holding adds none. */
export function externalShares(engine: Engine, symbol: string): Money {
  const quantity = externalOf(engine, symbol)?.quantity ?? money(0);
  return quantity.isNegative() ? money(0) : quantity;
}
