import type { Timeframe } from "../core/bar.ts";
import type { FilterModel } from "../core/filter/model.ts";
import type { FilterScores } from "../core/filter/scores.ts";
import type { AlertKind, Urgency } from "../core/alerts/level.ts";
import type { Money } from "../core/money.ts";
import type { ClientOrderId, Order, RunId } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import type { RunOptions } from "../core/run-options.ts";
import type { Params } from "../core/strategies/contract.ts";
import type { Message } from "../message.ts";
import type { MessagePlace } from "./chat.ts";

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
  /** Client id of the order it tells of, or the entry of the position: replies to it are about that position. */
  readonly order?: string;
  /** The only sinks it is for; absent: every configured one. */
  readonly sinks?: readonly string[];
}

export interface PendingAlert extends Omit<AlertRow, "sinks" | "order"> {
  readonly id: number;
  readonly attempts: number;
}

/** An alert whose message in a chat does not show what it says by now. */
export interface StaleAlert {
  readonly id: number;
  readonly revision: number;
  readonly message: Message;
  readonly place: MessagePlace;
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

/** A signal filter as it was trained or brought: never changed, newer versions get newer ids. */
export interface FilterModelRow {
  /** Counts from 1; the version that people name. */
  readonly id: number;
  readonly strategyId: string;
  readonly timeframe: Timeframe;
  readonly params: Params;
  readonly symbols: readonly string[];
  /** `name=value` of exits and costs that its labels come from. */
  readonly settings: readonly string[];
  /** Bars it was trained on, epoch ms; null for a user's own. */
  readonly trainedFromMs: number | null;
  readonly trainedToMs: number | null;
  readonly model: FilterModel;
  /** Null for a user's own. */
  readonly scores: FilterScores | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** All but the model itself, which may be large, and what kind it is. */
export interface FilterModelInfo extends Omit<FilterModelRow, "model"> {
  readonly kind: FilterModel["classifier"]["kind"];
  readonly featuresVersion: number;
}
