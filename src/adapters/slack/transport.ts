import type { Logger } from "@slack/bolt";
import { UsageError } from "../../core/errors.ts";
import type { Clock, Log } from "../../ports.ts";
import { httpMode } from "./http-mode.ts";
import type { Session } from "./link.ts";
import { socketMode } from "./socket-mode.ts";

export interface TransportOptions {
  readonly appToken?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly httpPort?: number | undefined;
  readonly httpHost?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly requestTimeoutMs: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** How commands come in: over a web socket, or to /slack/events. */
export interface Transport {
  readonly receiver: ReturnType<typeof socketMode>["receiver"] | ReturnType<typeof httpMode>["receiver"];
  open(): Promise<void>;
  close(): Promise<void>;
  connect(signal: AbortSignal): Promise<Session>;
}

/** Socket Mode with an app token, signed HTTP without one. Throws a UsageError when neither is configured. */
export function transport(
  options: TransportOptions,
  logger: Logger,
  learnIdentity: () => Promise<void>,
): Transport {
  const { appToken, signingSecret, httpPort, clock, log } = options;
  if (appToken !== undefined) {
    const socket = socketMode({
      appToken,
      apiUrl: options.apiUrl,
      requestTimeoutMs: options.requestTimeoutMs,
      clock,
      log,
      logger,
    });
    return {
      receiver: socket.receiver,
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      async connect(signal) {
        await learnIdentity();
        return socket.connect(signal);
      },
    };
  }
  if (signingSecret === undefined || httpPort === undefined)
    throw new UsageError(
      "SLACK_APP_TOKEN, or SLACK_SIGNING_SECRET and SLACK_HTTP_PORT, must be set beside SLACK_BOT_TOKEN",
    );
  const http = httpMode({
    signingSecret,
    port: httpPort,
    host: options.httpHost ?? "127.0.0.1",
    log,
    logger,
  });
  return {
    receiver: http.receiver,
    open: () => http.listen(),
    close: () => http.close(),
    async connect() {
      await learnIdentity();
      // Over HTTP Slack comes to us: once the token is good there is nothing that could be lost.
      const stopped = new AbortController();
      const ended = new Promise<string>((resolve) => {
        stopped.signal.addEventListener("abort", () => resolve("stopped"), { once: true });
      });
      return { ended, close: async () => stopped.abort() };
    },
  };
}
