import type { Money } from "../core/money.ts";
import type {
  AssetKind,
  BrokerOrder,
  ClientOrderId,
  Execution,
  OrderType,
  Side,
  TimeInForce,
} from "../core/order.ts";

/** Who waits for whom on the way to the broker: exits before stops before reconciling before entries before data. */
export type Lane = "exit" | "stop" | "reconcile" | "entry" | "data";

export interface BrokerAccount {
  readonly accountNumber: string;
  readonly equity: Money;
  /** Equity at the previous session's close. */
  readonly lastEquity: Money;
  readonly cash: Money;
  readonly buyingPower: Money;
  /** True when the broker itself lets this account place no orders. */
  readonly tradingBlocked: boolean;
}

/** The market's own time: the sandbox runs fast, and a wrong local clock must not decide what is closed. */
export interface MarketClock {
  readonly nowMs: number;
  readonly isOpen: boolean;
  readonly nextOpenMs: number;
  readonly nextCloseMs: number;
  /** Market ms that pass in one ms of the wall clock; 1 unless given (the sandbox runs fast). */
  readonly pace?: number;
}

/** One regular session; `date` is the exchange's calendar day, YYYY-MM-DD. */
export interface Session {
  readonly date: string;
  readonly openMs: number;
  readonly closeMs: number;
}

interface Asset {
  readonly symbol: string;
  readonly tradable: boolean;
  readonly fractionable: boolean;
}

export interface BrokerPosition {
  readonly symbol: string;
  readonly kind: AssetKind;
  /** Negative when short. */
  readonly quantity: Money;
  /** What no working order holds, never above `quantity`. */
  readonly available: Money;
  readonly avgEntryPrice: Money;
  readonly currentPrice: Money | null;
  /** What all of it is worth at the current price, USD, never negative; null when the broker does not say. */
  readonly value: Money | null;
}

export interface OrderRequest {
  readonly clientOrderId: ClientOrderId;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Money;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
  readonly timeInForce: TimeInForce;
  readonly extendedHours: boolean;
  /** Stop and target in the same request: active once the entry has filled completely, the one ends the other. */
  readonly bracket?: { readonly stopPrice: Money; readonly targetPrice: Money | null };
}

/**
 * A change of a resting order: the broker makes a new one under the new client id, which takes the old one's place once the
 * venue has agreed; until then the old one stands, and may still fill.
 */
export interface ReplaceRequest {
  /** The broker's id of the order that is to be replaced. */
  readonly brokerOrderId: string;
  readonly clientOrderId: ClientOrderId;
  /** Null is "as before", for each of the three. */
  readonly quantity: Money | null;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
}

/** Everything that can come of one POST. `duplicate` is the broker's "client_order_id must be unique": fetch, compare, adopt. */
export type Placement =
  | { readonly kind: "answered"; readonly report: BrokerOrder }
  | { readonly kind: "rejected"; readonly reason: string }
  | { readonly kind: "duplicate" }
  | { readonly kind: "rate_limited"; readonly retryAfterMs: number }
  | { readonly kind: "unknown"; readonly reason: string };

/** `gone`: already terminal or not known at the broker; read the order to learn which. */
export type CancelOutcome = "requested" | "gone";

export interface TradeUpdate {
  readonly report: BrokerOrder;
  readonly execution?: Execution;
}

export interface BrokerListener {
  /** Called in the order of arrival; must not throw. */
  onUpdate(update: TradeUpdate): void;
  /** The stream is (again) listening; anything before may have been missed, so reconcile. */
  onConnected(): void;
  onDisconnected(reason: string): void;
}

export interface Subscription {
  close(): Promise<void>;
}

/** A place that holds money and takes orders. A failed query throws: it means unknown, never flat. */
export interface Broker {
  /** Shown to people: "Alpaca", "simulated". */
  readonly name: string;
  account(): Promise<BrokerAccount>;
  clock(): Promise<MarketClock>;
  /** Sessions whose date lies in [fromDay, toDay], YYYY-MM-DD, ascending. */
  calendar(fromDay: string, toDay: string): Promise<readonly Session[]>;
  /** Undefined when the broker does not know the symbol. */
  asset(symbol: string): Promise<Asset | undefined>;
  /** Never throws and never retries: what the POST came to is the answer. Deadline in ms covers the whole call. */
  place(request: OrderRequest, lane: Lane, deadlineMs: number): Promise<Placement>;
  /**
   * As `place`, for a change of a resting order. `answered` tells the new order, and is no promise: when the old one fills
   * first the new one is reported as rejected. Otherwise the old one is reported as replaced, with the new one's id.
   */
  replace(request: ReplaceRequest, lane: Lane, deadlineMs: number): Promise<Placement>;
  /** With its legs, when it is a bracket. */
  orderByClientId(clientOrderId: string, lane: Lane): Promise<BrokerOrder | undefined>;
  /** As `orderByClientId`, by the broker's own id. */
  orderByBrokerId(brokerOrderId: string, lane: Lane): Promise<BrokerOrder | undefined>;
  /** All open orders, every page, legs included. */
  openOrders(lane: Lane): Promise<readonly BrokerOrder[]>;
  /** Orders that left the open state or were created at or after `sinceMs`, every page, legs included. */
  closedOrders(sinceMs: number): Promise<readonly BrokerOrder[]>;
  positions(lane: Lane): Promise<readonly BrokerPosition[]>;
  cancel(brokerOrderId: string, lane: Lane): Promise<CancelOutcome>;
  /** How long a request of this lane would have to wait for the request limit, ms; 0 where it may go now. */
  waitMs(lane: Lane): number;
  subscribe(listener: BrokerListener): Subscription;
}
