import { WebSocket, type RawData } from "ws";
import type { Timers } from "./clock.ts";
import { Door, frameOf, type StreamOptions } from "./door.ts";
import { knowsKey, type Keys } from "./http.ts";
import { isRecord, type JsonRecord } from "./json.ts";
import type { Count, TradeUpdateData } from "./types.ts";

export interface SentUpdate {
  readonly update: TradeUpdateData;
  /** Messages sent for it: 0 when muted or nobody listened, 2 when duplicated. */
  sent: number;
}

interface Session {
  readonly socket: WebSocket;
  authorized: boolean;
  listening: boolean;
}

/** The trade_updates stream: JSON in binary frames, one connection a key, no replay of what was missed. */
export class TradeUpdatesStream {
  readonly door: Door;
  /** Every update that happened, whether or not anybody heard it. */
  readonly updates: SentUpdate[] = [];
  readonly #keys: Keys;
  readonly #count: Count;
  readonly #timers: Timers;
  readonly #maxConnections: number;
  readonly #onSent: (update: TradeUpdateData) => void;
  readonly #sessions = new Set<Session>();
  #muted = false;
  #deafTo = 0;
  #duplicates = 0;
  #delayMs = 0;
  #reorder = false;
  #kept: SentUpdate[] = [];

  constructor(
    options: StreamOptions & {
      readonly keys: Keys;
      readonly timers: Timers;
      readonly maxConnections: number;
      /** After an update went out to every listener. */
      readonly onSent: (update: TradeUpdateData) => void;
    },
  ) {
    this.#keys = options.keys;
    this.#count = options.count;
    this.#timers = options.timers;
    this.#maxConnections = options.maxConnections;
    this.#onSent = options.onSent;
    this.door = new Door(options, (socket) => this.#connected(socket));
  }

  mute(muted: boolean): void {
    this.#muted = muted;
  }

  /** The next log-ins are not answered; pings are. */
  ignoreLogins(times: number): void {
    this.#deafTo = times;
  }

  duplicate(times: number): void {
    this.#duplicates = times;
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  reorder(on: boolean): void {
    this.#reorder = on;
    if (!on) this.#release();
  }

  listeners(): number {
    return [...this.#sessions].filter((session) => session.listening).length;
  }

  push(update: TradeUpdateData): void {
    const entry: SentUpdate = { update, sent: 0 };
    this.updates.push(entry);
    if (this.#muted) {
      this.#count("update-muted");
      return;
    }
    if (this.#delayMs === 0) {
      this.#order(entry);
      return;
    }
    this.#count("update-delayed");
    this.#timers.after(this.#delayMs, () => this.#order(entry));
  }

  /** While reordering, updates wait for 20 quiet ms (or until they are 20) and go out newest first. */
  #order(entry: SentUpdate): void {
    if (!this.#reorder) {
      this.#send(entry);
      return;
    }
    this.#kept.push(entry);
    if (this.#kept.length >= 20) this.#release();
    this.#timers.after(20, () => {
      if (this.#kept.at(-1) === entry) this.#release();
    });
  }

  #release(): void {
    const kept = this.#kept;
    this.#kept = [];
    if (kept.length > 1) this.#count("update-reordered");
    for (const entry of kept.reverse()) this.#send(entry);
  }

  #send(entry: SentUpdate): void {
    const listeners = [...this.#sessions].filter((session) => session.listening);
    if (listeners.length === 0) {
      this.#count("update-missed");
      return;
    }
    const twice = this.#duplicates > 0;
    if (twice) {
      this.#duplicates -= 1;
      this.#count("update-duplicated");
    }
    for (const session of listeners) {
      for (let copy = 0; copy < (twice ? 2 : 1); copy += 1) {
        this.#write(session.socket, { stream: "trade_updates", data: entry.update });
        entry.sent += 1;
      }
    }
    this.#onSent(entry.update);
  }

  #write(socket: WebSocket, message: unknown): void {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(Buffer.from(JSON.stringify(message)), { binary: true });
  }

  #connected(socket: WebSocket): void {
    const session: Session = { socket, authorized: false, listening: false };
    this.#sessions.add(session);
    socket.on("close", () => this.#sessions.delete(session));
    // The closing of a broken connection follows by itself.
    socket.on("error", () => undefined);
    socket.on("message", (raw: RawData) => {
      const message = frameOf(raw, false);
      if (message !== undefined) this.#received(session, message);
    });
  }

  #received(session: Session, message: JsonRecord): void {
    const data = isRecord(message["data"]) ? message["data"] : message;
    const authorization = (status: string, action: string): void =>
      this.#write(session.socket, { stream: "authorization", data: { status, action } });
    if (message["action"] === "authenticate" || message["action"] === "auth") {
      if (this.#deafTo > 0) {
        this.#deafTo -= 1;
        this.#count("stream-login-unanswered");
        return;
      }
      const id = data["key_id"] ?? data["key"];
      const secret = data["secret_key"] ?? data["secret"];
      if (!knowsKey(this.#keys, id) || secret !== this.#keys.secret) {
        this.#count("stream-unauthorized");
        authorization("unauthorized", "authenticate");
        return;
      }
      const others = [...this.#sessions].filter((each) => each.authorized && each !== session);
      if (others.length >= this.#maxConnections) {
        this.#count("second-stream");
        this.#write(session.socket, {
          action: "error",
          data: { error_message: "connection limit exceeded" },
        });
        session.socket.close(1008);
        return;
      }
      session.authorized = true;
      authorization("authorized", "authenticate");
      return;
    }
    if (message["action"] !== "listen") return;
    if (!session.authorized) {
      authorization("unauthorized", "listen");
      return;
    }
    const asked = Array.isArray(data["streams"]) ? data["streams"] : [];
    session.listening = asked.includes("trade_updates");
    const streams = session.listening ? ["trade_updates"] : [];
    this.#write(session.socket, { stream: "listening", data: { streams } });
  }
}
