import type { AlertKind, AlertLevel, Urgency } from "./core/alerts/level.ts";
import type { PriceAlert } from "./core/alerts/price-alert.ts";
import type { QuietHours } from "./core/alerts/quiet.ts";
import type { Bar, Timeframe } from "./core/bar.ts";
import type { EquityCurve } from "./core/equity-curve.ts";
import type { GroupFigures, Grouping } from "./core/groups.ts";
import type { Money } from "./core/money.ts";
import type {
  BrokerOrder,
  ClientOrderId,
  Execution,
  Order,
  OrderType,
  RunId,
  Side,
  TimeInForce,
} from "./core/order.ts";
import type { Position, Trade } from "./core/position.ts";
import type { ReportTime } from "./core/report-schedule.ts";
import type { GateCheck } from "./core/risk/contract.ts";
import type { LimitChange, Limits } from "./core/risk/limits.ts";
import type { LimitUse } from "./core/risk/usage.ts";
import type { RunOptions } from "./core/run-options.ts";
import type { Params } from "./core/strategies/contract.ts";
import type { Plot } from "./core/strategies/plot.ts";
import type { Drawing, Message } from "./message.ts";

/** Wall-clock time, epoch ms UTC, and waiting. Market time is the broker's clock. */
export interface Clock {
  nowMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log to stderr. Never give it a secret; `error` values are reduced to their messages. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, text: string): void;
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
}

/** Short random ids for humans (run ids, confirmation codes) and long ones for rows. */
export interface Ids {
  /** `length` characters of an alphabet without look-alikes. */
  short(length: number): string;
  uuid(): string;
}

// ---------------------------------------------------------------- broker

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
  /** Negative when short. */
  readonly quantity: Money;
  /** What no working order holds, never above `quantity`. */
  readonly available: Money;
  readonly avgEntryPrice: Money;
  readonly currentPrice: Money | null;
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
  /** All open orders, every page, legs included. */
  openOrders(): Promise<readonly BrokerOrder[]>;
  /** Orders that left the open state or were created at or after `sinceMs`, every page, legs included. */
  closedOrders(sinceMs: number): Promise<readonly BrokerOrder[]>;
  positions(lane: Lane): Promise<readonly BrokerPosition[]>;
  cancel(brokerOrderId: string, lane: Lane): Promise<CancelOutcome>;
  subscribe(listener: BrokerListener): Subscription;
}

export interface LatestPrice {
  readonly price: number;
  /** When that trade happened, market time, epoch ms. */
  readonly atMs: number;
}

/** Best bid and ask, USD; 0 where nobody bids or offers. */
interface Quote {
  readonly bid: number;
  readonly ask: number;
}

export interface MarketData {
  /** Bars of the regular session, split-adjusted, ascending, start in [startMs, endMs]; one multi-symbol request (paged). */
  bars(
    timeframe: Timeframe,
    symbols: readonly string[],
    startMs: number,
    endMs: number,
  ): Promise<ReadonlyMap<string, readonly Bar[]>>;
  latestPrices(symbols: readonly string[]): Promise<ReadonlyMap<string, LatestPrice>>;
  /** Best bid and ask now; a symbol without a quote is left out, a missing side is 0. */
  latestQuotes(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
}

// ---------------------------------------------------------------- ledger

export type RunStatus = "running" | "paused" | "stopped";

/** A started strategy: the row is the subscription, the next tick reads it. */
export interface Run {
  readonly id: RunId;
  readonly accountId: string;
  readonly strategyId: string;
  readonly symbols: readonly string[];
  readonly params: Params;
  readonly options: RunOptions;
  readonly status: RunStatus;
  readonly startedBy: string;
  readonly startedAt: number;
  readonly stoppedAt: number | null;
}

export type Mode = "paper" | "live";

export interface Control {
  readonly mode: Mode;
  readonly halted: boolean;
  readonly killed: boolean;
  /** Who and why, for the newest halt or kill; null when trading is free. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly since: number | null;
}

export interface Lease {
  readonly accountId: string;
  readonly owner: string;
  /** Rises with each new holder: a write under an old epoch is refused. */
  readonly epoch: number;
}

export interface DecisionRow {
  readonly accountId: string;
  readonly runId: RunId | null;
  readonly strategyId: string;
  readonly symbol: string;
  readonly barTime: number | null;
  readonly signal: "BUY" | "SELL" | "HOLD";
  /** What came of it: entered, exited, refused, held (already long / flat), asked (waits for a person's approval). */
  readonly outcome: "entered" | "exited" | "refused" | "held" | "asked";
  readonly code: string | null;
  readonly text: string;
  readonly checks: readonly GateCheck[];
  readonly figures: Readonly<Record<string, number>>;
  readonly atMs: number;
}

export type { AlertKind };

/** An alert to be: written in the transaction of what it tells, delivered after commit, at least once, in order. */
export interface AlertRow {
  /** Unique; what was said already under this key is not said again. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly message: Message;
  readonly atMs: number;
  readonly urgency?: Urgency;
  /** The only sinks it is for; absent: every configured one. */
  readonly sinks?: readonly string[];
}

export interface PendingAlert extends Omit<AlertRow, "sinks"> {
  readonly id: number;
  readonly attempts: number;
}

/** Why a delivery ended without a message of its own: below the channel's level, told in a digest, or refused for good. */
export type Settlement = "skipped" | "digest" | "refused";

/** A delivery that came late, or has not come yet. */
export interface LateAlert extends AlertRow {
  readonly deliveredAtMs: number | null;
  readonly settled: Settlement | null;
}

/** A critical alert, and how far calling for somebody has come. */
export interface CriticalAlert extends AlertRow {
  readonly id: number;
  readonly ackedAtMs: number | null;
  readonly ackedBy: string | null;
  /** How often it was said again. */
  readonly calls: number;
  /** When it was last said again; null before the first time. */
  readonly calledAtMs: number | null;
}

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

export interface AuditRow {
  readonly accountId: string | null;
  /** "slack:U123 (ann)", "console", "engine". */
  readonly actor: string;
  readonly platform: string;
  readonly channel: string | null;
  readonly deliveryId: string | null;
  /** The command as typed, or the engine's act. */
  readonly action: string;
  readonly outcome: "done" | "refused" | "failed" | "asked";
  readonly detail: string;
  readonly atMs: number;
}

/** An entry that a run with approve=ask wants to make: the signal as it was decided, and what a person said to it. */
export interface Approval {
  /** The client id of the order that it would be. */
  readonly id: string;
  readonly accountId: string;
  readonly runId: RunId;
  readonly strategyId: string;
  readonly symbol: string;
  readonly barTime: number;
  /** Close of the bar, and ATR(14) on it (null before it exists), USD. */
  readonly close: number;
  readonly atr: number | null;
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly context: string;
  /** `BUY 5 AAPL at about $185.50 · stop $180.50` */
  readonly text: string;
  readonly status: "open" | "approved" | "rejected" | "expired" | "withdrawn";
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  /** The delivery of the press that decided. */
  readonly decidedDelivery: string | null;
}

/** One press of a confirmation: the delivery it came by, and who pressed. */
export interface ConfirmationUse {
  /** Platform and delivery id: a re-delivery of the same press has the same. */
  readonly delivery: string;
  readonly by: string;
}

/** A command that waits for its author's yes. */
export interface Confirmation {
  readonly code: string;
  readonly command: string;
  readonly platform: string;
  readonly userId: string;
  /** Set when somebody else than the requester must press. */
  readonly secondPerson: boolean;
  readonly expiresAt: number;
  /** The press that used it; null while it is good. */
  readonly used: ConfirmationUse | null;
}

/** One entry of the trading journal, as it is written: never changed, never removed; a tag is taken off by a further entry. */
export interface JournalEntry {
  readonly accountId: string;
  /** Of an open position or a closed trade. */
  readonly positionId: string;
  readonly kind: "note" | "tag" | "untag";
  /** The note as it was given, or the tags with blanks between. */
  readonly text: string;
  /** "slack:U123", "console". */
  readonly actor: string;
  /** How people call that person. */
  readonly name: string;
  readonly platform: string;
  readonly channel: string | null;
  /** Unique a platform: a repeated delivery writes nothing. */
  readonly deliveryId: string;
  readonly atMs: number;
}

/** An entry as it is read, with what it is about. */
export interface JournalRow extends JournalEntry {
  readonly id: number;
  readonly number: number;
  readonly symbol: string;
  readonly strategyId: string;
}

/** What narrows closed trades; times are of the exit. */
export interface TradeFilter {
  readonly accountId: string;
  readonly runId?: RunId;
  readonly strategyId?: string;
  readonly symbol?: string;
  readonly tag?: string;
  /** Closed at or after. */
  readonly sinceMs?: number;
  /** Closed before. */
  readonly untilMs?: number;
  readonly positionId?: string;
}

/** What narrows the journal: times are of the entries, the rest is of the positions they are about. */
export type JournalFilter = TradeFilter;

export interface TradeTotals {
  readonly trades: number;
  readonly wins: number;
  readonly pnl: Money;
}

export type InboxClaim = "new" | "seen";

/** Who sent a command, from where and what: enough to write its audit row when the process that worked on it is gone. */
export type CommandAbout = Pick<AuditRow, "actor" | "channel" | "action">;

/** A command that was begun by a process that is dead, and never finished. */
export interface InterruptedDelivery {
  readonly platform: string;
  readonly deliveryId: string;
  readonly owner: string;
  readonly about: CommandAbout;
  /** The audit tells of it all the same. */
  readonly audited: boolean;
}

/**
 * Everything that is read or written inside a transaction or on its own. Implementations convert to and from rows;
 * money arrives as decimals, times as epoch ms.
 */
export interface LedgerOps {
  // leases and control
  /** Locks the account's lease row and tells whether this owner and epoch still hold it; every order write calls it first. */
  holdLease(lease: Lease): Promise<boolean>;
  control(): Promise<Control>;
  setControl(control: Control): Promise<void>;

  // runs
  runs(filter: {
    readonly accountId?: string;
    readonly status?: readonly RunStatus[];
  }): Promise<readonly Run[]>;
  run(id: string): Promise<Run | undefined>;
  /** False when a run with this id exists already. */
  insertRun(run: Run): Promise<boolean>;
  updateRun(run: Run): Promise<void>;
  /** Newest decided bar per symbol of a run, epoch ms. */
  cursors(runId: RunId): Promise<ReadonlyMap<string, number>>;
  /** Only ever moves forward. */
  setCursor(runId: RunId, symbol: string, barTime: number): Promise<void>;

  // orders and fills
  order(clientOrderId: string): Promise<Order | undefined>;
  /** As `order`, but locks the row until the transaction ends. */
  lockOrder(clientOrderId: string): Promise<Order | undefined>;
  orderByBrokerId(brokerOrderId: string): Promise<Order | undefined>;
  /** False when the client id, or one of the partial unique indexes on entries, refuses it. */
  insertOrder(order: Order): Promise<boolean>;
  updateOrder(order: Order): Promise<void>;
  /** SENDING, ACCEPTED, PARTIALLY_FILLED, UNKNOWN. */
  liveOrders(accountId: string): Promise<readonly Order[]>;
  ordersOfPosition(positionId: string): Promise<readonly Order[]>;
  /** Stop and target that came with this bracket entry, replacements of them included. */
  legsOf(entryOrderId: string): Promise<readonly Order[]>;
  recentOrders(filter: {
    readonly accountId: string;
    readonly symbol?: string;
    readonly limit: number;
    /** So many newer ones are passed over. */
    readonly offset?: number;
  }): Promise<readonly Order[]>;
  orderCount(accountId: string): Promise<number>;
  /** Entries made at or after `sinceMs`, those that were rejected left out. */
  countEntries(accountId: string, sinceMs: number): Promise<number>;
  /** False when this execution id is booked already. */
  insertFill(fill: {
    readonly clientOrderId: ClientOrderId;
    readonly executionId: string | null;
    readonly quantity: Money;
    readonly price: Money;
    readonly atMs: number;
  }): Promise<boolean>;

  // positions and trades
  openPositions(accountId: string): Promise<readonly Position[]>;
  position(id: string): Promise<Position | undefined>;
  /** As `position`, but locks the row until the transaction ends. */
  lockPosition(id: string): Promise<Position | undefined>;
  positionOfEntry(entryOrderId: string): Promise<Position | undefined>;
  /** Gives the position its number, whatever stands in it. */
  insertPosition(position: Position): Promise<Position>;
  /** Everything but the number, which stays. */
  updatePosition(position: Position): Promise<void>;
  positionByNumber(accountId: string, number: number): Promise<Position | undefined>;
  /** Raises high water or lowers low water to a price that was seen, if the position is open; needs no lock. */
  seePrice(positionId: string, price: Money): Promise<void>;
  /** Replaces an earlier row of the same position (a late fill after the close corrects it). */
  saveTrade(trade: Trade): Promise<void>;
  /** Newest first. */
  trades(
    filter: TradeFilter & {
      readonly limit?: number;
      readonly offset?: number;
      /** Only those after this one in the list: reads on where a page ended, however long the history. */
      readonly after?: Pick<Trade, "exitTime" | "positionId">;
    },
  ): Promise<readonly Trade[]>;
  /** Of the newest `limit` trades, or of all. */
  tradeTotals(filter: TradeFilter & { readonly limit?: number }): Promise<TradeTotals>;

  // journal
  /** False, and nothing is written, when this delivery was written before. */
  insertJournal(entry: JournalEntry): Promise<boolean>;
  /** Newest first; `beforeId` reads on where a page ended. */
  journal(
    filter: JournalFilter & { readonly limit: number; readonly beforeId?: number; readonly offset?: number },
  ): Promise<readonly JournalRow[]>;
  journalCount(filter: JournalFilter): Promise<number>;
  /** Tags that are there already, or were not there, change nothing. */
  changeTags(positionId: string, add: readonly string[], remove: readonly string[]): Promise<void>;
  /** The tags of these positions, in alphabetical order; a position without one is not in the map. */
  tagsOf(positionIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Every tag in use, with how many positions have it; the most used first. */
  tagCounts(accountId: string): Promise<readonly { readonly tag: string; readonly positions: number }[]>;

  // decisions, alerts, audit
  insertDecision(decision: DecisionRow): Promise<void>;
  decisions(filter: {
    readonly accountId: string;
    readonly symbol?: string;
    readonly strategyId?: string;
    readonly limit: number;
    /** So many newer ones are passed over. */
    readonly offset?: number;
  }): Promise<readonly DecisionRow[]>;
  decisionCount(filter: {
    readonly accountId: string;
    readonly symbol?: string;
    readonly strategyId?: string;
  }): Promise<number>;
  /** Writes the alert and one delivery a configured sink (or each of `alert.sinks`); false when the key exists. */
  insertAlert(alert: AlertRow): Promise<boolean>;
  /** Deliveries that wait for the end of quiet hours, oldest first; a transaction locks them. */
  heldAlerts(sink: string, limit: number): Promise<readonly PendingAlert[]>;
  /** Ends open deliveries that get no message of their own. */
  settleDeliveries(alertIds: readonly number[], sink: string, how: Settlement): Promise<void>;
  /** Back into the line of their sink, each at its place. */
  releaseDeliveries(alertIds: readonly number[], sink: string): Promise<void>;
  /** Critical alerts since a moment that nobody has acknowledged, oldest first. */
  openCriticals(sinceMs: number): Promise<readonly CriticalAlert[]>;
  /** The alert with who acknowledged it first, this call or an earlier one; undefined when it is no critical alert. */
  acknowledgeAlert(
    id: number,
    by: string,
    atMs: number,
  ): Promise<(CriticalAlert & { readonly first: boolean }) | undefined>;
  /** Counts a repeated call; false when it is acknowledged, or another process made this call. */
  countCall(id: number, call: number, atMs: number): Promise<boolean>;

  // price alerts
  insertPriceAlert(alert: PriceAlert): Promise<boolean>;
  /** Those that have not spoken, oldest first. */
  priceAlerts(): Promise<readonly PriceAlert[]>;
  armPriceAlert(id: string): Promise<void>;
  /** True for exactly one caller. */
  firePriceAlert(id: string, price: Money, atMs: number): Promise<boolean>;
  /** False when it has spoken, or never was. */
  removePriceAlert(id: string): Promise<boolean>;

  insertAudit(row: AuditRow): Promise<void>;
  audits(limit: number): Promise<readonly AuditRow[]>;

  // approvals
  /** False when this run, symbol and bar was proposed before, or another proposal for the run and symbol is open. */
  insertApproval(approval: Approval): Promise<boolean>;
  approval(id: string): Promise<Approval | undefined>;
  /** As `approval`, but locks the row until the transaction ends; after the lease's lock, never before. */
  lockApproval(id: string): Promise<Approval | undefined>;
  updateApproval(approval: Approval): Promise<void>;
  /** Oldest first. */
  openApprovals(accountId: string): Promise<readonly Approval[]>;

  // settings and snapshots
  setting(name: string): Promise<unknown>;
  setSetting(name: string, value: unknown): Promise<void>;
  /** Settings whose names begin so, by name. */
  settings(prefix: string): Promise<ReadonlyMap<string, unknown>>;
  /** As `setting`, but locks its row until the transaction ends; one that was never set is null from then on. */
  lockSetting(name: string): Promise<unknown>;
  insertEquity(snapshot: {
    readonly accountId: string;
    readonly atMs: number;
    readonly equity: Money;
    readonly cash: Money;
  }): Promise<void>;
  equity(
    accountId: string,
    sinceMs: number,
  ): Promise<readonly { readonly atMs: number; readonly equity: Money; readonly cash: Money }[]>;

  /** The highest of all snapshots of the account; null without one. */
  peakEquity(accountId: string): Promise<Money | null>;

  // chat intake
  /**
   * First caller gets "new"; a delivery left unfinished by a dead process may be claimed again by another owner. The
   * claim is the record that the command has begun.
   */
  claimDelivery(
    platform: string,
    deliveryId: string,
    owner: string,
    about: CommandAbout,
  ): Promise<InboxClaim>;
  /**
   * True for one call only, which writes the delivery's audit row in the same transaction. Also for a delivery that could
   * not be claimed; false once it is finished, and while it is another owner's.
   */
  finishDelivery(platform: string, deliveryId: string, owner: string, about: CommandAbout): Promise<boolean>;
  /**
   * Unfinished deliveries claimed more than `olderThanMs` ago (the database's clock) whose owner is dead, as in
   * `claimDelivery`, oldest first. A transaction holds them until it ends, and does not see those that another one holds.
   */
  interruptedDeliveries(olderThanMs: number, limit: number): Promise<readonly InterruptedDelivery[]>;
  insertConfirmation(confirmation: Confirmation): Promise<void>;
  confirmation(code: string): Promise<Confirmation | undefined>;
  /**
   * True for exactly one delivery, however often it asks: a press whose process died right after it goes on when it is
   * delivered again.
   */
  useConfirmation(code: string, use: ConfirmationUse): Promise<boolean>;
}

export interface Ledger extends LedgerOps {
  /** "PGlite in ./data" or "Postgres at host/db": never with a password. */
  readonly description: string;
  transaction<T>(work: (tx: LedgerOps) => Promise<T>): Promise<T>;
  ensureAccount(account: {
    readonly id: string;
    readonly mode: Mode;
    readonly broker: string;
    readonly accountNumber: string | null;
  }): Promise<void>;
  /** Takes the lease if it is free or expired, or renews it for its holder; null while somebody else holds it. The database's own clock decides. */
  takeLease(accountId: string, owner: string, ttlMs: number): Promise<Lease | null>;
  releaseLease(lease: Lease): Promise<void>;
  /** Undelivered alerts for one sink: kills and halts, then fills and stops, then the rest; each of them oldest first; without those that quiet hours hold back. */
  pendingAlerts(sink: string, limit: number): Promise<readonly PendingAlert[]>;
  markDelivered(alertIds: readonly number[], sink: string): Promise<void>;
  markFailed(alertIds: readonly number[], sink: string, error: string): Promise<void>;
  /** Keeps deliveries until quiet hours are over. */
  holdDeliveries(alertIds: readonly number[], sink: string): Promise<void>;
  /** Alerts since a moment that a sink got more than `lateMs` late, or has not got yet, oldest first. */
  lateAlerts(sink: string, sinceMs: number, lateMs: number, limit: number): Promise<readonly LateAlert[]>;
  /** Every position of the account whose card in this sink may have to change: entries from `sinceMs` on, working ones, open positions, cards that have not ended. */
  stories(accountId: string, sink: string, sinceMs: number, limit: number): Promise<readonly Story[]>;
  card(subject: string, sink: string): Promise<CardRow | undefined>;
  /** The card that this message is, or whose thread it heads, in any sink of the platform. */
  cardAt(platform: string, messageId: string): Promise<CardRow | undefined>;
  saveCard(card: CardRow): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- chat

export type ConnectionState = "connected" | "connecting" | "down";

/**
 * What one message came to. `count`: how many of the given alerts, from the first, it holds. `busy`: nothing was sent, the
 * platform takes the next message only after `waitMs`. `failed`: not confirmed, so perhaps sent; the outbox keeps them.
 */
export type Posted =
  | { readonly kind: "posted"; readonly count: number }
  | { readonly kind: "busy"; readonly waitMs: number }
  | {
      readonly kind: "failed";
      readonly count: number;
      readonly reason: string;
      /** How long the platform wants to be left alone, ms, where it said so. */
      readonly retryAfterMs?: number;
    };

/** Where a message stands, by the platform's own ids. */
export interface MessagePlace {
  readonly channel: string;
  readonly messageId: string;
}

/**
 * What became of a message that stays. `gone`: somebody has deleted it. `refused`: the platform will not do this, however
 * often it is asked. `busy` and `failed` as in `Posted`.
 */
export type Placed<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "gone" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "busy"; readonly waitMs: number }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: number };

/** Messages that stay and are edited, each with a thread below it. Nothing here throws, and nothing notifies where the platform can be quiet. */
export interface Board {
  /** `key` names the message for ever; with `again` an earlier attempt may have been taken, and its message is looked for first. */
  post(card: {
    readonly key: string;
    readonly message: Message;
    readonly again: boolean;
  }): Promise<Placed<MessagePlace>>;
  edit(place: MessagePlace, message: Message): Promise<Placed<void>>;
  /** Says `lines` in the thread below the message, which is made where there is none. The value: its id, and how many lines fitted. */
  tell(
    place: MessagePlace,
    /** `told`: how many lines it holds by now, which tells a line said again from one that is being repeated. */
    thread: { readonly id: string | null; readonly title: string; readonly told: number },
    lines: readonly string[],
  ): Promise<Placed<{ readonly threadId: string; readonly count: number }>>;
  /** Only where a message can stand at the head of its channel. */
  pin?(place: MessagePlace): Promise<Placed<void>>;
}

/** A place where people are. */
export interface Chat {
  readonly platform: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Says one message: the first of the alerts, or as many of them as fit when the platform's rate does not allow one
   * message each. Alerts that were tried before are all in it. Never throws.
   */
  post(alerts: readonly PendingAlert[]): Promise<Posted>;
  /** Absent where messages cannot be edited (the console). */
  readonly board?: Board;
  state(): ConnectionState;
}

/** Makes pictures of drawings. */
export interface Pictures {
  /** PNG bytes; undefined when it cannot be drawn, which is in the log: then its alt text is shown. Never throws. */
  draw(drawing: Drawing): Promise<Uint8Array | undefined>;
}

/** Takes alerts to mailboxes. */
export interface Mailer {
  /** Where mails go: never with a password. */
  readonly description: string;
  /** Throws when the mail server has not accepted the mail; the same key always gives the same Message-ID. */
  send(alert: PendingAlert): Promise<void>;
  close(): void;
}

// ---------------------------------------------------------------- desk

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

export interface PositionView {
  readonly position: Position;
  readonly currentPrice: number | null;
  readonly unrealizedPnl: number | null;
  readonly unrealizedPnlPercent: number | null;
  /** Unrealised gain in units of the initial risk. */
  readonly rMultiple: number | null;
  /** Market time since the entry. */
  readonly ageMs: number;
}

/** A holding at the broker that no row of ours explains. */
export interface ExternalView {
  readonly symbol: string;
  readonly quantity: Money;
  readonly currentPrice: Money | null;
}

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

/** What an order by hand would do now. */
export interface ManualPreview {
  readonly side: Side;
  readonly symbol: string;
  readonly shares: Money;
  /** What a share is expected to cost, USD. */
  readonly price: number;
  readonly limit: number | null;
  readonly stop: number | null;
  readonly target: number | null;
  /** Change of what is lost when every stop is hit, USD; negative for a sale. */
  readonly risk: number;
  /** Every pre-trade check, as for a strategy's entry; none for a sale. */
  readonly checks: readonly GateCheck[];
}

export interface RunView {
  readonly run: Run;
  readonly title: string;
  readonly openPositions: number;
  readonly closedTrades: number;
  readonly realizedPnl: Money;
  /** Per symbol: newest decided bar, the kernel's newest reason, and the market-context line. */
  readonly symbols: readonly {
    readonly symbol: string;
    readonly barTime: number | null;
    readonly reason: string | null;
    readonly context: string | null;
  }[];
}

export interface PerformanceView {
  readonly period: "day" | "week" | "month" | "all";
  readonly trades: number;
  readonly realizedPnl: number;
  readonly unrealizedPnl: number;
  readonly winRatePercent: number | null;
  readonly profitFactor: number | null;
  /** Mean P&L of a trade, USD. */
  readonly expectancy: number | null;
  /** Annualised from daily equity as in the backtest; null until there are enough days. */
  readonly sharpe: number | null;
  /** Negative percent, from equity snapshots. */
  readonly maxDrawdownPercent: number | null;
  readonly best: Trade | null;
  readonly worst: Trade | null;
}

/** A symbol's bars and what this desk did on them; `plot` and times are aligned with the bars. */
export interface ChartView {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** The last one may still be forming; oldest first. */
  readonly bars: readonly Bar[];
  /** The run whose averages are shown, and what a chart shows of its strategy; null where none trades on these bars. */
  readonly strategyId: string | null;
  readonly plot: Plot | null;
  /** Entries and exits, in market time. */
  readonly fills: readonly {
    readonly side: "buy" | "sell";
    readonly atMs: number;
    readonly price: number;
  }[];
  /** Open in this symbol. */
  readonly positions: readonly PositionView[];
  /** The latest trade, else the last close. */
  readonly price: number | null;
}

/** A session or a week of sessions; `label` is `2026-11-20` or `2026-11-16 to 2026-11-20`. */
export interface ReportSpan {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What became of a span: its trades and equity, and the positions and the risk of now. */
export interface ReportView {
  readonly span: ReportSpan;
  readonly ended: boolean;
  /** Before the span, USD; null when nothing was recorded. */
  readonly startEquity: number | null;
  readonly endEquity: number | null;
  /** Closed in the span. */
  readonly trades: number;
  readonly won: number;
  readonly realizedPnl: number;
  readonly best: Trade | null;
  readonly worst: Trade | null;
  readonly positions: readonly PositionView[];
  readonly risk: RiskView;
  readonly curve: EquityCurve;
}

export interface RiskView {
  readonly equity: number;
  readonly lastEquity: number;
  readonly cash: number;
  readonly buyingPower: number;
  /** Loss since the last session's close, fraction of that equity; negative in profit. */
  readonly dayLoss: number;
  readonly maxDayLoss: number;
  /** Value of positions, working entries and external holdings. */
  readonly exposure: number;
  /** Heat: what of it is lost when every stop is hit; all of what is external. */
  readonly openRisk: number;
  readonly limits: readonly LimitUse[];
  readonly openPositions: number;
  readonly control: Control;
}

/** Changes of the risk limits that could be made. */
export type LimitsPlan =
  | {
      readonly kind: "plan";
      readonly limits: Limits;
      readonly changes: readonly LimitChange[];
      /** `heat_pct 25% → 20%, max_positions none → 8` */
      readonly text: string;
      /** More could be risked than before. */
      readonly raises: boolean;
    }
  | { readonly kind: "refused"; readonly text: string };

export interface HealthView {
  /** Reconciled and every chat connected. */
  readonly ready: boolean;
  readonly version: string;
  readonly mode: Mode;
  readonly broker: {
    readonly name: string;
    readonly stream: ConnectionState;
    readonly accountNumber: string | null;
  };
  readonly database: { readonly description: string; readonly ok: boolean };
  readonly chats: readonly { readonly platform: string; readonly state: ConnectionState }[];
  readonly leader: boolean;
  readonly reconciled: boolean;
  readonly market: { readonly isOpen: boolean; readonly nowMs: number } | null;
  /** Why the newest tick failed; null when it did not. */
  readonly tickFailure: string | null;
  readonly lastTickMs: number | null;
  /** How long the newest tick took. */
  readonly tickDurationMs: number | null;
  readonly pendingAlerts: number;
  readonly startedAtMs: number;
}

/** What a channel wants to hear, and when. */
export interface ChannelAlerts {
  readonly level: AlertLevel;
  readonly quiet: QuietHours | null;
}

/** Who is called when nobody acknowledges a critical alert. */
export interface OnCall {
  /** "slack:U123", "slack:S12" (a group), "discord:42", "discord:&42" (a role). */
  readonly people: readonly string[];
  /** Patience before each call, minutes. */
  readonly minutes: number;
}

export interface ReportPlan {
  readonly daily: ReportTime;
  readonly weekly: ReportTime;
}

export interface AlertsView {
  readonly channels: ReadonlyMap<string, ChannelAlerts>;
  readonly onCall: OnCall;
  /** Where mail goes, null when it is not configured. */
  readonly mail: string | null;
  readonly prices: readonly PriceAlert[];
  /** Critical ones that nobody has acknowledged. */
  readonly open: readonly CriticalAlert[];
}

/** What the desk is told, when and how. */
export interface AlertDesk {
  view(): Promise<AlertsView>;
  setLevel(channel: string, level: AlertLevel): Promise<Outcome>;
  setQuiet(channel: string, quiet: QuietHours | null): Promise<Outcome>;
  setOnCall(change: Partial<OnCall>): Promise<Outcome>;
  addPrice(
    wanted: Pick<PriceAlert, "symbol" | "side" | "price" | "note">,
    by: By,
  ): Promise<Outcome<PriceAlert>>;
  removePrice(id: string): Promise<Outcome>;
  /** What a channel got late or has not got yet, since a moment. */
  missed(channel: string, sinceMs: number): Promise<readonly LateAlert[]>;
  acknowledge(id: number, by: By): Promise<Outcome>;
  schedule(): Promise<ReportPlan>;
  setSchedule(report: keyof ReportPlan, time: ReportTime): Promise<Outcome>;
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

/** Closed bars of the regular session by symbol, oldest first; those before `fromMs` are history. */
export interface PastBars {
  readonly fromMs: number;
  readonly bars: ReadonlyMap<string, readonly Bar[]>;
}

/** Everything a front end may ask of the engine: chat commands and HTTP know nothing deeper. */
export interface Desk {
  readonly alerts: AlertDesk;
  startRun(
    request: {
      readonly strategyId: string;
      readonly symbols: readonly string[];
      readonly settings: readonly string[];
    },
    by: By,
  ): Promise<Outcome<Run>>;
  /** `which`: a run id, a strategy id, or "all". */
  stopRuns(which: string, closePositions: boolean, by: By): Promise<Outcome>;
  pauseRuns(which: string, by: By): Promise<Outcome>;
  resumeRuns(which: string, by: By): Promise<Outcome>;
  /** Applies from the next bar on; positions that are open keep their stops. */
  setRun(runId: string, settings: readonly string[], by: By): Promise<Outcome>;
  runs(): Promise<readonly RunView[]>;

  positions(filter?: {
    readonly strategyId?: string;
    readonly symbol?: string;
  }): Promise<readonly PositionView[]>;
  externals(): Promise<readonly ExternalView[]>;
  /** What becomes of a holding that no run opened; `stop` in USD, null for the default. */
  decideExternal(
    action: "adopt" | "close" | "ignore",
    symbol: string,
    stop: number | null,
    by: By,
  ): Promise<Outcome>;
  /**
   * Asks for an exit at market of every open position that matches; "all" is every one. `part`, in (0, 1), sells that
   * fraction of each, in whole shares rounded down, and leaves the rest under its stop.
   */
  closePositions(which: PositionFilter & { readonly part?: number }, by: By): Promise<Outcome>;
  /** Raises the stop of every open position that matches; refused where it would be lowered, or too near the market. */
  moveStop(which: PositionFilter, to: StopWish, by: By): Promise<Outcome>;
  /** What an order by hand would do; refused with every check that stands against it. Writes nothing. */
  previewOrder(ticket: ManualTicket): Promise<Outcome<ManualPreview>>;
  /** Buys into a position of `manual`, through every pre-trade check, or sells from those positions only. */
  placeOrder(ticket: ManualTicket, by: By): Promise<Outcome>;
  trades(
    filter: OfAccount<TradeFilter> & { readonly limit: number; readonly offset?: number },
  ): Promise<readonly Trade[]>;
  tradeTotals(filter: OfAccount<TradeFilter> & { readonly limit?: number }): Promise<TradeTotals>;
  /** An open position or a closed trade by its number. */
  findPosition(number: number): Promise<Position | undefined>;
  tagsOf(positionIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  tagCounts(): ReturnType<LedgerOps["tagCounts"]>;
  journal(
    filter: OfAccount<JournalFilter> & { readonly limit: number; readonly offset?: number },
  ): Promise<readonly JournalRow[]>;
  journalCount(filter: OfAccount<JournalFilter>): Promise<number>;
  /** Once a delivery id and platform; 10 kB at most. */
  addNote(about: JournalAbout, text: string, where: Where, by: By): Promise<Outcome>;
  changeTags(
    about: JournalAbout,
    change: { readonly kind: "tag" | "untag"; readonly tags: readonly string[] },
    where: Where,
    by: By,
  ): Promise<Outcome>;
  orders(limit: number, offset?: number): Promise<readonly Order[]>;
  orderCount(): Promise<number>;
  cancelOrders(which: string, by: By): Promise<Outcome>;
  /** Entries that wait for a person's word, oldest first. */
  approvals(): Promise<readonly Approval[]>;
  /** Buys what was proposed if every check passes now; of several presses the first one decides. */
  approve(id: string, by: By): Promise<Outcome>;
  reject(id: string, by: By): Promise<Outcome>;
  decisions(filter: {
    readonly symbol?: string;
    readonly strategyId?: string;
    readonly limit: number;
    readonly offset?: number;
  }): Promise<readonly DecisionRow[]>;
  decisionCount(filter: { readonly symbol?: string; readonly strategyId?: string }): Promise<number>;
  /** Closed trades of the period, told apart. */
  performanceBy(period: PerformanceView["period"], by: Grouping): Promise<readonly GroupFigures[]>;
  performance(period: PerformanceView["period"]): Promise<PerformanceView>;
  /** Equity over the period for a picture: a few hundred points, closed hours left out. */
  equityCurve(period: PerformanceView["period"]): Promise<EquityCurve>;
  /** The session that is open now or was last, or its week; undefined while the calendar cannot be read. */
  report(span: "day" | "week"): Promise<ReportView | undefined>;
  /** Closed bars to test a strategy on. Refused for a symbol that the broker does not list or that had no bar. */
  pastBars(request: PastBarsRequest): Promise<Outcome<PastBars>>;
  /** Refused for a symbol that the broker does not list; without bars the chart is empty. */
  chart(request: {
    readonly symbol: string;
    /** That of the run that trades it unless given, 15Min where none does. */
    readonly timeframe?: Timeframe;
  }): Promise<Outcome<ChartView>>;
  risk(): Promise<RiskView>;
  /** What `name=value` texts would change of the risk limits; nothing is written. */
  planLimits(settings: readonly string[]): Promise<LimitsPlan>;
  /** Changes risk limits, from the next entry on. Without `mayRaise` nothing is raised. */
  setLimits(settings: readonly string[], mayRaise: boolean, by: By): Promise<Outcome>;
  control(): Promise<Control>;
  halt(reason: string, by: By): Promise<Outcome>;
  resume(by: By): Promise<Outcome>;
  /** Latches at once and works until the broker reports zero; resolves with the report per symbol. `drill` tells what would be done. */
  kill(drill: boolean, by: By): Promise<Outcome>;
  /** Every lock of PRODUCT.md is checked again here. */
  setMode(mode: Mode, by: By): Promise<Outcome>;
  /** What still stands between here and live trading; empty when every lock but the two admins' word is open. */
  liveLocks(): Promise<readonly string[]>;
  health(): Promise<HealthView>;
}
