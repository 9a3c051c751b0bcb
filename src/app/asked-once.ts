import type { By, LedgerOps, Outcome } from "../ports.ts";
import type { Engine } from "./context.ts";
import { refused } from "./runs.ts";

/**
 * Marks what a person's press asks for, all of it or nothing, and with it that this press was done: delivered again after a
 * crash, it marks nothing more and hears the first answer. `work` only writes; the positions it returns are tended afterwards.
 */
export async function askOnce(
  engine: Engine,
  by: By,
  work: (tx: LedgerOps) => Promise<Outcome<readonly string[]>>,
): Promise<Outcome> {
  const outcome = await engine.ledger.transaction(async (tx): Promise<Outcome<readonly string[]>> => {
    const name = `by-hand:${by.actor} ${by.deliveryId}`;
    // The row is there once and locked: of two deliveries of one press the second waits for the first.
    const before = await tx.lockSetting(name);
    if (typeof before === "string") return { kind: "done", value: [], text: `asked already: ${before}` };
    const asked = await work(tx);
    if (asked.kind === "done") await tx.setSetting(name, asked.text);
    return asked;
  });
  if (outcome.kind === "refused") return refused(outcome.text);
  for (const id of outcome.value) engine.tendSoon(id);
  return { kind: "done", value: undefined, text: outcome.text };
}
