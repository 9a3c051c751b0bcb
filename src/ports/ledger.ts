import type { Message } from "../message.ts";
import type { MessagePlace } from "./chat.ts";
import type { Timeframe } from "../core/bar.ts";
import type { PriceAlert } from "../core/alerts/price-alert.ts";
import type { Money } from "../core/money.ts";
import type { ClientOrderId, Order, RunId } from "../core/order.ts";
import type { Position, Trade } from "../core/position.ts";
import type { BarArchive } from "./bar-archive.ts";
import type { AlertRow, CriticalAlert, LateAlert, PendingAlert, Settlement, StaleAlert } from "./alerts.ts";
import type { CardRow, Story } from "./cards.ts";
import type { IntakeOps } from "./intake.ts";
import type {
  Approval,
  AuditRow,
  Control,
  DecisionRow,
  FilterModelInfo,
  FilterModelRow,
  JournalEntry,
  JournalFilter,
  JournalRow,
  Lease,
  Mode,
  Run,
  RunStatus,
  TradeFilter,
  TradeTotals,
} from "./records.ts";
import type { StudyStore } from "./studies.ts";

/**
 * Everything that is read or written inside a transaction or on its own. Implementations convert to and from rows;
 * money arrives as decimals, times as epoch ms.
 */
export interface LedgerOps extends BarArchive, IntakeOps {
  // leases and control
  /** Locks the account's lease row and tells whether this owner and epoch still hold it; every order write calls it first. */
  holdLease(lease: Lease): Promise<boolean>;
  control(): Promise<Control>;
  setControl(control: Control): Promise<void>;

  // runs; in a transaction the rows read are locked until it ends
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
  /** Those of the ids that have a row, in no order. */
  ordersById(clientOrderIds: readonly string[]): Promise<readonly Order[]>;
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
  /** In a transaction it locks the row until the transaction ends. */
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
  /** A run that has closed nothing is missing. */
  tradeTotalsOfRuns(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, TradeTotals>>;

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
  /** What an alert says, its row locked until the transaction ends; undefined when there is none with this key. */
  alertMessage(key: string): Promise<Message | undefined>;
  /** Changes what an alert says: also where it stands in the chats already. */
  reviseAlert(key: string, message: Message): Promise<void>;
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

  // signal filters
  /** Gives it the next id, and returns that. */
  insertFilterModel(model: Omit<FilterModelRow, "id">): Promise<number>;
  filterModel(id: number): Promise<FilterModelRow | undefined>;
  /** Newest first. */
  filterModels(filter: {
    readonly strategyId?: string;
    readonly timeframe?: Timeframe;
    readonly limit: number;
  }): Promise<readonly FilterModelInfo[]>;

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
}

export interface Ledger extends LedgerOps {
  readonly studies: StudyStore;
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
  /** How many of them there are. */
  pendingCount(sink: string): Promise<number>;
  /** `place`: where it stands, of a message that tells of one alert alone. */
  markDelivered(alertIds: readonly number[], sink: string, place?: MessagePlace): Promise<void>;
  markFailed(alertIds: readonly number[], sink: string, error: string): Promise<void>;
  /** Keeps deliveries until quiet hours are over. */
  holdDeliveries(alertIds: readonly number[], sink: string): Promise<void>;
  /** Alerts since a moment that a sink got more than `lateMs` late, or has not got yet, oldest first. */
  lateAlerts(sink: string, sinceMs: number, lateMs: number, limit: number): Promise<readonly LateAlert[]>;
  /** Every position of the account whose card in this sink may have to change: entries from `sinceMs` on, working ones, open positions, cards that have not ended. */
  stories(accountId: string, sink: string, sinceMs: number, limit: number): Promise<readonly Story[]>;
  card(subject: string, sink: string): Promise<CardRow | undefined>;
  /** Alerts since a moment whose message in this sink shows an older revision, oldest first. */
  staleAlerts(sink: string, sinceMs: number, limit: number): Promise<readonly StaleAlert[]>;
  markShown(alertId: number, sink: string, revision: number): Promise<void>;
  /** The position whose card or alert this message is, or whose thread it heads, in any sink of the platform. */
  positionAt(platform: string, messageId: string): Promise<Position | undefined>;
  saveCard(card: CardRow): Promise<void>;
  /** Throws where the database does not answer, or takes no writes. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
