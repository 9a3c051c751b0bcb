import type { Timeframe } from "../core/bar.ts";
import type { FilterModel } from "../core/filter/model.ts";
import type { FilterScores } from "../core/filter/scores.ts";
import type { Unrecorded } from "./unrecorded.ts";
import type { Money } from "../core/money.ts";
import type { RunId } from "../core/order.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import type { RunOptions } from "../core/run-options.ts";
import type { Params } from "../core/strategies/contract.ts";

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

/** A /kill or /halt of which nobody knows whether it was carried out. */
export interface InterruptedStop extends InterruptedDelivery {
  readonly stops: Unrecorded;
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
  /** First decision that it was trained on and last exit of those, epoch ms; null for a user's own. */
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
