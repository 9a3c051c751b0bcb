import type { Json } from "./json.ts";

/** A person in the stand-in's guild. */
export interface DiscordUser {
  readonly id: string;
  readonly name: string;
  /** Role ids. */
  readonly roles?: readonly string[];
}

/** A message as the channel shows it now. */
export interface DiscordMessage {
  readonly id: string;
  readonly channelId: string;
  content: string;
  embeds: readonly Json[];
  components: readonly Json[];
  files: readonly {
    readonly name: string;
    readonly text: string;
    readonly bytes: Buffer;
    /** The alt text, where it has one. */
    readonly description?: string;
  }[];
  flags: number;
  readonly nonce: string | null;
  /** Who would have been notified: user and role ids, "everyone", "here". */
  pings: readonly string[];
  edits: number;
  deleted: boolean;
  /** Set when the message answers an interaction. */
  readonly interactionId: string | null;
}

export const FLAG = { ephemeral: 1 << 6, loading: 1 << 7 } as const;

export const INTERACTION = { command: 2, component: 3, autocomplete: 4, modal: 5 } as const;

export const CALLBACK = {
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  update: 7,
  choices: 8,
  modal: 9,
} as const;

/** One thing a person did, and what the bot made of it. */
export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: number;
  readonly channelId: string;
  readonly payload: Json;
  readonly sentAtMs: number;
  /** Which callback type answered first, and after how many ms. */
  callback: number | null;
  firstAnswerMs: number | null;
  choices: readonly { readonly name: string; readonly value: string }[] | null;
  /** The modal that it opened. */
  modal: Json | null;
  /** The message @original stands for. */
  original: DiscordMessage | null;
  /** Later messages under this interaction's token. */
  readonly followups: DiscordMessage[];
  tokenDead: boolean;
}

export interface RecordedRequest {
  readonly method: string;
  /** Without the prefix /api/v10 and the query. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number | "dropped" | "hung";
  readonly atMs: number;
}

/** What goes wrong with the next matching requests. */
export interface Fault {
  readonly method?: string;
  readonly path: RegExp;
  /**
   * `drop`: accepted, then the connection dies without an answer. `refuse`: the connection dies at once. `hang`:
   * accepted, never answered. A number: that status without any effect (429 with `retryAfterSeconds`).
   */
  readonly kind: "drop" | "refuse" | "hang" | number;
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Discord's error body for a status; made up when absent. */
  readonly body?: Json;
}
