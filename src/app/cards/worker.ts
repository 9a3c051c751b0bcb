import type { Board, Chat, Clock, Ledger, Log, Placed, Story } from "../../ports.ts";
import { keepAlerts } from "../alerts/revise.ts";
import { leads, type Engine } from "../context.ts";
import type { CardSight } from "./card.ts";
import { stepsOf, type Act, type Step } from "./keep-cards.ts";
import type { BoardParts } from "./place.ts";
import { keepStatus } from "./keep-status.ts";

/** More positions than this at once have no cards. */
const STORIES = 500;
/** So many steps are taken between two readings: what they show is never old. */
const STEPS_A_ROUND = 8;
/** Prices move without a wake-up. */
const POLL_MS = 5_000;
/** The rows are not read more often than this, however often somebody wakes. */
const PAUSE_MS = 500;
/** An entry without a card that is older, over and closed gets none any more. */
const LOOK_BACK_MS = 86_400_000;
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;

export interface CardKeeper {
  wake(): void;
  start(): void;
  stop(): Promise<void>;
}

export interface CardParts {
  readonly ledger: Ledger;
  readonly chats: readonly Chat[];
  readonly clock: Clock;
  readonly log: Log;
  /** The engine of the account in use. */
  readonly engine: () => Engine;
  /** Whether the program has this command. */
  readonly offers: (command: string) => boolean;
}

/**
 * Keeps one card a position, a pinned status, and alerts that were answered, in every chat that can edit. Level-triggered: it reads the rows, draws
 * what they say now, and changes what the chat shows; states in between may be skipped, and a restart goes on with the
 * same messages. In nobody's way: it runs after commits, in its own time, and a chat that is busy or down is asked later.
 */
export function createCards(parts: CardParts): CardKeeper {
  const stopped = new AbortController();
  let sleeping = new AbortController();
  const loops: Promise<void>[] = [];

  async function keep(chat: Chat, board: Board): Promise<void> {
    const round = rounds(parts, chat.platform, board, stopped.signal);
    let failing = "";
    while (!stopped.signal.aborted) {
      const woken = sleeping.signal;
      let waitMs = POLL_MS;
      try {
        waitMs = await round();
        failing = "";
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (text !== failing)
          parts.log.warn({ error, platform: chat.platform }, "cards could not be drawn; trying again");
        failing = text;
      }
      await parts.clock.sleep(PAUSE_MS, stopped.signal);
      if (waitMs > 0) await parts.clock.sleep(waitMs, woken);
    }
  }

  function wake(): void {
    const woken = sleeping;
    sleeping = new AbortController();
    woken.abort();
  }

  return {
    wake,
    start() {
      for (const chat of parts.chats) if (chat.board !== undefined) loops.push(keep(chat, chat.board));
    },
    async stop() {
      stopped.abort();
      wake();
      await Promise.allSettled(loops);
    },
  };
}

/** One reading and the steps that follow from it; gives how long the next may wait, ms. */
function rounds(parts: CardParts, sink: string, board: Board, stopped: AbortSignal): () => Promise<number> {
  const { ledger, clock } = parts;
  const boardParts: BoardParts = { ledger, clock, board, sink };
  const gate = createGate(parts, sink);
  let since: number | undefined;

  return async () => {
    const engine = parts.engine();
    if (!leads(engine)) return POLL_MS;
    since ??= await firstStart(parts, sink);
    const status = await keepStatus(boardParts, engine, parts.log);
    const from = Math.max(since, clock.nowMs() - LOOK_BACK_MS);
    const stories = await ledger.stories(engine.accountId, sink, from, STORIES);
    const sightOf = ({ position }: Story): CardSight => ({
      mode: engine.mode,
      price: position === null ? undefined : engine.state.prices.get(position.symbol)?.price,
      offers: parts.offers,
    });
    const waiting = stories.map((story) => stepsOf(boardParts, story, sightOf(story), engine.accountId));
    // One step a story: the next one is drawn from the rows that this one leaves.
    const answers = await keepAlerts(boardParts);
    const ready = [answers, ...(status === undefined ? [] : [[status]]), ...waiting]
      .flatMap((steps) => steps.find(({ act }) => gate.open(act)) ?? [])
      .toSorted((a, b) => URGENCY[a.act] - URGENCY[b.act])
      .slice(0, STEPS_A_ROUND);
    for (const step of ready) if (gate.open(step.act) && !stopped.aborted) await gate.pass(step);
    return [answers, ...waiting].some((steps) => steps.length > 0) || status !== undefined
      ? gate.nextMs()
      : POLL_MS;
  };
}

/** A new order's card first, then what has changed, then the story. */
const URGENCY: Readonly<Record<Act, number>> = { post: 0, edit: 1, tell: 2 };

/** Since when this sink has cards: history from before is not told. */
async function firstStart({ ledger, clock }: CardParts, sink: string): Promise<number> {
  const name = `cards since ${sink}`;
  const known = await ledger.setting(name);
  if (typeof known === "number") return known;
  const now = clock.nowMs();
  await ledger.setSetting(name, now);
  return now;
}

/** Holds each kind of act back for as long as the platform wants it, and longer and longer where it fails; by a clock that nobody sets. */
function createGate({ log }: CardParts, sink: string) {
  const opensAt: Record<Act, number> = { post: 0, edit: 0, tell: 0 };
  const failures: Record<Act, number> = { post: 0, edit: 0, tell: 0 };

  function settle(act: Act, outcome: Placed<unknown>): void {
    const now = performance.now();
    switch (outcome.kind) {
      case "done":
      case "gone":
        failures[act] = 0;
        return;
      case "busy":
        opensAt[act] = now + outcome.waitMs;
        return;
      case "refused":
      case "failed": {
        const asked = outcome.kind === "failed" ? outcome.retryAfterMs : undefined;
        opensAt[act] = now + (asked ?? Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures[act]));
        if (failures[act] === 0)
          log.warn({ platform: sink, act, reason: outcome.reason }, "a card was not taken; trying again");
        failures[act] += 1;
      }
    }
  }

  return {
    open: (act: Act): boolean => performance.now() >= opensAt[act],
    async pass(step: Step): Promise<void> {
      settle(step.act, await step.run());
    },
    /** Until the first of the closed ones opens; 0 when all are open. */
    nextMs(): number {
      const now = performance.now();
      const closed = Object.values(opensAt).filter((at) => at > now);
      return closed.length === 0 ? 0 : Math.min(...closed) - now;
    },
  };
}
