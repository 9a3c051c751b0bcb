import type { AlertKind, Urgency } from "../core/alerts/level.ts";
import type { Message } from "../message.ts";
import type { MessagePlace } from "./chat.ts";

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
