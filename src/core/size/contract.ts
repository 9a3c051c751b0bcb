import type { TradeRecord } from "./trade-record.ts";

/** What every sizing rule sees of one entry. Money in USD. */
export interface SizeBasis {
  readonly equity: number;
  /** The decision price, > 0. */
  readonly price: number;
  /** Where the stop will be; undefined when there is none. */
  readonly stop: number | undefined;
  /** ATR(14) on the run's own bars, USD; undefined until it exists. */
  readonly atr: number | undefined;
  /** Bars of the run's timeframe in one regular session: 26 of 15Min, 1 of 1Day. */
  readonly barsPerSession: number;
  /** The run's own closed trades. */
  readonly record: TradeRecord;
}

/** Shares a rule asks for, before caps and rounding: not negative, and with a fraction. */
export interface Wish {
  readonly kind: "wish";
  readonly shares: number;
  /** The arithmetic in words; written only when somebody reads it. */
  explain(): string;
  /** What people must hear although the order goes: the rule could not be followed, and what was done instead. */
  readonly fallback?: string;
}

export interface NoSize {
  readonly kind: "none";
  readonly code: "NO_SIZE" | "NO_STOP" | "BUYING_POWER";
  /** Why no share is bought, with the numbers. */
  readonly text: string;
}
