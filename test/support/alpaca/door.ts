import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { isRecord, parseJson, type JsonRecord } from "./json.ts";
import { decodeMsgpack } from "./msgpack.ts";
import type { Count } from "./types.ts";

export interface StreamOptions {
  readonly server: Server;
  readonly paths: readonly string[];
  readonly count: Count;
}

/** The door of a websocket endpoint: takes connections, or refuses them. */
export class Door {
  readonly #wss = new WebSocketServer({ noServer: true });
  readonly #count: Count;
  readonly #sockets = new Set<Duplex>();
  #refusals = 0;
  #unanswered = 0;

  constructor(options: StreamOptions, connected: (socket: WebSocket, request: IncomingMessage) => void) {
    this.#count = options.count;
    options.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      if (!options.paths.includes(path)) {
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
        return;
      }
      if (this.#refusals > 0) {
        this.#refusals -= 1;
        this.#count("stream-refused");
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
        return;
      }
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      if (this.#unanswered > 0) {
        this.#unanswered -= 1;
        this.#count("stream-unanswered");
        return;
      }
      this.#wss.handleUpgrade(request, socket, head, (upgraded) => connected(upgraded, request));
    });
  }

  refuse(times: number): void {
    this.#refusals = times;
  }

  /** The next ones are taken as TCP, and never upgraded or refused. */
  leaveUnanswered(times: number): void {
    this.#unanswered = times;
  }

  /** Cuts every connection without a closing handshake, as a failing network does. */
  drop(): number {
    const { size } = this.#wss.clients;
    for (const client of this.#wss.clients) client.terminate();
    return size;
  }

  /** Freezes every connection: it stays open, nothing comes or goes, pings are not answered. Answers how to end them. */
  freeze(): () => void {
    const frozen = [...this.#sockets];
    for (const socket of frozen) {
      socket.pause();
      socket.cork();
    }
    return () => {
      for (const socket of frozen) socket.destroy();
    };
  }

  close(): void {
    this.drop();
    for (const socket of this.#sockets) socket.destroy();
    this.#wss.close();
  }
}

/** The object in a frame; undefined for anything else. */
export function frameOf(raw: RawData, msgpack: boolean): JsonRecord | undefined {
  const bytes = Array.isArray(raw) ? Buffer.concat(raw) : raw instanceof ArrayBuffer ? Buffer.from(raw) : raw;
  try {
    const decoded = msgpack ? decodeMsgpack(bytes) : parseJson(bytes.toString("utf8"));
    return isRecord(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
