import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { HTTPReceiver, type Logger } from "@slack/bolt";
import { UsageError } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";

export interface HttpModeOptions {
  readonly signingSecret: string;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly logger: Logger;
}

/** Bolt's receiver over signed HTTP at /slack/events, behind a server of our own: it binds to one host and stops at once. */
export function httpMode(options: HttpModeOptions): {
  readonly receiver: HTTPReceiver;
  listen(): Promise<void>;
  close(): Promise<void>;
} {
  const receiver = new HTTPReceiver({
    signingSecret: options.signingSecret,
    endpoints: ["/slack/events"],
    logger: options.logger,
  });
  const server = createServer((request, response) => accept(receiver, request, response));

  return {
    receiver,
    async listen() {
      await listening(server, options);
      options.log.info(
        { platform: "slack", host: options.host, port: options.port },
        "listening for Slack at /slack/events",
      );
    },
    async close() {
      if (!server.listening) return;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function accept(receiver: HTTPReceiver, request: IncomingMessage, response: ServerResponse): void {
  // Bolt compares the type letter by letter; a charset behind it (proxies add one) changes nothing.
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== undefined) request.headers["content-type"] = type;
  try {
    receiver.requestListener(request, response);
  } catch {
    // Bolt throws for every path and method but POST /slack/events.
    response.writeHead(404).end();
  }
}

async function listening(server: Server, { host, port }: HttpModeOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new UsageError(
          `SLACK_HTTP_PORT: cannot listen on ${host}:${port} (${error.message}); choose a free port`,
          {
            cause: error,
          },
        ),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}
