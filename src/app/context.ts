import type { Position } from "../core/position.ts";
import { money, type Money } from "../core/money.ts";
import type { DailyCloses } from "../core/risk/correlation.ts";
import type {
  Broker,
  BrokerAccount,
  By,
  Clock,
  ConnectionState,
  ExternalView,
  ForeignOrder,
  Ids,
  LatestPrice,
  Lease,
  Ledger,
  Log,
  MarketClock,
  MarketData,
  Mode,
  OnnxRuntime,
  Session,
  UnrecordedStore,
} from "../ports.ts";
import type { DirectKill } from "./direct-kill.ts";
import type { LoadedFilter } from "./ml-filter.ts";
import type { Serial } from "./serial.ts";

/** What one trading account's engine is given: ports, and the figures that configuration sets. */
export interface EngineSettings {
  readonly accountId: string;
  readonly mode: Mode;
  readonly broker: Broker;
  readonly market: MarketData;
  /** Where bars of the past come from, when that is not the market itself. */
  readonly past?: Pick<MarketData, "bars">;
  readonly ledger: Ledger;
  /** What the ledger could not take is kept there. */
  readonly unrecorded: UnrecordedStore;
  /** For signal filters that a user brought. */
  readonly onnx: OnnxRuntime;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** This process, as the lease knows it. */
  readonly owner: string;
  /** The account number that must be read before anything is sent; undefined where any will do (paper). */
  readonly requiredAccount?: string;
  /** More entries than this in a minute are no strategy's wish: the engine halts by itself. */
  readonly maxEntriesAMinute: number;
  /** Cap on money at work in live mode, USD; undefined in paper. */
  readonly maxCapital?: number;
  /** How often open positions are compared with the latest price, ms. */
  readonly watchEveryMs: number;
}

/** What an engine tells those around it. */
export interface EngineHooks {
  readonly wakeAlerts: () => void;
  /** Called at each look at the lease that was given up for the other mode; must not throw. */
  readonly onOtherMode?: () => void;
}

/** A holding that no run opened, of one quantity. */
export interface ExternalHolding extends ExternalView {
  /** When this quantity was first read. */
  readonly since: number;
}

/** A position that needs the engine's watching and whose price does not come. */
export interface Unpriced {
  /** Since when, performance clock. */
  readonly sinceMs: number;
  told: boolean;
}

/**
 * What an engine knows beyond the database. All of it can be forgotten: a restart reads the rows, and what was kept without
 * them, asks the broker and knows the same again.
 */
export interface EngineState {
  lease: Lease | null;
  /** performance-clock time until which the lease is certainly ours. */
  leaseValidUntilMs: number;
  /** When the lease was last asked for and the database answered, wall clock; null before the first time. */
  lastLeaseCheckMs: number | null;
  /** Since when another instance was seen to hold the lease, performance clock; null while leading. */
  standbySinceMs: number | null;
  /** The keys were seen to belong to the account that the rows tell of; before that nothing is sent. */
  accountChecked: boolean;
  reconciled: boolean;
  stream: ConnectionState;
  marketClock: MarketClock | null;
  /** Sessions from day `from` on, and the exchange day they were asked on. */
  calendar: { readonly askedOn: string; readonly from: string; readonly sessions: readonly Session[] } | null;
  account: (BrokerAccount & { readonly atMs: number }) | null;
  externals: readonly ExternalHolding[];
  /** When they were read; 0 while this instance has not read them since it leads. */
  externalsAt: number;
  /** Open orders that nothing here placed; null before they were read or recalled. */
  foreignOrders: readonly ForeignOrder[] | null;
  /** Performance clock: no further round of a latched kill before, but the one that a person asks for. */
  killDueAt: number;
  /** The latch is set and the broker did not report zero yet, as far as was last seen. */
  killUnfinished: boolean;
  /** A kill that is carried out at the broker alone, because the database does not answer; null otherwise. */
  direct: DirectKill | null;
  /** A halt that the database has not taken yet; null otherwise. */
  unrecordedHalt: { readonly reason: string; readonly by: By; readonly atMs: number } | null;
  /** Orders that are on their way to the broker just now. */
  posting: number;
  /** Symbols whose stops the engine watches while another run enters them. */
  readonly handedOver: Set<string>;
  /** Market times at which splits were booked here, by symbol, as last read; null before the first time. */
  splits: ReadonlyMap<string, number> | null;
  /** When orders that are being cancelled were last asked about, ms. */
  readonly cancelLooks: Map<string, number>;
  /** Positions whose exit waits for shares to be explained, by their ids: since when, and when that was seen last, ms. */
  readonly doubts: Map<string, { readonly sinceMs: number; readonly seenMs: number }>;
  /** Positions and waiting entries whose next step is being taken just now, by their ids. */
  readonly beingTended: Set<string>;
  /** Latest trades as they were read last, and when that was. */
  readonly prices: Map<string, LatestPrice & { readonly readAtMs: number }>;
  /** Positions that cannot be watched for want of a price, by their ids. */
  readonly unpriced: Map<string, Unpriced>;
  /** Closes of daily bars and how pairs of symbols correlate, on exchange day `day`. */
  readonly daily: {
    day: string;
    readonly closes: Map<string, DailyCloses>;
    readonly pairs: Map<string, { readonly correlation: number | undefined }>;
    /** Performance clock: not asked for again before. */
    retryAt: number;
  };
  /** What the broker said of each symbol on an exchange day; undefined where it does not know it. */
  readonly assets: Map<string, { readonly day: string; readonly tradable: boolean | undefined }>;
  /** Signal filters by version, once they were asked for. */
  readonly filters: Map<number, LoadedFilter>;
  /** Open positions without a stop that rests at the broker, and how many have one: known also while the database is away. */
  unguarded: readonly Position[];
  guarded: number;
  nextSnapshotMs: number;
  /** Why the newest tick failed; null when it did not. */
  tickFailure: string | null;
  lastTickMs: number | null;
  tickDurationMs: number | null;
  stopping: boolean;
}

export interface Engine extends EngineSettings {
  readonly state: EngineState;
  /** Everything that touches one symbol's orders and position happens one after another. */
  readonly serial: Serial;
  /** Wakes the alert delivery after a commit. */
  readonly wakeAlerts: () => void;
  /** Looks at a position again as soon as its symbol is free: the next step of an exit or of protection. */
  readonly tendSoon: (positionId: string) => void;
  /** As `tendSoon`, after a pause: where nothing will happen by itself that would have it looked at in time. */
  readonly tendLater: (positionId: string, ms: number) => void;
  /** An order was sent: from now on the broker is read at the pace of working orders. */
  readonly orderSent: () => void;
  /** Asks for a reconciliation soon, e.g. after a lost answer. */
  readonly reconcileSoon: () => void;
}

/** How long a lease lasts without being renewed. */
export const LEASE_TTL_MS = 15_000;

export function newEngineState(): EngineState {
  return {
    lease: null,
    leaseValidUntilMs: 0,
    lastLeaseCheckMs: null,
    standbySinceMs: null,
    accountChecked: false,
    reconciled: false,
    stream: "connecting",
    marketClock: null,
    calendar: null,
    account: null,
    externals: [],
    externalsAt: 0,
    foreignOrders: null,
    killDueAt: 0,
    killUnfinished: false,
    direct: null,
    unrecordedHalt: null,
    posting: 0,
    handedOver: new Set(),
    splits: null,
    cancelLooks: new Map(),
    doubts: new Map(),
    beingTended: new Set(),
    prices: new Map(),
    unpriced: new Map(),
    daily: { day: "", closes: new Map(), pairs: new Map(), retryAt: 0 },
    assets: new Map(),
    filters: new Map(),
    unguarded: [],
    guarded: 0,
    nextSnapshotMs: 0,
    tickFailure: null,
    lastTickMs: null,
    tickDurationMs: null,
    stopping: false,
  };
}

/** A latest trade decides about a position only so many watch periods after it was read. */
const RECENT_PERIODS = 2;

/** The latest trade of a symbol where it was read a moment ago: nothing is sold on what the market was before. */
export function recentPrice(engine: Engine, symbol: string): LatestPrice | undefined {
  const seen = engine.state.prices.get(symbol);
  if (seen === undefined) return undefined;
  const age = engine.clock.nowMs() - seen.readAtMs;
  return age <= RECENT_PERIODS * engine.watchEveryMs ? seen : undefined;
}

/** Latest trade of a symbol that was read, however long ago, or null. */
export function lastPrice(engine: Engine, symbol: string): Money | null {
  const seen = engine.state.prices.get(symbol);
  return seen === undefined ? null : money(seen.price);
}

/** True while this process may send orders: it holds the lease and renewed it recently enough. */
export function leads(engine: Engine): boolean {
  return engine.state.lease !== null && performance.now() < engine.state.leaseValidUntilMs;
}

/** True when somebody else leads for sure: a lease that outlived its holder has run out by then. */
export function standsBy(engine: Engine): boolean {
  const { standbySinceMs } = engine.state;
  return standbySinceMs !== null && performance.now() - standbySinceMs > LEASE_TTL_MS;
}

/**
 * True when orders may be sent: this process leads, the keys are those of the account in the rows, and no kill is being
 * carried out without the database, beside which nothing else may be sent.
 */
export function mayTrade(engine: Engine): boolean {
  return leads(engine) && engine.state.accountChecked && engine.state.direct === null;
}
