import { barsPerSession } from "../core/bar.ts";
import { entryOrderId } from "../core/client-order-id.ts";
import { decide } from "../core/decide.ts";
import { entryTicket } from "../core/entry-order.ts";
import { planExits } from "../core/exits/plan.ts";
import { money, roundUpToTick } from "../core/money.ts";
import type { Order } from "../core/order.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import { sizeLimitsOf } from "../core/run-options.ts";
import { sizingOf } from "../core/size/options.ts";
import { NO_TRADES, RECORD_TRADES, recordOf, type TradeRecord } from "../core/size/trade-record.ts";
import type { LedgerOps, Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import { dayLossTold } from "./day-loss.ts";
import { readFacts } from "./facts.ts";
import { send } from "./execute.ts";
import {
  checkEntry,
  insertEntry,
  previewEntry,
  type Assessment,
  type EntryAsk,
  type PassedEntry,
} from "./pre-trade.ts";
import { propose } from "./propose.ts";
import { audit, decisionRow, newOrder } from "./rows.ts";
import { haltIfRunaway, haltRunaway } from "./runaway.ts";
import type { Evaluation } from "./trackers.ts";
import { refusedAlert } from "./wording.ts";

export interface EntryCandidate {
  readonly run: Run;
  readonly symbol: string;
  readonly evaluation: Evaluation;
  /** Latest trade; undefined when there is none. */
  readonly price: number | undefined;
  readonly context: string;
  /** The market is outside its regular session and the run asked to trade there. */
  readonly extended: boolean;
  /** What the signal filter said of the bar; undefined without one, and once a person has approved the entry. */
  readonly filter: GateCheck | undefined;
}

/**
 * Decides one BUY and, when it passes, places it. The decision, the order and the cursor are one transaction (T1). `free`: no
 * stop of ours rests in the symbol, beside which the broker would refuse the order; where one may, an entry that passes is
 * left undecided. Call inside the symbol's serial.
 */
export async function enter(engine: Engine, candidate: EntryCandidate, free: boolean): Promise<void> {
  const facts = await readFacts(engine, candidate.symbol);
  const ask = askOf(candidate, await recordOfRun(engine, candidate.run));
  const order = await engine.ledger.transaction(async (tx) => {
    const assessment = await checkEntry(engine, tx, ask, facts);
    if (assessment.kind !== "passed" || free) return write(engine, tx, candidate, assessment);
    engine.log.warn(
      { run: candidate.run.id, symbol: candidate.symbol },
      "what stood against the entry has just passed: the bar stays undecided",
    );
    return undefined;
  });
  engine.wakeAlerts();
  if (order !== undefined) await send(engine, order);
}

/** Whether `enter` would place an order now: asked before a symbol's stops are moved out of the way for it. Writes nothing. */
export async function wouldEnter(engine: Engine, candidate: EntryCandidate): Promise<boolean> {
  return (
    (await previewEntry(engine, askOf(candidate, await recordOfRun(engine, candidate.run)))).kind === "passed"
  );
}

/** How the run's own newest trades went; read only where the sizing may look at it. */
export async function recordOfRun(engine: Engine, run: Run): Promise<TradeRecord> {
  if (run.options.sizing !== "kelly") return NO_TRADES;
  const trades = await engine.ledger.trades({
    accountId: engine.accountId,
    runId: run.id,
    limit: RECORD_TRADES,
  });
  return recordOf(trades.map((trade) => trade.pnlPercent.toNumber()));
}

/** Size and stop by the run's options as they are now, on capped equity. */
export function askOf(
  { run, symbol, evaluation, price, extended, filter }: EntryCandidate,
  record: TradeRecord,
): EntryAsk {
  return {
    run,
    strategyId: run.strategyId,
    symbol,
    price,
    checks: filter === undefined ? [] : [filter],
    plan(figures, current, last) {
      const { options } = current;
      const ticket = entryTicket(options.entryOrder, money(last), extended);
      const decision = decide({
        symbol,
        signal: evaluation.signal,
        long: false,
        price: ticket.price.toNumber(),
        atr: evaluation.atr,
        rules: {
          sizing: sizingOf(options),
          limits: { ...sizeLimitsOf(options), buyingPower: figures.buyingPower },
          barsPerSession: barsPerSession(options.timeframe),
          stopAtr: options.stopAtr,
          exits: options,
          stopRequired: true,
          roundStop: (stop) => (stop > 0 ? roundUpToTick(money(stop)).toNumber() : stop),
        },
        equity: Math.min(figures.equity, figures.maxCapital ?? figures.equity),
        record,
        // The pre-trade check sees to the gates, for entries of every origin.
        gates: [],
        figures: undefined,
      });
      switch (decision.kind) {
        case "enter":
          return {
            kind: "plan",
            intent: decision.intent,
            target: decision.target,
            ticket,
            size: decision.size,
          };
        case "refused":
          return { kind: "refused", code: decision.code, text: decision.text };
        case "hold":
        case "exit":
          throw new Error(`${symbol}: a bar that is no BUY (${evaluation.signal}) came to be entered`);
      }
    },
  };
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
    const { code, text, checks } = assessment;
    await haltIfRunaway(engine, tx, checks);
    await tx.insertDecision(decisionRow(engine, about, { outcome: "refused", code, text, checks, figures }));
    const dayLoss = checks.find((check) => check.code === "DAILY_LOSS");
    await tx.insertAlert(
      dayLoss !== undefined
        ? dayLossTold(engine, dayLoss.text)
        : refusedAlert(run, symbol, code, text, engine.mode, engine.clock.nowMs()),
    );
    return undefined;
  }
  if (run.options.approve === "ask") {
    await propose(engine, tx, candidate, assessment.entry);
    return undefined;
  }
  return placeEntry(engine, tx, candidate, assessment.entry);
}

/**
 * Writes an entry that passed in this transaction: its order, decision and audit row. Undefined when the bar had its entry
 * already, and then the engine halts. `note` says who let it go, where it was a person.
 */
export async function placeEntry(
  engine: Engine,
  tx: LedgerOps,
  candidate: EntryCandidate,
  entry: PassedEntry,
  note?: string,
): Promise<Order | undefined> {
  const { run, symbol, evaluation } = candidate;
  const { reason, figures } = evaluation.explanation;
  const { shares, price, stop } = entry.intent;
  const about = { runId: run.id, strategyId: run.strategyId, symbol, barTime: evaluation.barTime };
  const text = [reason, entry.size?.explain(), note].filter((part) => part !== undefined).join(" · ");
  const order = entryOrder(engine, candidate, entry);
  if (!(await insertEntry(tx, entry, order))) {
    // The cursor let a bar through that has its entry already: nothing is sent, and no more is trusted.
    await haltRunaway(
      engine,
      tx,
      `a second entry for the bar of ${symbol} that ${order.clientOrderId} names`,
    );
    return undefined;
  }
  await tx.insertDecision(
    decisionRow(
      engine,
      { ...about, signal: "BUY" },
      {
        outcome: "entered",
        code: null,
        text,
        checks: entry.checks,
        figures: { ...figures, atr: evaluation.atr ?? 0, price, shares },
      },
    ),
  );
  await tx.insertAudit(
    audit(
      engine,
      order.clientOrderId,
      "done",
      `buy ${shares} ${symbol} ${entry.ticket.type.replace("_", "-")} at ${price}, stop ${stop}: ${text}`,
    ),
  );
  return order;
}

function entryOrder(
  engine: Engine,
  candidate: EntryCandidate,
  { intent, target, ticket, size }: PassedEntry,
): Order {
  const { run, symbol, evaluation, context } = candidate;
  const why = [evaluation.explanation.reason, context, size?.notice ?? ""]
    .filter((part) => part !== "")
    .join(" · ");
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
    orderClass: !ticket.bracket ? "simple" : target === undefined ? "oto" : "bracket",
    workUntil: ticket.timeoutMs === null ? null : engine.clock.nowMs() + ticket.timeoutMs,
    quantity: money(intent.shares),
    decisionPrice: ticket.price,
    plannedStop: money(intent.stop),
    plannedTarget: target === undefined ? null : roundUpToTick(money(target)),
    plannedExits: planExits(run.options, run.options.timeframe, evaluation.atr),
    context: why === "" ? null : why,
  });
}
