import type { ExitReason, Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { DecisionRow, LedgerOps } from "../ports.ts";

/** So many decisions back the one that a fill came from is looked for: fills follow within bars. */
const DECISIONS_READ = 50;

/** What the strategy said when it decided on this entry; null for an order by hand or an adopted one. */
export async function entryText(tx: LedgerOps, order: Order): Promise<string | null> {
  if (order.runId === null || order.barTime === null) return null;
  return decisionText(
    tx,
    order,
    (decision) => decision.outcome === "entered" && decision.barTime === order.barTime,
  );
}

/** What the strategy said when it wanted out; null for every other reason, which its own word explains. */
export async function exitText(
  tx: LedgerOps,
  position: Position,
  reason: ExitReason,
): Promise<string | null> {
  return reason === "signal" ? decisionText(tx, position, (decision) => decision.outcome === "exited") : null;
}

async function decisionText(
  tx: LedgerOps,
  { accountId, symbol, strategyId, runId }: Pick<Order, "accountId" | "symbol" | "strategyId" | "runId">,
  wanted: (decision: DecisionRow) => boolean,
): Promise<string | null> {
  const decisions = await tx.decisions({ accountId, symbol, strategyId, limit: DECISIONS_READ });
  return decisions.find((decision) => decision.runId === runId && wanted(decision))?.text ?? null;
}
