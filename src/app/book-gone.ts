import { dollars } from "../core/figures.ts";
import type { Money } from "../core/money.ts";
import { reducePosition, tradeOf } from "../core/position.ts";
import type { LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import { audit } from "./rows.ts";
import { modeLabel, plainAlert, positionPhrase } from "./wording.ts";

/** Shares that left a position without an order of ours. */
interface Gone {
  readonly quantity: Money;
  readonly price: Money;
  /** What became of them, after "5 AAPL": "are gone at the broker, sold outside AlphaFlow". */
  readonly what: string;
  /** What `price` is: "the last known price". */
  readonly pricedAt: string;
}

/** Books shares that are gone, and tells it. Where they were the last ones the position is closed, with its trade. */
export async function bookGone(engine: Engine, tx: LedgerOps, positionId: string, gone: Gone): Promise<void> {
  const { quantity, price, what, pricedAt } = gone;
  const position = await tx.lockPosition(positionId);
  if (position === undefined || position.quantity.lt(quantity)) return;
  const atMs = engine.clock.nowMs();
  const after = reducePosition(position, { quantity, price, executionId: null, atMs, decisionPrice: null });
  await tx.updatePosition(after);
  if (after.status === "closed") await tx.saveTrade(tradeOf(after, "external", atMs, null));
  const shares = `${quantity.toString()} ${position.symbol}`;
  await tx.insertAudit(
    audit(engine, `external ${position.symbol}`, "done", `${shares} ${what}; booked at ${price.toString()}`),
  );
  await tx.insertAlert(
    plainAlert(`sold-elsewhere:${position.id}:${after.quantity.toString()}`, "external", atMs, {
      title: "Position changed outside AlphaFlow",
      text: `${shares} ${what}: was ${positionPhrase(position)}; booked at ${pricedAt} ${dollars(price)} · ${position.strategyId} · ${modeLabel(engine.mode)}`,
      tone: "warn",
    }),
  );
}
