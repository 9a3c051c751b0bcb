import type { Limits } from "./limits.ts";

/** What one check found. Codes are closed; the figures are the ones the decision used. */
export interface GateCheck {
  readonly gate: string;
  readonly ok: boolean;
  /** Closed denial code, e.g. DAILY_LOSS; present exactly when ok is false. */
  readonly code?: RefusalCode;
  /** A phrase with the numbers: "heat 11.2 → 12.1 of 25%". */
  readonly text: string;
  /** Who or what is meant: "NVDA, AMD". */
  readonly note?: string;
  /** The figure without and with the entry, and its limit (null: none is set), in `unit`; absent where nothing is measured. */
  readonly before?: number;
  readonly after?: number;
  readonly limit?: number | null;
  readonly unit?: Unit;
  readonly figures: Readonly<Record<string, number>>;
}

/** Percent, USD, a count of things, minutes, seconds, a plain ratio. */
export type Unit = "%" | "$" | "count" | "min" | "s" | "ratio";

export type RefusalCode =
  | "NO_SIZE"
  | "NO_STOP"
  | "DAILY_LOSS"
  | "DRAWDOWN"
  | "HEAT"
  | "MAX_POSITIONS"
  | "MAX_STRATEGY_POSITIONS"
  | "MAX_SYMBOL_POSITIONS"
  | "POSITION_VALUE"
  | "CORRELATED"
  | "ORDER_RATE"
  | "TRADES_A_DAY"
  | "COOLDOWN"
  | "LOSING_STREAK"
  | "SESSION_WINDOW"
  | "SPREAD"
  | "STALE"
  | "PRICE_BAND"
  | "OPPOSING"
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
  /** The signal filter: the probability is too low, its features are not there yet, its model cannot be asked. */
  | "ML_FILTER"
  | "ML_NOT_READY"
  | "ML_MODEL";

/** Money at work, or on its way there. */
export interface Holding {
  readonly kind: "position" | "working" | "external";
  readonly symbol: string;
  readonly runId: string | null;
  readonly strategyId: string;
  /** At the latest price, else at what it costs, USD, never negative. */
  readonly value: number;
  /** What is lost of the value when its stop is hit, USD, never negative; all of it where no stop is known (external). */
  readonly risk: number;
}

/** A closed round trip in the symbol of the entry. */
export interface PastTrade {
  readonly runId: string | null;
  /** Wall clock, epoch ms. */
  readonly exitTime: number;
  /** USD. */
  readonly pnl: number;
  readonly stoppedOut: boolean;
}

/** The market at the moment of the decision. Times are market time, epoch ms. */
export interface MarketFigures {
  readonly nowMs: number;
  readonly isOpen: boolean;
  /** The regular session of this day, half days included; undefined when there is none or the calendar is not known. */
  readonly session: { readonly openMs: number; readonly closeMs: number } | undefined;
  /** The calendar is known: without a session this day has none. */
  readonly calendarKnown: boolean;
  /** Latest trade of the symbol. */
  readonly last: { readonly price: number; readonly atMs: number } | undefined;
  /** Latest quote of the symbol, USD; undefined when there is none. */
  readonly quote: { readonly bid: number; readonly ask: number } | undefined;
  /** Undefined: the broker does not know the symbol. */
  readonly tradable: boolean | undefined;
}

/** What the gates see: the account at the broker plus what is on its way there. Doubles: gates decide, they do not account. */
export interface GateFigures {
  /** Wall clock, epoch ms. */
  readonly nowMs: number;
  readonly limits: Limits;
  /** Equity and last session's closing equity at the broker, and the highest there was, USD. */
  readonly equity: number;
  readonly lastEquity: number;
  readonly peakEquity: number;
  /** Buying power the broker reports less the notional of entries it cannot know yet, USD. */
  readonly buyingPower: number;
  /** Cap on exposure in live mode (ALPHAFLOW_LIVE_MAX_CAPITAL), USD; undefined in paper. */
  readonly maxCapital?: number;
  /** Open positions, working entries, and what is held or being bought outside AlphaFlow. */
  readonly holdings: readonly Holding[];
  /** Entries made in the last minute and on this exchange day. */
  readonly entriesLastMinute: number;
  readonly entriesToday: number;
  /** Closed round trips in the symbol of the entry, newest first. */
  readonly trades: readonly PastTrade[];
  /** Who is selling the symbol of the entry just now: strategies. */
  readonly sellers: readonly string[];
  readonly market: MarketFigures;
  /** Correlation of two symbols' daily returns, −1 to 1; undefined when there are too few common days. */
  readonly correlation: (symbol: string, other: string) => number | undefined;
}

/** What an entry is to be. */
export interface EntryIntent {
  readonly symbol: string;
  readonly shares: number;
  /** What a share is expected to cost, USD. */
  readonly price: number;
  /** 0: none. */
  readonly stop: number;
}

/** The entry that asks to pass, with who asks. */
export interface GatedEntry extends EntryIntent {
  readonly runId: string | null;
  readonly strategyId: string;
  /** The worst price its order may trade at by its own terms, USD: the limit, else the expected price. */
  readonly orderPrice: number;
}

/** One risk rule: a pure function of the entry and the figures. To add one: a file here and a line in index.ts. */
export interface Gate {
  readonly id: string;
  readonly title: string;
  check(entry: GatedEntry, figures: GateFigures): GateCheck;
}
