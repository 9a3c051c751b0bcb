import { UsageError } from "../../core/errors.ts";
import type { Clock, ConnectionState, Log } from "../../ports.ts";
import type { DiscordConfig } from "./config.ts";
import { openSession, type End, type Session, type SessionListener } from "./session.ts";

/** So long may the first attempt hold up the start of the program. */
const PATIENCE_MS = 10_000;
/** discord.js waits for ever for some answers; a client that is not connected for so long is replaced. */
const GIVE_UP_MS = 120_000;
const LOOK_EVERY_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A token that was refused while running may be let in again, but nobody waits for it at the door. */
const REFUSED_PAUSE_MS = 60_000;

export interface Gateway {
  /** Resolves after the first attempt, connected or not; throws only when Discord's refusal is final. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): ConnectionState;
}

/** Keeps the bot connected for ever: where discord.js gives up, a new client is made after a pause. */
export function createGateway(
  config: DiscordConfig,
  heard: Pick<SessionListener, "onInteraction" | "onReaction" | "onMessage">,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Gateway {
  const stopping = new AbortController();
  let watching = new AbortController();
  let state: ConnectionState = "down";
  let lostAtMs = 0;
  let session: Session | undefined;
  let loop: Promise<void> = Promise.resolve();

  function open(): Session {
    const listener = {
      onConnected: () => {
        state = "connected";
        log.info({ platform: "discord" }, "connected to Discord");
      },
      onReconnecting: () => {
        if (state !== "connected") return;
        log.warn({ platform: "discord" }, "connection to Discord lost, reconnecting");
        lostAtMs = clock.nowMs();
        state = "connecting";
      },
      ...heard,
    };
    lostAtMs = clock.nowMs();
    session = openSession(config, listener, log);
    return session;
  }

  /** From the end of one session to the end of all. */
  async function supervise(first: Session): Promise<void> {
    let current = first;
    let failures = 0;
    for (;;) {
      const openedAtMs = clock.nowMs();
      const end = await Promise.race([current.ended, stuck(watching.signal)]);
      watching.abort();
      await current.close();
      if (end === undefined) return;
      failures = clock.nowMs() - openedAtMs > LONGEST_PAUSE_MS ? 1 : failures + 1;
      await rest(end, failures);
      if (stopping.signal.aborted) return;
      watching = new AbortController();
      current = open();
    }
  }

  /** Resolves when the session has not been connected for too long, or with undefined when it need not be watched. */
  async function stuck(signal: AbortSignal): Promise<End | undefined> {
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      const lostForMs = state === "connected" ? 0 : clock.nowMs() - lostAtMs;
      if (!signal.aborted && lostForMs > GIVE_UP_MS)
        return { reason: `not connected for ${String(GIVE_UP_MS / 1000)} s`, refusal: undefined };
    }
    return undefined;
  }

  async function rest(end: End, failures: number): Promise<void> {
    const refused = end.refusal !== undefined;
    state = refused ? "down" : "connecting";
    if (refused) log.error({ platform: "discord" }, end.refusal);
    else log.warn({ platform: "discord", failures }, `Discord cannot be reached: ${end.reason}`);
    await clock.sleep(refused ? REFUSED_PAUSE_MS : pauseMs(failures), stopping.signal);
  }

  return {
    async start() {
      state = "connecting";
      const first = open();
      const waiting = new AbortController();
      const patience = clock.sleep(PATIENCE_MS, waiting.signal);
      const end = await Promise.race([first.settled, first.ended, patience]);
      waiting.abort();
      if (end?.refusal !== undefined) {
        state = "down";
        await first.close();
        throw new UsageError(end.refusal);
      }
      loop = supervise(first);
    },
    async stop() {
      stopping.abort();
      watching.abort();
      await loop;
      await session?.close();
      state = "down";
    },
    state: () => state,
  };
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
}
