import type { Clock, ConnectionState, Log } from "../../ports.ts";
import { explain, isFinal, retryAfterMs } from "./explain.ts";

const LONGEST_PAUSE_MS = 10_000;
const FIRST_PAUSE_MS = 250;
// A token that was refused while running may be let in again (the app re-installed), but nobody waits for it at the door.
const REFUSED_PAUSE_MS = 60_000;
// A session that lived this long was a good one: the next loss is met at once again.
const STEADY_MS = 10_000;

/** One connection to Slack, from its greeting until `ended` tells why it is gone. */
export interface Session {
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface Link {
  /** Resolves after the first attempt, connected or not; throws only when Slack's refusal is final. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): ConnectionState;
}

/** Keeps one session open for ever: whatever ends it, the next is opened, at once first and then with growing pauses. */
export function createLink(
  connect: (signal: AbortSignal) => Promise<Session>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Link {
  const stopping = new AbortController();
  let state: ConnectionState = "down";
  let session: Session | undefined;
  let failures = 0;
  let loop: Promise<void> = Promise.resolve();

  async function attempt(): Promise<void> {
    state = "connecting";
    try {
      session = await connect(stopping.signal);
      state = "connected";
      log.info({ platform: "slack" }, "connected to Slack");
    } catch (error) {
      if (isFinal(error)) state = "down";
      throw error;
    }
  }

  async function hold(held: Session): Promise<void> {
    const sinceMs = clock.nowMs();
    const reason = await held.ended;
    session = undefined;
    if (stopping.signal.aborted) return;
    state = "connecting";
    failures = clock.nowMs() - sinceMs >= STEADY_MS ? 0 : failures + 1;
    log.warn({ platform: "slack", reason }, "connection to Slack lost, reconnecting");
    // The first loss is met at once; a link that flaps has to wait, Slack limits how often sockets may be opened.
    if (failures > 1) await pause(pauseMs(failures));
  }

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, stopping.signal);
  }

  async function retryAfter(error: unknown): Promise<void> {
    failures += 1;
    if (isFinal(error)) log.error({ platform: "slack" }, `Slack refuses the bot: ${refusal(error)}`);
    else log.warn({ platform: "slack", failures }, `Slack cannot be reached: ${explain(error)}`);
    await pause(isFinal(error) ? REFUSED_PAUSE_MS : (retryAfterMs(error) ?? pauseMs(failures)));
  }

  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (session !== undefined) await hold(session);
      else await attempt().catch(retryAfter);
    }
    await session?.close();
    state = "down";
  }

  return {
    async start() {
      try {
        await attempt();
      } catch (error) {
        if (isFinal(error)) throw error;
        log.warn({ platform: "slack" }, `Slack cannot be reached yet: ${explain(error)}`);
        failures = 1;
      }
      loop = supervise();
    },
    async stop() {
      stopping.abort();
      await session?.close();
      await loop;
      state = "down";
    },
    state: () => state,
  };
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
}

function refusal(error: unknown): string {
  return error instanceof Error ? error.message : explain(error);
}
