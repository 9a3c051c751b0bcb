import { problemsOf } from "./problems.ts";
import type { Json, SlackMessage } from "./types.ts";
import type { World } from "./world.ts";

const USES = 5;
const GOOD_FOR_MS = 30 * 60_000;

interface Issued {
  readonly channel: string;
  readonly userId: string;
  /** The message whose button was pressed; a slash command has none. */
  readonly source: SlackMessage | undefined;
  atMs: number;
  uses: number;
}

/** The response_urls of commands and presses: five messages in thirty minutes, and only a pressed message can be replaced. */
export class ResponseUrls {
  readonly #issued = new Map<string, Issued>();
  readonly #world: World;
  readonly #base: () => string;

  constructor(world: World, base: () => string) {
    this.#world = world;
    this.#base = base;
  }

  issue(channel: string, userId: string, source: SlackMessage | undefined): string {
    const id = this.#world.id("R");
    this.#issued.set(id, { channel, userId, source, atMs: Date.now(), uses: 0 });
    return `${this.#base()}/response/${id}`;
  }

  /** Lets thirty minutes pass for every address so far. */
  expireAll(): void {
    for (const issued of this.#issued.values()) issued.atMs -= GOOD_FOR_MS + 1;
  }

  uses(url: string): number {
    return this.#issued.get(url.slice(url.lastIndexOf("/") + 1))?.uses ?? 0;
  }

  take(id: string, body: Json): { readonly status: number; readonly body: string } {
    const issued = this.#issued.get(id);
    if (issued === undefined) return refused(404, "no_such_url");
    if (Date.now() - issued.atMs > GOOD_FOR_MS) return refused(404, "expired_url");
    if (issued.uses >= USES) return refused(404, "used_url");
    const blocks = Array.isArray(body["blocks"]) ? body["blocks"] : [];
    const text = typeof body["text"] === "string" ? body["text"] : "";
    if (problemsOf({ text, blocks: body["blocks"] }).length > 0) return refused(400, "invalid_blocks");
    if (text === "" && blocks.length === 0 && body["delete_original"] !== true)
      return refused(400, "no_text");
    issued.uses += 1;
    this.#apply(issued, body, text, blocks);
    return { status: 200, body: "ok" };
  }

  #apply(issued: Issued, body: Json, text: string, blocks: readonly Json[]): void {
    const { source } = issued;
    if (source !== undefined && body["delete_original"] === true) this.#world.remove(source);
    else if (source !== undefined && body["replace_original"] === true)
      this.#world.edit(source, text, blocks);
    else
      this.#world.add({
        channel: issued.channel,
        text,
        blocks,
        via: "response_url",
        onlyFor: body["response_type"] === "in_channel" ? undefined : issued.userId,
        threadTs: typeof body["thread_ts"] === "string" ? body["thread_ts"] : undefined,
      });
  }
}

function refused(status: number, error: string): { status: number; body: string } {
  return { status, body: JSON.stringify({ ok: false, error }) };
}
