import type { Timeframe } from "../core/bar.ts";
import type { Side, TimeInForce } from "../core/order.ts";

/** Who asks, as text for the audit and for people: never a secret. */
export interface By {
  /** "slack:U123", "discord:42", "console". */
  readonly actor: string;
  /** How people call that person. */
  readonly name: string;
  /** Unique per delivered command: what is made under it is made once. */
  readonly deliveryId: string;
}

/** Where something was said. */
export interface Where {
  readonly platform: string;
  readonly channel: string | null;
}

/** What a note or tag is about: the number that people type, or the id that a card knows. */
export type JournalAbout = { readonly number: number } | { readonly positionId: string };

/** A desk operation's filter: the account in use is understood. */
export type OfAccount<Filter> = Omit<Filter, "accountId">;

/** What a desk operation came to, in words for the person who asked. */
export type Outcome<T = undefined> =
  | { readonly kind: "done"; readonly value: T; readonly text: string }
  | { readonly kind: "refused"; readonly text: string };

/** An order by hand, as a person wrote it. Prices in USD. */
export interface ManualTicket {
  readonly side: Side;
  readonly symbol: string;
  /** Whole shares, or what they may cost. */
  readonly size: { readonly kind: "shares" | "usd"; readonly amount: number };
  /** The most a share may cost; null is at market. */
  readonly limit: number | null;
  /** Null: 2 × ATR(14) of 15-minute bars under the price. */
  readonly stop: number | null;
  readonly target: number | null;
  /** Trailing stop in percent under the highest price. */
  readonly trailPct: number | null;
  readonly timeInForce: TimeInForce;
  /** The price that its author was shown: the order is refused when the market has left it. */
  readonly seen: number | null;
}

/** Open positions in one symbol, or in "all", of one strategy or of any. */
export interface PositionFilter {
  readonly symbol: string;
  readonly strategyId?: string;
}

/** Where a person wants a stop: at the entry price, or at a price in USD. */
export type StopWish = { readonly kind: "breakeven" } | { readonly kind: "price"; readonly price: number };

export interface PastBarsRequest {
  readonly symbols: readonly string[];
  readonly timeframe: Timeframe;
  /** Calendar days back from now, market time. */
  readonly days: number;
  /** So many bars before those days are wanted too. */
  readonly warmupBars: number;
}
