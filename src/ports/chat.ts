import type { Drawing, Message } from "../message.ts";
import type { PendingAlert } from "./alerts.ts";

export type ConnectionState = "connected" | "connecting" | "down";

/**
 * What one message came to. `count`: how many of the given alerts, from the first, it holds. `busy`: nothing was sent, the
 * platform takes the next message only after `waitMs`. `failed`: not confirmed, so perhaps sent; the outbox keeps them.
 */
export type Posted =
  | {
      readonly kind: "posted";
      readonly count: number;
      /** Where it stands, where it holds one alert alone and the platform has said it. */
      readonly place?: MessagePlace;
    }
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
    /** That of the alerts unless given. */
    readonly channel?: string;
    /** It is news: people are notified. */
    readonly loud?: true;
  }): Promise<Placed<MessagePlace>>;
  /** Of a picture it shows the alt text: what is edited often must not upload each time. */
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
