/** What one gate found. Codes are closed; the figures are the ones the decision used, as text with units for the reader. */
export interface GateCheck {
  readonly gate: string;
  readonly ok: boolean;
  /** Closed denial code, e.g. DAILY_LOSS; present exactly when ok is false. */
  readonly code?: RefusalCode;
  /** A sentence with the numbers: "day loss 2.31 % of 2 % allowed". */
  readonly text: string;
  readonly figures: Readonly<Record<string, number>>;
}

export type RefusalCode =
  | "NO_SIZE"
  | "NO_STOP"
  | "DAILY_LOSS"
  | "BUYING_POWER"
  | "LIVE_CAPITAL"
  | "MARKET_CLOSED"
  | "NOT_TRADABLE"
  | "HALTED"
  /** The engine halts by itself: too many orders, or too many of them rejected. */
  | "RUNAWAY"
  | "KILLED"
  | "NOT_RECONCILED"
  | "NO_LEASE"
  | "WRONG_MODE"
  | "FROZEN"
  | "ALREADY_ENTERED"
  | "NO_PRICE"
  | "STALE";

/** What the gates see: the account at the broker plus what is on its way there. Doubles: gates decide, they do not account. */
export interface GateFigures {
  /** Equity and last session's closing equity at the broker, USD. */
  readonly equity: number;
  readonly lastEquity: number;
  /** Buying power the broker reports less the notional of entries it cannot know yet, USD. */
  readonly buyingPower: number;
  /** Market value of open positions and working entries, USD. */
  readonly exposure: number;
  /** Cap on exposure in live mode (ALPHAFLOW_LIVE_MAX_CAPITAL), USD; undefined in paper. */
  readonly maxCapital?: number;
  /** Day-loss limit as a fraction, 0.02 by default. */
  readonly maxDayLoss: number;
}

/** The entry that asks to pass. */
export interface EntryIntent {
  readonly symbol: string;
  readonly shares: number;
  readonly price: number;
  readonly stop: number;
}

/** One risk rule: a pure function of the intent and the figures. To add one: a file here and a line in index.ts. */
export interface Gate {
  readonly id: string;
  readonly title: string;
  check(intent: EntryIntent, figures: GateFigures): GateCheck;
}
