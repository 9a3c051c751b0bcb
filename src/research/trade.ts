/** Why a position was closed. */
export const EXIT_REASONS = ["signal", "stop", "take_profit", "trailing", "time"] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** A closed round trip of a backtest. Money in USD. */
export interface Trade {
  /** Indices of the bars of entry and exit; their times are the series'. */
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  /** Whole shares, long. */
  readonly size: number;
  /** Stop that was set at entry; null without one. */
  readonly stop: number | null;
  /** Paid on entry and exit together. */
  readonly commission: number;
  /** size × (exit price − entry price) − commission */
  readonly pnl: number;
  /** P&L in percent of what the shares cost. */
  readonly pnlPercent: number;
  readonly exitReason: ExitReason;
}

/** The position that was still open after the last bar, marked at its close. */
export interface OpenPosition {
  readonly entryBar: number;
  readonly entryPrice: number;
  readonly size: number;
  readonly stop: number | null;
  readonly target: number | null;
  readonly lastPrice: number;
  /** After the commission of the entry. */
  readonly unrealizedPnl: number;
  readonly unrealizedPnlPercent: number;
}

/** An entry that did not happen at the open because it cost more than the cash. */
export interface DroppedEntry {
  /** Index of the bar at whose open it would have filled. */
  readonly bar: number;
  readonly price: number;
  readonly size: number;
  readonly cost: number;
  readonly cash: number;
}
