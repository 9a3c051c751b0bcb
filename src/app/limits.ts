import { changeText, limitChanges, type LimitChange } from "../core/risk/limit-changes.ts";
import { readLimits, type Limits } from "../core/risk/limits.ts";
import { parseLimits } from "../core/risk/parse-limits.ts";
import type { By, LedgerOps, LimitsPlan, Outcome } from "../ports.ts";
import type { Engine } from "./context.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** The limits as they stand: read in every T1, so that what was set holds from the next one on. */
export async function deskLimits(engine: Engine, ledger: Pick<LedgerOps, "setting">): Promise<Limits> {
  return readLimits(await ledger.setting(settingName(engine)));
}

/** What `name=value` texts would change; nothing is written. */
export async function planLimits(engine: Engine, texts: readonly string[]): Promise<LimitsPlan> {
  return planOn(await deskLimits(engine, engine.ledger), texts);
}

/**
 * Changes limits. What the plan said is checked again on the locked row: limits that were changed meanwhile may have made a
 * raise of it, and that needs `mayRaise`.
 */
export async function setLimits(
  engine: Engine,
  texts: readonly string[],
  mayRaise: boolean,
  by: By,
): Promise<Outcome> {
  const nowMs = engine.clock.nowMs();
  const outcome = await engine.ledger.transaction(async (tx): Promise<Outcome> => {
    const before = readLimits(await tx.lockSetting(settingName(engine)));
    const plan = planOn(before, texts);
    if (plan.kind === "refused") return plan;
    if (plan.raises && !mayRaise)
      return {
        kind: "refused",
        text: "the limits were changed meanwhile, and this would raise one; give the command again",
      };
    await tx.setSetting(settingName(engine), plan.limits);
    const text = changesText(plan.changes);
    await tx.insertAlert(
      plainAlert(`limits:${engine.accountId}:${by.deliveryId}`, "system", nowMs, {
        title: "Risk limits changed",
        text: `${text} · by ${by.name} · ${modeLabel(engine.mode)}`,
        tone: plan.raises ? "warn" : "neutral",
      }),
    );
    return { kind: "done", value: undefined, text: `${text}; holds from the next entry on` };
  });
  engine.wakeAlerts();
  return outcome;
}

function planOn(before: Limits, texts: readonly string[]): LimitsPlan {
  const parsed = parseLimits(texts, before);
  if (parsed.kind === "invalid") return { kind: "refused", text: parsed.errors.join("\n") };
  const changes = limitChanges(before, parsed.limits);
  if (changes.length === 0) return { kind: "refused", text: "nothing to change: the limits are so already" };
  return {
    kind: "plan",
    limits: parsed.limits,
    changes,
    text: changesText(changes),
    raises: changes.some((change) => change.raises),
  };
}

function changesText(changes: readonly LimitChange[]): string {
  return changes.map(changeText).join(", ");
}

function settingName(engine: Engine): string {
  return `risk_limits:${engine.accountId}`;
}
