import type { Decimal } from "decimal.js";

export type Side = "buy" | "sell";
export type OrderType = "market" | "limit" | "stop" | "stop_limit" | "trailing_stop";
export type TimeInForce = "day" | "gtc" | "opg" | "cls" | "ioc" | "fok";
export type OrderClass = "simple" | "bracket" | "oco" | "oto";
export type FillMode = "auto" | "partial" | "manual";

type OrderStatus =
  | "accepted"
  | "pending_new"
  | "new"
  | "held"
  | "partially_filled"
  | "filled"
  | "pending_cancel"
  | "pending_replace"
  | "canceled"
  | "expired"
  | "replaced"
  | "rejected";

/** A parsed POST /v2/orders body: well-formed, but not yet checked against the account. */
export interface OrderTicket {
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly orderClass: OrderClass;
  readonly qty: Decimal | null;
  readonly notional: Decimal | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly trailPrice: Decimal | null;
  readonly trailPercent: Decimal | null;
  readonly takeProfit: Decimal | null;
  readonly stopLoss: { readonly stopPrice: Decimal; readonly limitPrice: Decimal | null } | null;
  readonly extendedHours: boolean;
  readonly clientOrderId: string | null;
}

/** The broker's own record of an order; mutable, because this side is the one that changes it. */
export interface OrderRecord {
  readonly id: string;
  readonly clientOrderId: string;
  readonly seq: number;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  timeInForce: TimeInForce;
  readonly orderClass: OrderClass;
  readonly role: "entry" | "takeProfit" | "stopLoss";
  qty: Decimal | null;
  readonly notional: Decimal | null;
  limitPrice: Decimal | null;
  stopPrice: Decimal | null;
  trailPrice: Decimal | null;
  trailPercent: Decimal | null;
  hwm: Decimal | null;
  readonly extendedHours: boolean;
  status: OrderStatus;
  filledQty: Decimal;
  filledValue: Decimal;
  parentId: string | null;
  legIds: string[];
  /** A leg that waits (or a replacement not yet in force): it neither trades nor holds shares. */
  dormant: boolean;
  /** A waiting stop leg whose shares exist: its stop price is watched. */
  armed: boolean;
  /** Reached the venue; only then can it trade. */
  routed: boolean;
  /** The stop price was touched; a stop stays elected even if the price comes back. */
  elected: boolean;
  fillScheduled: boolean;
  replaces: string | null;
  replacedBy: string | null;
  readonly createdAt: string;
  readonly submittedAt: string;
  readonly expiresAtMs: number;
  updatedAt: string;
  filledAt: string | null;
  expiredAt: string | null;
  cancelRequestedAt: string | null;
  canceledAt: string | null;
  failedAt: string | null;
  replacedAt: string | null;
}

export interface PositionRecord {
  readonly symbol: string;
  /** Negative for a short position. */
  qty: Decimal;
  /** Signed cost: quantity × average entry price. */
  cost: Decimal;
}

/** One execution, exactly once, whatever the stream did with its message: the truth for a test. */
export interface Execution {
  readonly executionId: string;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly qty: string;
  readonly price: string;
  readonly at: string;
}

/** The `data` of a trade_updates message as it goes over the wire. */
export interface TradeUpdateData {
  readonly event: string;
  readonly execution_id: string;
  readonly timestamp: string;
  readonly at: string;
  readonly order: Readonly<Record<string, unknown>>;
  readonly price?: string;
  readonly qty?: string;
  readonly position_qty?: string;
}

export interface AccountSettings {
  cash: string | number;
  last_equity: string | number;
  /** 1 is a cash account, 2 Reg-T margin. */
  multiplier: number;
  account_number: string;
  status: string;
  trading_blocked: boolean;
  account_blocked: boolean;
  trade_suspended_by_user: boolean;
  shorting_enabled: boolean;
}

export interface Asset {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly status: "active" | "inactive";
  readonly tradable: boolean;
  readonly marginable: boolean;
  readonly shortable: boolean;
  readonly easy_to_borrow: boolean;
  readonly fractionable: boolean;
  readonly class: "us_equity" | "us_option" | "crypto";
}

export interface BarInput {
  /** Start of the bar: ISO text or epoch milliseconds. */
  readonly t: string | number;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number;
  readonly n?: number;
  readonly vw?: number;
}

export interface CalendarDay {
  /** YYYY-MM-DD, New York. */
  readonly date: string;
  /** HH:MM, New York. */
  readonly open: string;
  readonly close: string;
}

export interface Delays {
  /** POST → `new`. */
  acceptMs: number;
  /** Executable → `fill`. */
  fillMs: number;
  /** DELETE → `canceled`; the shares stay held in between. */
  cancelMs: number;
  /** PATCH → `replaced`. */
  replaceMs: number;
}

export type Count = (kind: string) => void;
