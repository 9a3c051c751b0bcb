import { entryOrderId } from "../core/client-order-id.ts";
import { decide, type Decision } from "../core/decide.ts";
import { entryTicket, type EntryTicket } from "../core/entry-order.ts";
import { planExits } from "../core/exits/plan.ts";
import { money, roundUpToTick, type Money } from "../core/money.ts";
import { isLive, remaining, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { GateCheck, GateFigures } from "../core/risk/contract.ts";
import { gates } from "../core/risk/index.ts";
import type { BrokerAccount, LedgerOps, Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import { audit, checkControl, decisionRow, newOrder, send } from "./execute.ts";
import { ignoredSymbols } from "./externals.ts";
import { exchangeDay } from "../core/calendar.ts";
import { haltRunaway, runawayReason } from "./runaway.ts";
import type { Evaluation } from "./trackers.ts";
import { dayLossAlert, refusedAlert } from "./wording.ts";

export interface EntryCandidate {
  readonly run: Run;
  readonly symbol: string;
  readonly evaluation: Evaluation;
  /** Latest trade; undefined when there is none. */
  readonly price: number | undefined;
  readonly context: string;
  /** The market is outside its regular session and the run asked to trade there. */
  readonly extended: boolean;
}

/** More entries than one tick can make: those made since the account was read are among them. */
const RECENT_ORDERS = 200;

/** The account as the broker shows it now, with when it was read: what happens later is reserved on top. */
export async function readAccount(engine: Engine): Promise<BrokerAccount & { readonly atMs: number }> {
  const atMs = engine.clock.nowMs();
  const account = { ...(await engine.broker.account()), atMs };
  engine.state.account = account;
  return account;
}

/** Decides one BUY and, when it passes, places it. The decision, the order and the cursor are one transaction (T1). Call inside the symbol's serial. */
export async function enter(engine: Engine, candidate: EntryCandidate): Promise<void> {
  const account = engine.state.account ?? (await readAccount(engine));
  const order = await engine.ledger.transaction(async (tx) =>
    write(engine, tx, candidate, await assess(engine, tx, candidate, account)),
  );
  engine.wakeAlerts();
  if (order !== undefined) await send(engine, order);
}

/** Whether `enter` would place an order now: asked before a symbol's stops are moved out of the way for it. Writes nothing. */
export async function wouldEnter(engine: Engine, candidate: EntryCandidate): Promise<boolean> {
  const account = engine.state.account ?? (await readAccount(engine));
  const assessment = await engine.ledger.transaction((tx) => assess(engine, tx, candidate, account));
  return assessment.kind === "enter";
}

type Assessment =
  /** Not ours to decide (no lease, the run has been stopped): the bar stays as it is. */
  | { readonly kind: "leave" }
  | { readonly kind: "held" }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly text: string;
      readonly checks: readonly GateCheck[];
      readonly runaway: boolean;
    }
  | {
      readonly kind: "enter";
      readonly decision: Extract<Decision, { kind: "enter" }>;
      readonly ticket: EntryTicket;
    };

function refusal(code: string, text: string, checks: readonly GateCheck[] = [], runaway = false): Assessment {
  return { kind: "refused", code, text, checks, runaway };
}

/** Every check of an entry, on locked rows; nothing is written. */
async function assess(
  engine: Engine,
  tx: LedgerOps,
  { run, symbol, evaluation, price, extended }: EntryCandidate,
  account: BrokerAccount & { readonly atMs: number },
): Promise<Assessment> {
  const control = await checkControl(engine, tx, true);
  // Without the lease this bar is not ours to decide: the leader's cursor must not move.
  if (control?.code === "NO_LEASE") return { kind: "leave" };
  const current = await tx.run(run.id);
  if (current?.status !== "running") return { kind: "leave" };
  const positions = await tx.openPositions(engine.accountId);
  const orders = await tx.liveOrders(engine.accountId);
  const long =
    positions.some((each) => each.runId === run.id && each.symbol === symbol) ||
    orders.some((each) => each.purpose === "entry" && each.runId === run.id && each.symbol === symbol);
  if (long) return { kind: "held" };
  if (control !== undefined) return refusal(control.code, control.text);
  if (account.tradingBlocked)
    return refusal("NOT_TRADABLE", "the broker has blocked trading on this account");
  const frozen = engine.state.externals.some((each) => each.symbol === symbol);
  if (frozen && !(await ignoredSymbols(engine, tx)).includes(symbol))
    return refusal(
      "FROZEN",
      `${symbol} is held at the broker outside AlphaFlow; no entries until that is resolved (/external)`,
    );
  if (price === undefined) return refusal("NO_PRICE", `no latest trade of ${symbol} to decide at`);
  const recent = await tx.recentOrders({ accountId: engine.accountId, limit: RECENT_ORDERS });
  const allowedSince = (await tx.control()).since ?? 0;
  const runaway = runawayReason(
    recent.filter((order) => order.createdAt > allowedSince),
    engine.maxEntriesAMinute,
    engine.clock.nowMs(),
  );
  if (runaway !== undefined) return refusal("HALTED", runaway, [], true);
  const figures = gateFigures(engine, account, positions, [...orders, ...recent]);
  const ticket = entryTicket(current.options.entryOrder, money(price), extended);
  const { fraction, stopAtr } = current.options;
  const decision = decide({
    symbol,
    signal: evaluation.signal,
    long,
    price: ticket.price.toNumber(),
    atr: evaluation.atr,
    rules: {
      fraction,
      stopAtr,
      exits: current.options,
      stopRequired: true,
      roundStop: (stop) => (stop > 0 ? roundUpToTick(money(stop)).toNumber() : stop),
    },
    equity: Math.min(figures.equity, engine.maxCapital ?? figures.equity),
    gates,
    figures,
  });
  if (decision.kind === "refused") return refusal(decision.code, decision.text, decision.checks);
  return decision.kind === "enter" ? { kind: "enter", decision, ticket } : { kind: "leave" };
}

/** What the assessment came to, written: cursor, decision, and for an entry its order. */
async function write(
  engine: Engine,
  tx: LedgerOps,
  candidate: EntryCandidate,
  assessment: Assessment,
): Promise<Order | undefined> {
  if (assessment.kind === "leave") return undefined;
  const { run, symbol, evaluation } = candidate;
  const { reason, figures } = evaluation.explanation;
  const about = {
    runId: run.id,
    strategyId: run.strategyId,
    symbol,
    barTime: evaluation.barTime,
    signal: "BUY" as const,
  };
  await tx.setCursor(run.id, symbol, evaluation.barTime);
  if (assessment.kind === "held") {
    await tx.insertDecision(
      decisionRow(engine, about, {
        outcome: "held",
        code: null,
        text: `already long: ${reason}`,
        checks: [],
        figures,
      }),
    );
    return undefined;
  }
  if (assessment.kind === "refused") {
    const { code, text, checks, runaway } = assessment;
    if (runaway) await haltRunaway(engine, tx, text);
    await tx.insertDecision(decisionRow(engine, about, { outcome: "refused", code, text, checks, figures }));
    await tx.insertAlert(
      code === "DAILY_LOSS"
        ? dayLossAlert(text, engine.mode, sessionKey(engine), engine.clock.nowMs())
        : refusedAlert(run, symbol, code, text, engine.mode, engine.clock.nowMs()),
    );
    return undefined;
  }
  const { decision, ticket } = assessment;
  const { shares, price, stop } = decision.intent;
  const order = entryOrder(engine, candidate, decision, ticket);
  if (!(await tx.insertOrder(order))) {
    // The cursor let a bar through that has its entry already: nothing is sent, and no more is trusted.
    await haltRunaway(
      engine,
      tx,
      `a second entry for the bar of ${symbol} that ${order.clientOrderId} names`,
    );
    return undefined;
  }
  await tx.insertDecision(
    decisionRow(engine, about, {
      outcome: "entered",
      code: null,
      text: reason,
      checks: decision.checks,
      figures: { ...figures, atr: evaluation.atr ?? 0, price },
    }),
  );
  await tx.insertAudit(
    audit(
      engine,
      order.clientOrderId,
      "done",
      `buy ${shares} ${symbol} ${ticket.type.replace("_", "-")} at ${price}, stop ${stop}: ${reason}`,
    ),
  );
  return order;
}

/** The day-loss alert comes once a session. */
function sessionKey(engine: Engine): string {
  return `${engine.accountId}:${exchangeDay(engine.state.marketClock?.nowMs ?? engine.clock.nowMs())}`;
}

function entryOrder(
  engine: Engine,
  candidate: EntryCandidate,
  decision: Extract<Decision, { kind: "enter" }>,
  ticket: EntryTicket,
): Order {
  const { run, symbol, evaluation, context } = candidate;
  const why = [evaluation.explanation.reason, context].filter((part) => part !== "").join(" · ");
  return newOrder(engine, {
    clientOrderId: entryOrderId(run.id, symbol, evaluation.barTime),
    runId: run.id,
    strategyId: run.strategyId,
    symbol,
    side: "buy",
    purpose: "entry",
    attempt: 1,
    barTime: evaluation.barTime,
    type: ticket.type,
    limitPrice: ticket.limitPrice,
    stopPrice: ticket.stopPrice,
    extendedHours: ticket.extendedHours,
    timeInForce: ticket.timeInForce,
    workUntil: ticket.timeoutMs === null ? null : engine.clock.nowMs() + ticket.timeoutMs,
    quantity: money(decision.intent.shares),
    decisionPrice: ticket.price,
    plannedStop: money(decision.intent.stop),
    plannedTarget: decision.target === undefined ? null : roundUpToTick(money(decision.target)),
    plannedExits: planExits(run.options, run.options.timeframe, evaluation.atr),
    context: why === "" ? null : why,
  });
}

/**
 * The account's figures with what is on its way: an entry made after the account was read, or one the broker may not
 * know of yet, takes buying power in advance. `orders` are the live ones and the newest others; repeats count once.
 */
function gateFigures(
  engine: Engine,
  account: BrokerAccount & { readonly atMs: number },
  positions: readonly Position[],
  orders: readonly Order[],
): GateFigures {
  const entries = [
    ...new Map(
      orders.filter((order) => order.purpose === "entry").map((order) => [order.clientOrderId, order]),
    ).values(),
  ];
  const reserved = entries
    .filter(
      (order) =>
        (isLive(order) && order.brokerOrderId === null) ||
        (order.createdAt >= account.atMs && order.state !== "REJECTED"),
    )
    .map((order) => order.quantity.times(priceOf(order)));
  const working = entries.filter(isLive).map((order) => remaining(order).times(priceOf(order)));
  const held = positions.map((each) =>
    each.quantity.times(engine.state.prices.get(each.symbol)?.price ?? each.entryPrice),
  );
  const external = engine.state.externals.map((each) => each.quantity.abs().times(each.currentPrice ?? 0));
  return {
    equity: account.equity.toNumber(),
    lastEquity: account.lastEquity.toNumber(),
    buyingPower: account.buyingPower.minus(sum(reserved)).toNumber(),
    exposure: sum([...held, ...working, ...external]).toNumber(),
    ...(engine.maxCapital === undefined ? {} : { maxCapital: engine.maxCapital }),
    maxDayLoss: engine.maxDayLoss,
  };
}

/** What one share of a working entry may cost. */
function priceOf(order: Order): Money {
  return order.limitPrice ?? order.decisionPrice ?? money(0);
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, each) => total.plus(each), money(0));
}
