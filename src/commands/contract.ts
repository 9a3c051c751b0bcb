import type { Desk, Ledger, MessagePlace } from "../ports.ts";
import type { Message } from "../message.ts";

export type Role = "viewer" | "trader" | "admin";

/** The person behind a command, as the platform vouches for them. */
export interface Actor {
  readonly platform: string;
  readonly userId: string;
  readonly name: string;
  /** Slack user groups or Discord roles this person has. */
  readonly groupIds: readonly string[];
}

/** One delivered command or button press: text in the words of Slack and the console. */
export interface CommandRequest {
  readonly text: string;
  readonly actor: Actor;
  readonly channel: string | null;
  /** The platform's id of this delivery: a re-delivery carries the same one and acts once. */
  readonly deliveryId: string;
}

/** How far a command is that takes long. */
export interface Progress {
  /** 0–1, never falling. */
  readonly done: number;
  /** What has been done so far, in a few words: `3.1 M bars`; may be empty. */
  readonly note: string;
}

/** A field of a form: an argument, or one of the settings that deserves a field of its own (then named as the setting). */
export type FormField = ArgSpec & { readonly label: string };

/** What a command asks for where it is given without arguments and the platform has forms. */
export interface FormSpec {
  /** At most 24 characters (Slack). */
  readonly title: string;
  readonly fields: readonly FormField[];
  /** So many leading arguments may be given: the form holds them already. */
  readonly leads?: number;
  /** What is wrong beyond the declared arguments, by field: what would be right. Pure: the person is waiting. */
  check(args: Args): Readonly<Record<string, string>>;
}

type ArgKind =
  | "choice"
  | "text"
  | "strategy"
  | "symbol"
  | "symbols"
  | "holding"
  | "run"
  | "integer"
  | "settings";

/** Declares one argument once: the text parser, Discord's typed options, autocomplete and help all read it. */
export interface ArgSpec {
  readonly name: string;
  readonly kind: ArgKind;
  readonly required: boolean;
  readonly description: string;
  readonly choices?: readonly string[];
  /** Further literal words taken by kinds run, symbol, strategy and text, e.g. "all". */
  readonly words?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Taken only as `name=value`, never from a bare word: for what must not happen by a slip (`close=yes`). */
  readonly named?: true;
  /** What a text can be completed with; of settings, whose: those of strategies unless it says limits; with studies, those of a search too. */
  readonly completes?: "commands" | "tags" | "limits" | "studies";
  /** The last argument, which takes the rest of the text as it stands: line ends, quotes and equals signs too. */
  readonly verbatim?: true;
}

/** Parsed arguments: settings are the `name=value` texts, everything else its word. */
export interface Args {
  readonly values: Readonly<Record<string, string>>;
  readonly symbols: readonly string[];
  readonly settings: readonly string[];
}

export interface CommandContext {
  readonly desk: Desk;
  readonly ledger: Ledger;
  readonly actor: Actor;
  readonly channel: string | null;
  readonly deliveryId: string;
  readonly nowMs: number;
  /** Nobody but this person can be an admin: there is no second one to ask. */
  readonly soleAdmin: boolean;
  /** It was asked before and is confirmed now, by whoever had to. */
  readonly confirmed: boolean;
  /** Shown while the command runs, where the platform can and as often as its rates allow: call it as often as you like. */
  readonly progress: (progress: Progress) => void;
}

/** What a command answers. `refused` when nothing was done, so that the audit says so. */
export interface Answer extends Message {
  readonly refused?: true;
  /** Told where the answer stands, where it can be edited from then on: what goes on after the command is shown in it. */
  readonly placed?: (place: MessagePlace) => Promise<void>;
}

/** A kill, or a halt and why. */
type Stops = { readonly kind: "kill" } | { readonly kind: "halt"; readonly reason: string };

/** A chat command: declared once, shown by every platform, listed by help and the README. */
export interface CommandSpec {
  /** ["positions"] or ["strategy", "start"]. */
  readonly path: readonly [string] | readonly [string, string];
  /** Discord's subcommand name where a bare command stands beside subcommands (`/risk` → `/risk show`). */
  readonly bareName?: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly args: readonly ArgSpec[];
  readonly form?: FormSpec;
  /**
   * "reads": changes nothing, whatever its role. "urgent": protects money, so it acts even when it cannot be recorded.
   * Absent: a command for viewers reads, any other changes something and is recorded before it acts.
   */
  readonly effect?: "reads" | "urgent";
  /** What an urgent command orders to stop: that is carried out also when this process ends before it has. Null: nothing. */
  stops?(args: Args): Stops | null;
  /** The role it needs, which may depend on the arguments (`/mode` is for viewers, `/mode live` for admins). */
  role(args: Args): Role;
  /** When it answers with a message, the command waits for the author's (or a second person's) confirmation. */
  confirm?(context: CommandContext, args: Args): Promise<Confirm>;
  run(context: CommandContext, args: Args): Promise<Answer>;
}

export type Confirm =
  | { readonly kind: "go" }
  /** Nothing to confirm: this is the answer (bad input, nothing open). */
  | { readonly kind: "answer"; readonly message: Message }
  | {
      readonly kind: "ask";
      readonly preview: Message;
      /**
       * True: somebody else of the command's role must press, or the one admin there is types the live account number.
       * "where_there_is_one": somebody else, unless nobody else could be; then the requester.
       */
      readonly secondPerson: boolean | "where_there_is_one";
      /** What the press runs, where that is more than was typed (the price that was shown); by default the command itself. */
      readonly command?: string;
    };

/** Something that a person did to a message of the bot's, without giving a command. */
export interface Gesture {
  readonly actor: Actor;
  /** The card or alert, or the head of the thread it happened in. */
  readonly messageId: string;
  /** What the message says, where it is an alert of ours and the platform tells. */
  readonly said?: string;
  /** The reply itself. */
  readonly replyId?: string;
  readonly act:
    | { readonly kind: "reply"; readonly text: string }
    | { readonly kind: "reaction"; readonly emoji: string; readonly taken: boolean }
    | { readonly kind: "why" }
    | { readonly kind: "journal" };
}

/** What chat adapters are given: one call for every command and press, one for autocomplete. */
export interface CommandBus {
  readonly commands: readonly CommandSpec[];
  /** `progress` is told how far a command is that takes long. */
  dispatch(request: CommandRequest, progress?: (progress: Progress) => void): Promise<Answer>;
  /** What this person may do; undefined for people without a role. For what is shown before a command is given. */
  roleOf(actor: Actor): Role | undefined;
  /** The command that it stands for: a note, a tag, a look; undefined where it means nothing to this person. */
  meaning(gesture: Gesture): Promise<string | undefined>;
  /** The desk on one page, with buttons that this person may press; a sentence for people without a role. Never rejects. */
  home(actor: Actor): Promise<readonly Message[]>;
  /** Up to 25 completions of what was typed so far in one argument; empty for people without a role. */
  suggest(request: {
    readonly path: readonly string[];
    readonly arg: string;
    readonly typed: string;
    /** What the other arguments hold so far, by name. */
    readonly given?: Readonly<Record<string, string>>;
    readonly actor: Actor;
  }): Promise<readonly string[]>;
}
