import type { EntryTicket } from "../core/entry-order.ts";
import type { Money } from "../core/money.ts";
import type { ClientOrderId, Order } from "../core/order.ts";
import { checkGates, refusalAmong } from "../core/risk/check.ts";
import type { EntryIntent, GateCheck, GateFigures, RefusalCode } from "../core/risk/contract.ts";
import { gates } from "../core/risk/index.ts";
import type { Sized } from "../core/size/index.ts";
import { passed, refused } from "../core/risk/verdict.ts";
import type { LedgerOps, Run } from "../ports.ts";
import type { AccountRead } from "./account.ts";
import { checkControl, type Refusal } from "./check-control.ts";
import type { Engine } from "./context.ts";
import { externalOf } from "./external-holdings.ts";
import type { PreTradeFacts } from "./facts.ts";
import { readFacts } from "./facts.ts";
import { foreignSellChecks, freezingOrder } from "./foreign-decisions.ts";
import { gateFigures, readGateRows, type GateRows } from "./gate-figures.ts";
import { RUNAWAY_WINDOW_MS, runawayReason } from "./runaway.ts";
import { foreignPhrase } from "./foreign-wording.ts";

/** An entry that asks to be made: a strategy's signal, a person's order, an approved card. All of them pass here. */
export type EntryAsk = {
  readonly strategyId: string;
  readonly symbol: string;
  /** Latest trade, USD; undefined when there is none. */
  readonly price: number | undefined;
  /** What was found out about the signal before: the first to be told. */
  readonly checks?: readonly GateCheck[];
  /** The waiting entry whose place this one is to take: it neither stands against it nor counts beside it. */
  readonly instead?: ClientOrderId;
} & (
  | {
      readonly run: Run;
      /** Shares, stop, target and the order's terms; pure. `run` is the row as it stands in the transaction, `last` the latest trade, USD. */
      plan(figures: GateFigures, run: Run, last: number): EntryPlan;
    }
  | {
      /** By hand. */
      readonly run: null;
      plan(figures: GateFigures, last: number): EntryPlan;
    }
);

/** How large an entry would be and where its stop and target would stand, before any gate has seen it. */
type EntryPlan =
  | {
      readonly kind: "plan";
      readonly intent: EntryIntent;
      /** USD; undefined for none. */
      readonly target: number | undefined;
      /** The terms of the order that buys it. */
      readonly ticket: EntryTicket;
      /** How the size came out; absent where a person named it. */
      readonly size?: Sized;
    }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly text: string };

/** An entry that may be written, in the transaction in which it was checked and in no other. Only `checkEntry` makes one. */
export interface PassedEntry {
  readonly intent: EntryIntent;
  readonly target: number | undefined;
  readonly ticket: EntryTicket;
  readonly size?: Sized;
  readonly checks: readonly GateCheck[];
}

export type Assessment =
  /** Not ours to decide (no lease, the run has been stopped): everything stays as it is. */
  | { readonly kind: "leave"; readonly text: string }
  /** The run is long in the symbol already, or about to be. */
  | { readonly kind: "held" }
  | {
      readonly kind: "refused";
      /** The first check that refuses; `text` tells all that do. */
      readonly code: RefusalCode;
      readonly text: string;
      readonly checks: readonly GateCheck[];
    }
  | { readonly kind: "passed"; readonly entry: PassedEntry };

/** Which transaction each entry was passed in. */
const passedIn = new WeakMap<PassedEntry, LedgerOps>();

/** Whether the entry would pass now, with every check. Writes nothing. */
export async function previewEntry(engine: Engine, ask: EntryAsk): Promise<Assessment> {
  const facts = await readFacts(engine, ask.symbol);
  return engine.ledger.transaction((tx) => checkEntry(engine, tx, ask, facts));
}

/**
 * The one pre-trade check, on locked rows inside T1: control, what stands against the symbol, size, and every gate on
 * figures that include what is on its way. All checks are told, not only the first that refuses. Writes nothing.
 */
export async function checkEntry(
  engine: Engine,
  tx: LedgerOps,
  ask: EntryAsk,
  facts: PreTradeFacts,
): Promise<Assessment> {
  const control = await checkControl(engine, tx, true);
  // Neither says anything about the entry: its bar is asked again, a reconnect in the middle of a tick must not eat it.
  if (control?.code === "NO_LEASE" || control?.code === "NOT_RECONCILED")
    return { kind: "leave", text: control.text };
  if (ask.run === null)
    return assess(engine, tx, ask, facts, control, (figures, last) => ask.plan(figures, last));
  const current = await tx.run(ask.run.id);
  if (current?.status !== "running")
    return { kind: "leave", text: `run ${ask.run.id} is ${current?.status ?? "gone"}` };
  return assess(engine, tx, ask, facts, control, (figures, last) => ask.plan(figures, current, last));
}

/**
 * Writes the row of an entry: the only way to one. Throws unless `checkEntry` passed exactly this entry in exactly this
 * transaction. False when its id, or the index on entries, refuses it.
 */
export async function insertEntry(tx: LedgerOps, entry: PassedEntry, order: Order): Promise<boolean> {
  if (passedIn.get(entry) !== tx)
    throw new Error(
      `entry ${order.clientOrderId}: it has not passed the pre-trade check in this transaction`,
    );
  if (!isWhatPassed(entry, order))
    throw new Error(
      `entry ${order.clientOrderId}: ${order.type} ${order.purpose} of ${order.quantity.toString()} ${order.symbol} is not what passed, ${entry.ticket.type} ${entry.intent.shares} ${entry.intent.symbol}`,
    );
  return tx.insertOrder(order);
}

function isWhatPassed({ intent, ticket }: PassedEntry, order: Order): boolean {
  return (
    order.purpose === "entry" &&
    order.side === "buy" &&
    order.symbol === intent.symbol &&
    order.quantity.eq(intent.shares) &&
    order.type === ticket.type &&
    samePrice(order.limitPrice, ticket.limitPrice) &&
    samePrice(order.stopPrice, ticket.stopPrice)
  );
}

function samePrice(price: Money | null, other: Money | null): boolean {
  return price === null || other === null ? price === other : price.eq(other);
}

async function assess(
  engine: Engine,
  tx: LedgerOps,
  ask: EntryAsk,
  facts: PreTradeFacts,
  control: Refusal | undefined,
  plan: (figures: GateFigures, last: number) => EntryPlan,
): Promise<Assessment> {
  const { symbol, run } = ask;
  const rows = without(ask.instead, await readGateRows(engine, tx, symbol));
  const { positions, live, recent } = rows;
  const mine = (each: { readonly runId: string | null; readonly symbol: string }): boolean =>
    each.runId === run?.id && each.symbol === symbol;
  if (positions.some(mine) || live.some((order) => order.purpose === "entry" && mine(order)))
    return { kind: "held" };
  const standing = [
    ...(ask.checks ?? []),
    controlCheck(control),
    accountCheck(facts.account),
    await frozenCheck(engine, tx, symbol),
    await runawayCheck(engine, tx, recent),
    priceCheck(ask),
  ];
  const figures = gateFigures(engine, facts, rows, symbol);
  // Without a price there is nothing to size, and so nothing for the gates to see.
  if (ask.price === undefined) return conclude(tx, standing, undefined);
  const planned = plan(figures, ask.price);
  if (planned.kind === "refused")
    return conclude(tx, [...standing, refused("size", planned.code, planned.text)], undefined);
  const { intent, ticket } = planned;
  const gated = {
    ...intent,
    runId: run?.id ?? null,
    strategyId: ask.strategyId,
    orderPrice: (ticket.limitPrice ?? ticket.stopPrice ?? ticket.price).toNumber(),
  };
  const checks = [
    ...standing,
    marketCheck(facts, ticket),
    ...foreignSellChecks(engine, symbol, ticket),
    ...checkGates(gates, gated, figures),
  ];
  return conclude(tx, checks, planned);
}

function without(instead: ClientOrderId | undefined, rows: GateRows): GateRows {
  const others = (order: Order): boolean => order.clientOrderId !== instead;
  return { ...rows, live: rows.live.filter(others), recent: rows.recent.filter(others) };
}

function conclude(
  tx: LedgerOps,
  checks: readonly GateCheck[],
  planned: Extract<EntryPlan, { kind: "plan" }> | undefined,
): Assessment {
  const refusal = refusalAmong(checks);
  if (refusal !== undefined) return { kind: "refused", ...refusal, checks };
  if (planned === undefined) throw new Error("an entry without a plan passed every check");
  const { intent, target, ticket, size } = planned;
  const entry: PassedEntry = { intent, target, ticket, ...(size === undefined ? {} : { size }), checks };
  passedIn.set(entry, tx);
  return { kind: "passed", entry };
}

function controlCheck(control: Refusal | undefined): GateCheck {
  return control === undefined
    ? passed("control", "entries allowed")
    : refused("control", control.code, control.text);
}

function accountCheck({ tradingBlocked }: AccountRead): GateCheck {
  return tradingBlocked
    ? refused("account", "NOT_TRADABLE", "the broker has blocked trading on this account")
    : passed("account", "account may trade");
}

async function frozenCheck(engine: Engine, tx: LedgerOps, symbol: string): Promise<GateCheck> {
  const external = externalOf(engine, symbol);
  if (external !== undefined && !external.ignored)
    return refused(
      "external",
      "FROZEN",
      `${symbol} is held at the broker outside AlphaFlow; no entries until that is resolved (/external)`,
    );
  const order = await freezingOrder(engine, tx, symbol);
  return order === undefined
    ? passed("external", "symbol free")
    : refused(
        "external",
        "FROZEN",
        `an order placed outside AlphaFlow works at the broker: ${foreignPhrase(order)}; no entries until that is resolved (/external)`,
      );
}

async function runawayCheck(engine: Engine, tx: LedgerOps, recent: readonly Order[]): Promise<GateCheck> {
  const allowedSince = (await tx.control()).since ?? 0;
  const countedFrom = Math.max(allowedSince, engine.clock.nowMs() - RUNAWAY_WINDOW_MS) + 1;
  const reason = runawayReason(
    recent.filter((order) => order.createdAt > allowedSince),
    await tx.countEntries(engine.accountId, countedFrom),
    engine.maxEntriesAMinute,
  );
  return reason === undefined ? passed("runaway", "orders as usual") : refused("runaway", "RUNAWAY", reason);
}

/** An order that waits for the open would fill at a price nobody decided on. */
function marketCheck({ market }: PreTradeFacts, ticket: EntryTicket): GateCheck {
  return market.isOpen || ticket.extendedHours
    ? passed("market", market.isOpen ? "market open" : "extended hours")
    : refused("market", "MARKET_CLOSED", "the market is closed");
}

function priceCheck({ symbol, price }: EntryAsk): GateCheck {
  return price === undefined
    ? refused("price", "NO_PRICE", `no latest trade of ${symbol} to decide at`)
    : passed("price", "price known");
}
