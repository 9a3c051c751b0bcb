import type { Money } from "../money.ts";

/** "Tell me when AAPL is above 200": speaks once, when the price goes from the one side to the other. */
export interface PriceAlert {
  readonly id: string;
  readonly symbol: string;
  readonly side: "above" | "below";
  readonly price: Money;
  readonly note: string | null;
  /** "slack:U123", "console". */
  readonly setBy: string;
  readonly setByName: string;
  readonly setAtMs: number;
  /** A price on the near side was seen: from now on the far side is news. */
  readonly armed: boolean;
}

/** What a latest price does to it. A price that equals the level is not yet above or below it. */
export function stepPriceAlert(alert: PriceAlert, price: number): "fires" | "arms" | "waits" {
  const beyond = alert.side === "above" ? alert.price.lt(price) : alert.price.gt(price);
  if (alert.armed) return beyond ? "fires" : "waits";
  return beyond ? "waits" : "arms";
}
