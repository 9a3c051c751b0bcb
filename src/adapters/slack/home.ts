import { createHash } from "node:crypto";
import type { types, webApi } from "@slack/bolt";
import type { CommandBus } from "../../commands/contract.ts";
import type { Message } from "../../message.ts";
import type { Clock, Log } from "../../ports.ts";
import { explain, retryAfterMs } from "./explain.ts";
import type { People } from "./people.ts";
import { render, section } from "./render.ts";

/** views.publish is Tier 4, some 100 a minute for the whole workspace. */
const REFRESH_MS = 15_000;
/** So long after it was looked at or pressed, a page is kept up to date. */
const WATCHED_MS = 10 * 60_000;
/** Beyond so many people at a time the oldest page waits for its next opening. */
const WATCHERS = 20;
const BLOCKS = 100;

export interface HomeParts {
  readonly web: webApi.WebClient;
  readonly bus: CommandBus;
  readonly people: People;
  readonly clock: Clock;
  readonly log: Log;
}

/** The App Home: a page a person, drawn when it is opened, after a press, and for a while after that. */
export interface Home {
  opened(userId: string): Promise<void>;
  /** A command of this person is done: whoever has the page in view sees what it did. */
  acted(userId: string): Promise<void>;
  stop(): Promise<void>;
}

interface Watcher {
  lookedAtMs: number;
  /** What the page shows; the same again is not sent. */
  shown: string;
  /** Pages of one person are drawn one after the other, or an older one could come last. */
  turn: Promise<void>;
}

export function createHome(parts: HomeParts): Home {
  const { clock, log } = parts;
  const watchers = new Map<string, Watcher>();
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;
  let quietUntilMs = 0;

  async function drawNow(userId: string, watcher: Watcher): Promise<void> {
    try {
      const name = await parts.people.nameOf(userId);
      const groupIds = await parts.people.groupsOf(userId);
      const blocks = blocksOf(await parts.bus.home({ platform: "slack", userId, name, groupIds }));
      const digest = createHash("sha256").update(JSON.stringify(blocks)).digest("hex");
      if (digest === watcher.shown || clock.nowMs() < quietUntilMs) return;
      await parts.web.views.publish({ user_id: userId, view: { type: "home", blocks } });
      watcher.shown = digest;
    } catch (error) {
      quietUntilMs = clock.nowMs() + (retryAfterMs(error) ?? 0);
      log.warn({ platform: "slack", userId }, `the App Home was not drawn: ${explain(error)}`);
    }
  }

  function draw(userId: string, watcher: Watcher): Promise<void> {
    watcher.turn = watcher.turn.then(() => drawNow(userId, watcher));
    return watcher.turn;
  }

  async function keepFresh(): Promise<void> {
    while (!stopping.signal.aborted && watchers.size > 0) {
      await clock.sleep(REFRESH_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      for (const [userId, watcher] of watchers) {
        if (clock.nowMs() - watcher.lookedAtMs > WATCHED_MS) watchers.delete(userId);
        else await draw(userId, watcher);
      }
    }
    loop = undefined;
  }

  function watch(userId: string): Watcher {
    const watcher = watchers.get(userId) ?? { lookedAtMs: 0, shown: "", turn: Promise.resolve() };
    watcher.lookedAtMs = clock.nowMs();
    // Re-inserted, so that the first is who looked longest ago.
    watchers.delete(userId);
    watchers.set(userId, watcher);
    const [oldest] = watchers.keys();
    if (watchers.size > WATCHERS && oldest !== undefined) watchers.delete(oldest);
    loop ??= keepFresh();
    return watcher;
  }

  return {
    async opened(userId) {
      const watcher = watch(userId);
      // Slack may have lost what was shown, or shows it from a cache: an opening always gets a page.
      watcher.shown = "";
      await draw(userId, watcher);
    },
    async acted(userId) {
      if (watchers.has(userId)) await draw(userId, watch(userId));
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

/** Sections one below the other, within Slack's 100 blocks; every button has a name of its own. */
function blocksOf(page: readonly Message[]): types.KnownBlock[] {
  const blocks = page.flatMap((message) => render(message).blocks);
  const shown = blocks.length <= BLOCKS ? blocks : [...blocks.slice(0, BLOCKS - 1), section("… more")];
  let buttons = 0;
  return shown.map((block) => {
    if (block.type !== "actions") return block;
    const elements = block.elements.map((element) => {
      buttons += 1;
      return { ...element, action_id: `alphaflow:home:${buttons}` };
    });
    return { ...block, elements };
  });
}
