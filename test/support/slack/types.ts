export type Json = Readonly<Record<string, unknown>>;

/** A message as the people in Slack see it now. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  text: string;
  blocks: readonly Json[];
  readonly threadTs: string | undefined;
  /** Only this user sees it; undefined for everybody. */
  readonly onlyFor: string | undefined;
  readonly via: "chat.postMessage" | "chat.postEphemeral" | "response_url" | "file";
  readonly metadata: Json | undefined;
  readonly atMs: number;
  /** What it said before, oldest first. */
  readonly edits: { readonly text: string; readonly blocks: readonly Json[]; readonly atMs: number }[];
  deleted: boolean;
  readonly file: { readonly name: string; readonly content: string; readonly bytes: Buffer } | undefined;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  /** The bot is in it. */
  member: boolean;
  readonly private: boolean;
}

export interface SlackUser {
  readonly id: string;
  readonly name: string;
}

/** One call of the Web API or of a response_url, as it came in. */
export interface ReceivedCall {
  /** "chat.postMessage", …, "response_url", "upload". */
  readonly method: string;
  readonly args: Json;
  readonly atMs: number;
  readonly token: string | undefined;
}

/** What goes wrong with the next calls of one method. */
export type Fault =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "error"; readonly error: string }
  | { readonly kind: "rate_limit"; readonly retryAfterSec: number }
  | { readonly kind: "delay"; readonly ms: number }
  /** No answer, nothing done. */
  | { readonly kind: "hang" }
  /** Done as asked, but the answer is lost. */
  | { readonly kind: "accept_then_drop" }
  /** The connection is cut, nothing done. */
  | { readonly kind: "drop" };
