import { isoTime } from "../core/iso-time.ts";
import type { Order } from "../core/order.ts";
import { BUY } from "../core/signal.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Approval, By, LedgerOps, Outcome, Run } from "../ports.ts";
import { answered } from "./alerts/revise.ts";
import { readAccount } from "./account.ts";
import type { Engine } from "./context.ts";
import { entriesMustWait } from "./entries-must-wait.ts";
import { askOf, placeEntry, recordOfRun, wouldEnter, type EntryCandidate } from "./enter.ts";
import { readFacts } from "./facts.ts";
import { send } from "./execute.ts";
import { withSymbolFree } from "./hand-over.ts";
import { marketHours } from "./market-hours.ts";
import { checkEntry } from "./pre-trade.ts";
import { approvalKey, entryText } from "./propose.ts";
import { decisionRow } from "./rows.ts";
import { haltIfRunaway } from "./runaway.ts";
import { refused } from "./runs.ts";
import { readPrices } from "./watch.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/**
 * A person's yes: price and every gate are looked at anew, in the transaction that writes the order. The order's id is that
 * of run, symbol and bar, so presses in several chats make one order. A refusal leaves the card open until its time is up.
 */
export async function approve(engine: Engine, id: string, by: By): Promise<Outcome> {
  const found = await findOpen(engine, id, by);
  if (found.kind !== "open") return found.outcome;
  const { approval, run } = found;
  const hours = await marketHours(engine);
  if (!hours.canTrade(run.options.extendedHours))
    return refused(`the market is closed: ${approval.text} stays open for approval until ${until(approval)}`);
  const busy = entriesMustWait(engine);
  if (busy !== undefined)
    return refused(`${busy}; ${approval.text} stays open for approval until ${until(approval)}`);
  const prices = await readPrices(engine, [approval.symbol]);
  await readAccount(engine);
  const candidate = candidateOf(approval, run, prices.get(approval.symbol)?.price, !hours.open);
  let outcome: Outcome = refused(
    `a stop in ${approval.symbol} could not be moved out of the way in time; press again`,
  );
  const go = (free: boolean): Promise<void> =>
    engine.serial.run(approval.symbol, async () => {
      outcome = await buy(engine, candidate, approval, by, free);
    });
  if (await wouldEnter(engine, candidate)) await withSymbolFree(engine, approval.symbol, () => go(true));
  else await go(false);
  engine.wakeAlerts();
  return outcome;
}

/** The signal as it was, on the price as it is. */
function candidateOf(
  { symbol, barTime, close, reason, figures, atr, context }: Approval,
  run: Run,
  price: number | undefined,
  extended: boolean,
): EntryCandidate {
  return {
    run,
    symbol,
    evaluation: { barTime, close, signal: BUY, explanation: { reason, figures }, atr: atr ?? undefined },
    price,
    context,
    extended,
    filter: undefined,
  };
}

interface Written {
  readonly outcome: Outcome;
  readonly order?: Order;
}

/**
 * T1 of an approved entry, and the POST. `free`: no stop of ours rests in the symbol, beside which the broker would refuse
 * the order. Call inside the symbol's serial.
 */
async function buy(
  engine: Engine,
  candidate: EntryCandidate,
  { id }: Approval,
  by: By,
  free: boolean,
): Promise<Outcome> {
  const facts = await readFacts(engine, candidate.symbol);
  const ask = askOf(candidate, await recordOfRun(engine, candidate.run));
  const written = await engine.ledger.transaction(async (tx): Promise<Written> => {
    const assessment = await checkEntry(engine, tx, ask, facts);
    const approval = await lockOpen(engine, tx, id);
    if (approval.kind !== "open") return { outcome: refused(approval.text) };
    switch (assessment.kind) {
      case "leave":
        return { outcome: refused(`nothing was bought: ${assessment.text}`) };
      case "held":
        return { outcome: refused(`nothing was bought: the run holds ${candidate.symbol} already`) };
      case "refused": {
        const { code, text, checks } = assessment;
        await haltIfRunaway(engine, tx, checks);
        const { explanation } = candidate.evaluation;
        await tx.insertDecision(
          decisionRow(engine, aboutOf(approval.approval), {
            outcome: "refused",
            code,
            text: `approved by ${by.name}, but ${text}`,
            checks,
            figures: explanation.figures,
          }),
        );
        return {
          outcome: refused(
            `nothing was bought: ${text}. Open for approval until ${until(approval.approval)}`,
          ),
        };
      }
      case "passed": {
        if (!free)
          return {
            outcome: refused("nothing was bought: what stood against it has just passed; press again"),
          };
        const order = await placeEntry(engine, tx, candidate, assessment.entry, `approved by ${by.name}`);
        if (order === undefined)
          return { outcome: refused(`nothing was bought: ${id} was ordered before; entries are halted`) };
        const text = entryText(assessment.entry);
        await conclude(engine, tx, approval.approval, "approved", by);
        await tell(engine, tx, approval.approval, `${text} approved by ${by.name}`, "good");
        return {
          outcome: { kind: "done", value: undefined, text: `${text}: ordered; the fill is told here` },
          order,
        };
      }
    }
  });
  if (written.order !== undefined) await send(engine, written.order);
  return written.outcome;
}

/** A person's no. */
export async function reject(engine: Engine, id: string, by: By): Promise<Outcome> {
  const found = await findOpen(engine, id, by);
  if (found.kind !== "open") return found.outcome;
  const outcome = await engine.ledger.transaction(async (tx): Promise<Outcome> => {
    const open = await lockOpen(engine, tx, id);
    if (open.kind !== "open") return refused(open.text);
    const { approval } = open;
    await conclude(engine, tx, approval, "rejected", by);
    await tx.insertDecision(
      decisionRow(engine, aboutOf(approval), {
        outcome: "refused",
        code: "REJECTED",
        text: `rejected by ${by.name}: ${approval.reason}`,
        checks: [],
        figures: approval.figures,
      }),
    );
    await tell(engine, tx, approval, `${approval.text} rejected by ${by.name}`, "neutral");
    return { kind: "done", value: undefined, text: `rejected: ${approval.text}; nothing is bought` };
  });
  engine.wakeAlerts();
  return outcome;
}

/** Ends the cards that nobody pressed in time, and says so. */
export async function expireApprovals(engine: Engine): Promise<void> {
  const nowMs = engine.clock.nowMs();
  const due = (await engine.ledger.openApprovals(engine.accountId)).filter(
    ({ expiresAt }) => expiresAt <= nowMs,
  );
  for (const { id } of due)
    await engine.ledger.transaction(async (tx) => {
      const approval = await tx.lockApproval(id);
      if (approval?.status !== "open") return;
      await conclude(engine, tx, approval, "expired", null);
      await tell(engine, tx, approval, `${approval.text} not approved in time: nothing is bought`, "neutral");
    });
  if (due.length > 0) engine.wakeAlerts();
}

/** The strategy changed its mind before anybody pressed. */
export async function withdrawApprovals(
  engine: Engine,
  tx: LedgerOps,
  runId: string,
  symbol: string,
): Promise<void> {
  for (const open of await tx.openApprovals(engine.accountId)) {
    if (open.runId !== runId || open.symbol !== symbol) continue;
    const approval = await tx.lockApproval(open.id);
    if (approval?.status !== "open") continue;
    await conclude(engine, tx, approval, "withdrawn", null);
    await tell(engine, tx, approval, `${approval.text} withdrawn: the strategy signals SELL now`, "neutral");
  }
}

type Found =
  | { readonly kind: "open"; readonly approval: Approval; readonly run: Run }
  | { readonly kind: "over"; readonly outcome: Outcome };

async function findOpen(engine: Engine, id: string, by: By): Promise<Found> {
  const approval = await engine.ledger.approval(id);
  if (approval === undefined || approval.accountId !== engine.accountId)
    return { kind: "over", outcome: refused(await unknown(engine, id)) };
  // The same press, delivered again after a crash: what it did stands.
  if (approval.decidedDelivery === by.deliveryId)
    return {
      kind: "over",
      outcome: { kind: "done", value: undefined, text: `${approval.text}: ${decided(approval)}` },
    };
  if (approval.status !== "open" || approval.expiresAt <= engine.clock.nowMs())
    return { kind: "over", outcome: refused(overText(approval)) };
  const run = await engine.ledger.run(approval.runId);
  if (run === undefined) throw new Error(`approval ${id}: its run ${approval.runId} has no row`);
  return { kind: "open", approval, run };
}

async function unknown(engine: Engine, id: string): Promise<string> {
  const open = (await engine.ledger.openApprovals(engine.accountId)).map((approval) => approval.id);
  const near = didYouMean(id, open);
  if (near !== undefined) return `no approval ${id}; did you mean ${near}?`;
  return `no approval ${id}; ${open.length === 0 ? "none is open" : `open: ${open.join(", ")}`}`;
}

async function lockOpen(
  engine: Engine,
  tx: LedgerOps,
  id: string,
): Promise<
  { readonly kind: "open"; readonly approval: Approval } | { readonly kind: "over"; readonly text: string }
> {
  const approval = await tx.lockApproval(id);
  if (approval === undefined) throw new Error(`approval ${id} has no row any more`);
  return approval.status === "open" && approval.expiresAt > engine.clock.nowMs()
    ? { kind: "open", approval }
    : { kind: "over", text: overText(approval) };
}

/** Why a press comes too late, and who was first. */
function overText(approval: Approval): string {
  return approval.status === "open" || approval.status === "expired"
    ? `${approval.text}: expired at ${until(approval)}, nothing was bought`
    : `${approval.text}: ${decided(approval)} already`;
}

function decided({ status, decidedBy }: Approval): string {
  return `${status}${decidedBy === null ? "" : ` by ${decidedBy}`}`;
}

function until({ expiresAt }: Approval): string {
  return `${isoTime(expiresAt).slice(11, 19)} UTC`;
}

function aboutOf({ runId, strategyId, symbol, barTime }: Approval): Parameters<typeof decisionRow>[1] {
  return { runId, strategyId, symbol, barTime, signal: "BUY" };
}

async function conclude(
  engine: Engine,
  tx: LedgerOps,
  approval: Approval,
  status: Exclude<Approval["status"], "open">,
  by: By | null,
): Promise<void> {
  const concluded: Approval = {
    ...approval,
    status,
    decidedAt: engine.clock.nowMs(),
    decidedBy: by === null ? null : `${by.name} (${by.actor})`,
    decidedDelivery: by?.deliveryId ?? null,
  };
  await tx.updateApproval(concluded);
  await answered(
    tx,
    approvalKey(approval.id),
    decided(concluded),
    status === "approved" ? "good" : "neutral",
  );
}

async function tell(
  engine: Engine,
  tx: LedgerOps,
  { id, strategyId }: Approval,
  text: string,
  tone: "good" | "neutral",
): Promise<void> {
  await tx.insertAlert(
    plainAlert(`approval-over:${id}`, "approval", engine.clock.nowMs(), {
      text: `${text} · ${strategyId} · ${modeLabel(engine.mode)}`,
      tone,
    }),
  );
}
