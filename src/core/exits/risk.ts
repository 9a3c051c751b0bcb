import { TIE_TOLERANCE } from "../signal.ts";

/** What the exit rules see of a holding. Prices in USD. */
export interface Held {
  readonly entryPrice: number;
  /** 0 without one (backtests only). */
  readonly initialStop: number;
  /** The stop in force; 0 without one. */
  readonly stop: number;
  /** Highest price since the entry. */
  readonly highWater: number;
}

/** The price that lies `multiple` R over the entry; Infinity where there is no risk to measure by (no stop, or one at the entry). */
export function priceAtRisk({ entryPrice, initialStop }: Held, multiple: number): number {
  const risk = entryPrice - initialStop;
  return initialStop > 0 && risk > 0 ? entryPrice + multiple * risk : Number.POSITIVE_INFINITY;
}

/** Whether a price has come up to a level; what differs in the last digits of a double is equal. */
export function reaches(price: number, level: number): boolean {
  return price >= level - TIE_TOLERANCE * price;
}
