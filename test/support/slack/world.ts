import { EventEmitter } from "node:events";
import { isJson } from "./problems.ts";
import type { Json, SlackChannel, SlackMessage, SlackUser } from "./types.ts";

/** The workspace: channels, people, groups and every message, with waiting for what will be said. */
export class World {
  readonly channels = new Map<string, SlackChannel>();
  readonly users = new Map<string, SlackUser>();
  readonly groups = new Map<string, string[]>();
  readonly messages: SlackMessage[] = [];
  /** What people wrote, as "channel ts": a thread may begin there. */
  readonly spoken = new Set<string>();
  /** What the bot reacted with, as "channel ts name". */
  readonly reactions = new Set<string>();
  readonly #changes = new EventEmitter();
  #lastTs = Math.floor(Date.now() / 1000);
  #serial = 0;

  constructor() {
    this.#changes.setMaxListeners(0);
  }

  /** Slack's time stamp is the message's id: unique and rising. */
  nextTs(): string {
    this.#lastTs = Math.max(this.#lastTs, Math.floor(Date.now() / 1000));
    this.#serial += 1;
    return `${this.#lastTs}.${String(this.#serial).padStart(6, "0")}`;
  }

  id(prefix: string): string {
    this.#serial += 1;
    return `${prefix}${String(this.#serial).padStart(9, "0")}`;
  }

  add(
    message: Pick<SlackMessage, "channel" | "text" | "blocks" | "via"> & Partial<SlackMessage>,
  ): SlackMessage {
    const added: SlackMessage = {
      threadTs: undefined,
      onlyFor: undefined,
      metadata: undefined,
      file: undefined,
      ts: this.nextTs(),
      atMs: Date.now(),
      edits: [],
      deleted: false,
      ...message,
    };
    this.messages.push(added);
    this.changed();
    return added;
  }

  edit(message: SlackMessage, text: string, blocks: readonly Json[]): void {
    message.edits.push({ text: message.text, blocks: message.blocks, atMs: Date.now() });
    message.text = text;
    message.blocks = blocks;
    this.changed();
  }

  remove(message: SlackMessage): void {
    message.deleted = true;
    this.changed();
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find(
      (message) => message.channel === channel && message.ts === ts && !message.deleted,
    );
  }

  changed(): void {
    this.#changes.emit("change");
  }

  /** Resolves as soon as `look` finds something; rejects with what is there instead when it takes too long. */
  async until<T>(look: () => T | undefined, timeoutMs: number, wanted: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#changes.off("change", check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#changes.off("change", check);
        const said = this.messages.map(
          (message) => `${message.deleted ? "(deleted) " : ""}${shownText(message)}`,
        );
        reject(new Error(`${wanted} did not come within ${timeoutMs} ms; there is: ${JSON.stringify(said)}`));
      }, timeoutMs);
      this.#changes.on("change", check);
      check();
    });
  }
}

/** Everything a reader sees of a message: all texts of its blocks, or its text where it has none. */
export function shownText(message: { readonly text: string; readonly blocks: readonly Json[] }): string {
  if (message.blocks.length === 0) return message.text;
  return message.blocks.flatMap(wordsOf).join("\n");
}

function wordsOf(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(wordsOf);
  if (!isJson(node)) return [];
  const { text, fields, elements } = node;
  return [...(typeof text === "string" ? [text] : wordsOf(text)), ...wordsOf(fields), ...wordsOf(elements)];
}

export interface ShownButton {
  readonly actionId: string;
  readonly label: string;
  readonly value: string;
  readonly blockId: string;
}

/** The buttons that can still be pressed. */
export function buttonsOf(message: Pick<SlackMessage, "blocks">): readonly ShownButton[] {
  return message.blocks.flatMap((block, index) => {
    const elements = block["type"] === "actions" && Array.isArray(block["elements"]) ? block["elements"] : [];
    return elements.filter(isJson).map((element) => ({
      actionId: String(element["action_id"]),
      label: wordsOf(element).join(""),
      value: typeof element["value"] === "string" ? element["value"] : "",
      blockId: typeof block["block_id"] === "string" ? block["block_id"] : `b${index}`,
    }));
  });
}
