import { entryOrderId } from "../core/client-order-id.ts";
import { priceText } from "../core/figures.ts";
import { riskLines } from "../core/risk/lines.ts";
import type { AlertRow, Approval, LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import type { EntryCandidate } from "./enter.ts";
import type { PassedEntry } from "./pre-trade.ts";
import { decisionRow } from "./rows.ts";
import { modeLabel } from "./wording.ts";

/** A signal is good for so long; after that the market is another one. */
const VALID_MS = 5 * 60_000;

/**
 * What a run with approve=ask does instead of ordering: the entry that passed every check waits for a person's word, as a
 * row that survives restarts and a card in every channel. While one waits for the same run and symbol no other is made.
 */
export async function propose(
  engine: Engine,
  tx: LedgerOps,
  candidate: EntryCandidate,
  entry: PassedEntry,
): Promise<void> {
  const { run, symbol, evaluation, context } = candidate;
  const { reason, figures } = evaluation.explanation;
  const nowMs = engine.clock.nowMs();
  const approval: Approval = {
    id: entryOrderId(run.id, symbol, evaluation.barTime),
    accountId: engine.accountId,
    runId: run.id,
    strategyId: run.strategyId,
    symbol,
    barTime: evaluation.barTime,
    close: evaluation.close,
    atr: evaluation.atr ?? null,
    reason,
    figures,
    context,
    text: entryText(entry),
    status: "open",
    createdAt: nowMs,
    expiresAt: nowMs + VALID_MS,
    decidedAt: null,
    decidedBy: null,
    decidedDelivery: null,
  };
  const asked = await tx.insertApproval(approval);
  const sized = entry.size === undefined ? "" : ` · ${entry.size.explain()}`;
  const about = {
    runId: run.id,
    strategyId: run.strategyId,
    symbol,
    barTime: evaluation.barTime,
    signal: "BUY" as const,
  };
  await tx.insertDecision(
    decisionRow(engine, about, {
      outcome: asked ? "asked" : "held",
      code: null,
      text: asked ? `waits for approval: ${reason}${sized}` : `an approval is waited for already: ${reason}`,
      checks: entry.checks,
      figures: { ...figures, price: entry.intent.price, shares: entry.intent.shares },
    }),
  );
  if (asked) await tx.insertAlert(card(engine, approval, entry));
}

/** `BUY 5 AAPL at about $185.50 · stop $180.50` */
export function entryText({ intent }: PassedEntry): string {
  return `BUY ${intent.shares} ${intent.symbol} at about ${priceText(intent.price)} · stop ${priceText(intent.stop)}`;
}

/** Names the alert that asks. */
export function approvalKey(id: string): string {
  return `approval:${id}`;
}

function card(engine: Engine, approval: Approval, entry: PassedEntry): AlertRow {
  const sized = entry.size?.explain();
  const minutes = VALID_MS / 60_000;
  return {
    key: approvalKey(approval.id),
    kind: "approval",
    // It asks for an answer within minutes: no quiet hours may hold it back until it is over.
    urgency: "always",
    atMs: approval.createdAt,
    message: {
      title: `Approve? · ${modeLabel(engine.mode)}`,
      text: `${approval.text} · ${approval.strategyId} asks · ${modeLabel(engine.mode)}`,
      tone: "warn",
      fields: [
        { label: "Why", value: approval.reason },
        ...(sized === undefined ? [] : [{ label: "Size", value: sized }]),
        { label: "Risk before → after", value: riskLines(entry.checks).join("\n") || "moves no limit" },
      ],
      footer: [
        ...(approval.context === "" ? [] : [approval.context]),
        `Good for ${minutes} minutes; price and risk are checked again on the press. /approve ${approval.id} or /reject ${approval.id}`,
      ],
      buttons: [
        { label: "Approve", command: `/approve ${approval.id}`, style: "primary" },
        { label: "Reject", command: `/reject ${approval.id}`, style: "danger" },
      ],
    },
  };
}
