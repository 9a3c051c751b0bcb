import type { Money } from "../core/money.ts";
import type { ClientOrderId, Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";

/** A message in a chat that is kept up to date: a position's card, or the status. */
export interface CardRow {
  /** The entry's client order id, which names the position before there is one; or "status". */
  readonly subject: string;
  readonly sink: string;
  readonly accountId: string;
  /** Null until the platform has confirmed the message. */
  readonly channel: string | null;
  readonly messageId: string | null;
  readonly threadId: string | null;
  /** Posts begun; counted before each, so that the next one after a crash knows to look for it. */
  readonly attempts: number;
  /** How often the message was posted anew because somebody had deleted it. */
  readonly reposts: number;
  /** Short keys of what is shown: all but the live figures, and with them. */
  readonly essence: string;
  readonly figures: string;
  readonly shownAt: number;
  /** Keys of the events that its thread holds. */
  readonly told: readonly string[];
  /** Nothing more is to come. */
  readonly ended: boolean;
}

interface FillRow {
  readonly id: number;
  readonly clientOrderId: ClientOrderId;
  readonly quantity: Money;
  readonly price: Money;
  readonly atMs: number;
}

/** All rows of one position, from its entry on, and its card in one sink. */
export interface Story {
  readonly subject: string;
  readonly card: CardRow | null;
  /** Null for a position that was adopted. */
  readonly entry: Order | null;
  /** Null until the first fill. */
  readonly position: Position | null;
  /** Stops, targets and exits, oldest first. */
  readonly followers: readonly Order[];
  /** Of the entry and the followers, in the order of booking. */
  readonly fills: readonly FillRow[];
}
