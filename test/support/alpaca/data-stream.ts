import type { IncomingMessage } from "node:http";
import { WebSocket, type RawData } from "ws";
import { Door, frameOf, type StreamOptions } from "./door.ts";
import type { Keys } from "./http.ts";
import type { JsonRecord } from "./json.ts";
import { encodeMsgpack } from "./msgpack.ts";
import type { Count } from "./types.ts";

const channels = ["trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds"] as const;

interface DataSession {
  readonly socket: WebSocket;
  readonly msgpack: boolean;
  authorized: boolean;
  readonly symbols: ReadonlyMap<string, Set<string>>;
}

/** The stock data stream: keys, subscriptions, trades and minute bars; MessagePack when the client asks for it. */
export class DataStream {
  readonly door: Door;
  readonly #keys: Keys;
  readonly #count: Count;
  readonly #sessions = new Set<DataSession>();

  constructor(options: StreamOptions & { readonly keys: Keys }) {
    this.#keys = options.keys;
    this.#count = options.count;
    this.door = new Door(options, (socket, request) => this.#connected(socket, request));
  }

  push(channel: "trades" | "bars", symbol: string, message: JsonRecord): void {
    for (const session of this.#sessions) {
      const wanted = session.symbols.get(channel);
      if (wanted?.has(symbol) === true || wanted?.has("*") === true) {
        this.#write(session, [{ T: channel === "trades" ? "t" : "b", S: symbol, ...message }]);
      }
    }
  }

  #write(session: DataSession, messages: readonly JsonRecord[]): void {
    if (session.socket.readyState !== WebSocket.OPEN) return;
    session.socket.send(session.msgpack ? encodeMsgpack(messages) : JSON.stringify(messages));
  }

  #connected(socket: WebSocket, request: IncomingMessage): void {
    const session: DataSession = {
      socket,
      msgpack: request.headers["content-type"] === "application/msgpack",
      authorized: false,
      symbols: new Map(channels.map((channel) => [channel, new Set<string>()])),
    };
    this.#sessions.add(session);
    socket.on("close", () => this.#sessions.delete(session));
    // The closing of a broken connection follows by itself.
    socket.on("error", () => undefined);
    socket.on("message", (raw: RawData) => {
      const message = frameOf(raw, session.msgpack);
      if (message !== undefined) this.#received(session, message);
    });
    this.#write(session, [{ T: "success", msg: "connected" }]);
  }

  #received(session: DataSession, message: JsonRecord): void {
    if (message["action"] === "auth") {
      this.#authenticate(session, message);
      return;
    }
    if (!session.authorized) {
      this.#write(session, [{ T: "error", code: 401, msg: "not authenticated" }]);
      return;
    }
    for (const [channel, symbols] of session.symbols) {
      const named = message[channel];
      for (const symbol of Array.isArray(named) ? named : []) {
        if (message["action"] === "subscribe") symbols.add(String(symbol));
        else symbols.delete(String(symbol));
      }
    }
    const now = [...session.symbols].map(([channel, symbols]) => [channel, [...symbols]]);
    this.#write(session, [{ T: "subscription", ...Object.fromEntries(now) }]);
  }

  #authenticate(session: DataSession, message: JsonRecord): void {
    if (message["key"] !== this.#keys.keyId || message["secret"] !== this.#keys.secret) {
      this.#count("stream-unauthorized");
      this.#write(session, [{ T: "error", code: 402, msg: "auth failed" }]);
      session.socket.close();
      return;
    }
    if ([...this.#sessions].some((each) => each.authorized && each !== session)) {
      this.#count("second-stream");
      this.#write(session, [{ T: "error", code: 406, msg: "connection limit exceeded" }]);
      session.socket.close();
      return;
    }
    session.authorized = true;
    this.#write(session, [{ T: "success", msg: "authenticated" }]);
  }
}
