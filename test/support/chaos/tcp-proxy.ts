import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Looks at one connection's bytes on their way; `false` holds this chunk and everything after it back for good. */
export interface Tap {
  toServer(chunk: Buffer): void;
  toClient(chunk: Buffer): boolean;
}

/** A TCP proxy on 127.0.0.1 whose line can be cut, silenced and watched. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection at once and takes no new one until `heal`. */
  cut(): void;
  /** Connections stay open, nothing goes through; new ones are taken and stay silent. */
  hang(): void;
  /** Lets new connections through again; those that hung are ended. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

function destroy({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}

export async function startTcpProxy(targetPort: number, tap: () => Tap): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let state: "open" | "cut" | "hung" = "open";

  const proxy = createServer((client) => {
    client.on("error", () => undefined);
    if (state === "cut") {
      client.destroy();
      return;
    }
    const server = connect(targetPort, "127.0.0.1");
    const pair = { client, server };
    const watch = tap();
    let held = false;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      destroy(pair);
    };
    server.on("error", end).on("close", end);
    client.on("close", end);
    client.on("data", (chunk: Buffer) => {
      if (state === "hung" || held) return;
      watch.toServer(chunk);
      server.write(chunk);
    });
    server.on("data", (chunk: Buffer) => {
      if (state === "hung" || held) return;
      if (watch.toClient(chunk)) client.write(chunk);
      else held = true;
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const cutAll = (): void => {
    for (const pair of pairs) destroy(pair);
  };
  return {
    port: address.port,
    cut() {
      state = "cut";
      cutAll();
    },
    hang() {
      state = "hung";
    },
    heal() {
      if (state === "hung") cutAll();
      state = "open";
    },
    async close() {
      cutAll();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
    },
  };
}
