import { stepPriceAlert, type PriceAlert } from "../../core/alerts/price-alert.ts";
import { dollars } from "../../core/figures.ts";
import { money } from "../../core/money.ts";
import type { AlertRow, LatestPrice } from "../../ports.ts";
import type { Engine } from "../context.ts";
import { plainAlert } from "../wording.ts";

/** `AAPL above $200.00` */
export function priceAlertText({
  symbol,
  side,
  price,
}: Pick<PriceAlert, "symbol" | "side" | "price">): string {
  return `${symbol} ${side} ${dollars(price)}`;
}

/**
 * Compares the waiting price alerts with the latest trades. What a price did to an alert is a row before it is told, so each
 * speaks once, and one that was crossed while the program was down speaks at the first look.
 */
export async function checkPriceAlerts(
  engine: Engine,
  waiting: readonly PriceAlert[],
  prices: ReadonlyMap<string, LatestPrice>,
): Promise<void> {
  for (const alert of waiting) {
    const latest = prices.get(alert.symbol);
    if (latest === undefined) continue;
    const step = stepPriceAlert(alert, latest.price);
    if (step === "arms") await engine.ledger.armPriceAlert(alert.id);
    if (step === "fires") await fire(engine, alert, latest.price);
  }
}

async function fire(engine: Engine, alert: PriceAlert, price: number): Promise<void> {
  const nowMs = engine.clock.nowMs();
  await engine.ledger.transaction(async (tx) => {
    if (await tx.firePriceAlert(alert.id, money(price), nowMs))
      await tx.insertAlert(spoken(alert, price, nowMs));
  });
  engine.wakeAlerts();
}

function spoken(alert: PriceAlert, price: number, nowMs: number): AlertRow {
  const note = alert.note === null ? "" : ` · ${alert.note}`;
  return plainAlert(`price:${alert.id}`, "price", nowMs, {
    text: `${priceAlertText(alert)}: last ${dollars(price)}${note} · set by ${alert.setByName}`,
    tone: "neutral",
    ...(alert.setBy === "console" ? {} : { mentions: [alert.setBy] }),
    footer: [`price alert ${alert.id}`],
  });
}
