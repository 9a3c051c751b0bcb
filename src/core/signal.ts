/** A strategy's answer on one closed bar, as the small integer that kernels return. */
export const SELL = -1;
export const HOLD = 0;
export const BUY = 1;
export type SignalCode = -1 | 0 | 1;

/** BUY, SELL, or HOLD where neither (or both). As a difference, not as a choice: which way noise goes no processor can predict. */
export function signalOf(buy: boolean, sell: boolean): SignalCode {
  return CODES[1 + Number(buy) - Number(sell)] ?? HOLD;
}

const CODES: readonly SignalCode[] = [SELL, HOLD, BUY];

export type Signal = "BUY" | "SELL" | "HOLD";

export function signalName(code: SignalCode): Signal {
  return code === BUY ? "BUY" : code === SELL ? "SELL" : "HOLD";
}

/** Why a kernel answered as it did on its newest bar: a sentence a trader can read, and the numbers behind it. */
export interface Explanation {
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** Two prices or averages are equal when they differ by no more than 1e-12 × close (STRATEGIES.md). */
export const TIE_TOLERANCE = 1e-12;
