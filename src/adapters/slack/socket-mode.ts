import { SocketModeReceiver, type Logger } from "@slack/bolt";
import type { Clock, Log } from "../../ports.ts";
import { blame, explain } from "./explain.ts";
import type { Session } from "./link.ts";

// A ping every 667 ms; without an answer for 2 s the socket is given up, so a frozen link is replaced after about 3 s.
const PONG_TIMEOUT_MS = 2000;
// Slack pings every few seconds; the client's own pings notice a dead link sooner.
const SERVER_PING_TIMEOUT_MS = 20_000;
const GREETING_TIMEOUT_MS = 8000;
const CLOSE_TIMEOUT_MS = 500;

export interface SocketModeOptions {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly logger: Logger;
}

/** Bolt's receiver over a web socket, and how to open one session of it. Reconnecting is the link's business: Bolt's own waits 5 s and dies of a failed request. */
export function socketMode(options: SocketModeOptions): {
  readonly receiver: SocketModeReceiver;
  connect(signal: AbortSignal): Promise<Session>;
} {
  /** Ends the request for a socket address. */
  let attempt = new AbortController();
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: PONG_TIMEOUT_MS,
    serverPingTimeout: SERVER_PING_TIMEOUT_MS,
    logger: options.logger,
    installerOptions: {
      clientOptions: {
        ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: options.requestTimeoutMs,
        // A request for a socket address must not hold up the stop of the program.
        fetch: async (url, init) => {
          const asking = attempt;
          const late = init?.signal;
          late?.addEventListener("abort", () => asking.abort(late.reason), { once: true });
          return fetch(url, { ...init, signal: asking.signal });
        },
      },
    },
  });
  const { client } = receiver;
  guardMessages(client, options.log);

  async function connect(signal: AbortSignal): Promise<Session> {
    const opening = new AbortController();
    const giveUp = (): void => opening.abort();
    signal.addEventListener("abort", giveUp, { once: true });
    attempt = opening;
    const ended = new Promise<string>((resolve) => {
      client.once("disconnected", () => resolve("the socket was closed"));
    });
    try {
      await withDeadline(client.start(), GREETING_TIMEOUT_MS, options.clock);
    } catch (error) {
      await hangUp();
      throw blame(error ?? new Error("the socket was closed before Slack said hello"), "SLACK_APP_TOKEN");
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
    return { ended, close: hangUp };
  }

  async function hangUp(): Promise<void> {
    let gone = false;
    const farewell = client.disconnect().finally(() => {
      gone = true;
    });
    await Promise.race([farewell, options.clock.sleep(CLOSE_TIMEOUT_MS)]);
    // A peer that does not answer the close frame would hold the socket for 30 s; asking twice tears it down.
    if (!gone) void client.disconnect();
    await farewell;
  }

  return { receiver, connect };
}

/** The client parses messages in an async listener that nobody awaits: what throws there would end the process. */
function guardMessages(client: SocketModeReceiver["client"], log: Log): void {
  const listeners = client.listeners("ws_message");
  client.removeAllListeners("ws_message");
  client.on("ws_message", (...args: unknown[]) => {
    for (const listener of listeners)
      Promise.resolve(Reflect.apply(listener, client, args)).catch((error: unknown) =>
        log.warn({ platform: "slack" }, `a message from Slack could not be read: ${explain(error)}`),
      );
  });
}

async function withDeadline<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => {
    if (done.signal.aborted) return work;
    throw new Error(`no greeting from Slack within ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => {});
  }
}
