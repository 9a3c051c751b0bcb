import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { isObject, textOf, type Json } from "./json.ts";
import { snowflake } from "./snowflake.ts";

const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  ack: 11,
} as const;
const CLOSE = {
  unknownOpcode: 4001,
  decode: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  invalidSequence: 4007,
  sessionTimedOut: 4009,
  invalidVersion: 4012,
  invalidIntents: 4013,
  disallowedIntents: 4014,
} as const;

/** GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT must be switched on in the developer portal. */
const MESSAGE_CONTENT = 1 << 15;
const PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT;
const GUILD_MESSAGES = 1 << 9;
const KNOWN_INTENTS = (1 << 26) - 1;

interface Session {
  readonly id: string;
  readonly intents: number;
  seq: number;
  /** Everything dispatched, for the replay after a resume. */
  readonly events: { readonly seq: number; readonly packet: string }[];
  socket: WebSocket | null;
  resumable: boolean;
}

export interface GatewayOptions {
  readonly token: string;
  readonly heartbeatMs: number;
  /** READY's payload for a fresh session, and what follows it. */
  ready(sessionId: string): { readonly ready: Json; readonly guilds: readonly Json[] };
}

/** Discord's gateway, v10, JSON without compression: sessions, heartbeats, resume with replay, and its ways to hang up. */
export class Gateway {
  readonly identifies: Json[] = [];
  readonly resumes: Json[] = [];
  readonly heartbeats: number[] = [];
  readonly closes: number[] = [];
  /** Message Content is switched on in the developer portal. */
  grantsMessageContent = false;
  /** Connections are torn down during the handshake. */
  refusing = false;
  /** Every session is closed with this code instead of being opened. */
  closing: number | null = null;
  /** Connections that were tried, refused ones too. */
  handshakes = 0;
  /** Resumes are taken and never answered; heartbeats still are. */
  ignoringResumes = false;
  /** Handshakes are left unanswered; their sockets wait here. */
  stalling = false;
  readonly stalled: Duplex[] = [];
  /** Heartbeats and everything else is swallowed, as on a dead link. */
  frozen = false;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly sessions = new Map<string, Session>();
  private readonly sockets = new Set<WebSocket>();
  private readonly options: GatewayOptions;
  private readonly changed: () => void;

  constructor(options: GatewayOptions, changed: () => void) {
    this.options = options;
    this.changed = changed;
  }

  get connected(): boolean {
    return [...this.sessions.values()].some((session) => session.socket !== null);
  }

  get openSockets(): number {
    return this.sockets.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.handshakes += 1;
    if (this.refusing) {
      socket.destroy();
      return;
    }
    if (this.stalling) {
      this.stalled.push(socket);
      this.changed();
      return;
    }
    const query = new URL(request.url ?? "/", "http://gateway").searchParams;
    this.server.handleUpgrade(request, socket, head, (ws) => {
      if (query.get("v") !== "10") return ws.close(CLOSE.invalidVersion, "Invalid API version.");
      this.accept(ws);
    });
  }

  /** Sends one event to every session; those that are away get it with their resume. */
  dispatch(type: string, data: Json): void {
    for (const session of this.sessions.values()) this.send(session, type, data);
  }

  /** A message that a person wrote: to sessions that hear messages, and without its words where they may not be read. */
  dispatchMessage(message: Json, mentionsBot: boolean): void {
    for (const session of this.sessions.values()) {
      if ((session.intents & GUILD_MESSAGES) === 0) continue;
      const readable = mentionsBot || (session.intents & MESSAGE_CONTENT) !== 0;
      this.send(session, "MESSAGE_CREATE", readable ? message : { ...message, content: "" });
    }
  }

  /** Cuts every connection without a close frame. With `resumable: false` the sessions are forgotten too. */
  drop(how: { readonly resumable: boolean }): void {
    for (const session of this.sessions.values()) session.resumable &&= how.resumable;
    for (const socket of this.sockets) socket.terminate();
  }

  /** Op 7: the client is to reconnect and resume. */
  askToReconnect(): void {
    this.broadcast({ op: OP.reconnect, d: null });
  }

  /** Op 9. Not resumable: the session is forgotten, the client must identify again. */
  invalidate(resumable: boolean): void {
    for (const session of this.sessions.values()) session.resumable &&= resumable;
    this.broadcast({ op: OP.invalidSession, d: resumable });
  }

  closeAll(code: number): void {
    for (const socket of this.sockets) socket.close(code);
  }

  async stop(): Promise<void> {
    for (const socket of this.stalled) socket.destroy();
    for (const socket of this.sockets) socket.terminate();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private accept(socket: WebSocket): void {
    let session: Session | null = null;
    let lastBeat = Date.now();
    this.sockets.add(socket);
    const watchdog = setInterval(() => {
      if (Date.now() - lastBeat > this.options.heartbeatMs * 2.5)
        socket.close(CLOSE.sessionTimedOut, "Session timed out.");
    }, this.options.heartbeatMs);
    socket.on("close", (code) => {
      clearInterval(watchdog);
      this.sockets.delete(socket);
      this.closes.push(code);
      // A client that closes with 1000 or 1001 gives its session up; anything else can be resumed.
      if (session?.socket === socket) {
        session.socket = null;
        if (code === 1000 || code === 1001 || !session.resumable) this.sessions.delete(session.id);
      }
      this.changed();
    });
    socket.on("message", (raw: Buffer) => {
      if (this.frozen) return;
      const packet = parse(raw.toString());
      if (packet === undefined) return socket.close(CLOSE.decode, "Error while decoding payload.");
      switch (packet["op"]) {
        case OP.heartbeat:
          lastBeat = Date.now();
          this.heartbeats.push(lastBeat);
          socket.send(JSON.stringify({ op: OP.ack }));
          break;
        case OP.identify:
          if (session !== null) return socket.close(CLOSE.alreadyAuthenticated, "Already authenticated.");
          session = this.identify(socket, isObject(packet["d"]) ? packet["d"] : {});
          break;
        case OP.resume:
          if (session !== null) return socket.close(CLOSE.alreadyAuthenticated, "Already authenticated.");
          session = this.resume(socket, isObject(packet["d"]) ? packet["d"] : {});
          break;
        case 3:
        case 4:
        case 8:
          if (session === null) return socket.close(CLOSE.notAuthenticated, "Not authenticated.");
          break;
        default:
          return socket.close(CLOSE.unknownOpcode, "Unknown opcode.");
      }
      this.changed();
    });
    socket.send(
      JSON.stringify({ op: OP.hello, d: { heartbeat_interval: this.options.heartbeatMs }, s: null, t: null }),
    );
  }

  private identify(socket: WebSocket, data: Json): Session | null {
    this.identifies.push(data);
    const problem = this.identifyProblem(data);
    if (this.closing !== null) {
      socket.close(this.closing);
      return null;
    }
    if (problem !== undefined) {
      socket.close(problem.code, problem.reason);
      return null;
    }
    const session: Session = {
      id: `session-${snowflake(Date.now())}`,
      intents: Number(data["intents"]),
      seq: 0,
      events: [],
      socket,
      resumable: true,
    };
    this.sessions.set(session.id, session);
    const { ready, guilds } = this.options.ready(session.id);
    this.send(session, "READY", ready);
    for (const guild of guilds) this.send(session, "GUILD_CREATE", guild);
    return session;
  }

  private identifyProblem(data: Json): { readonly code: number; readonly reason: string } | undefined {
    const intents = Number(data["intents"]);
    if (data["token"] !== this.options.token)
      return { code: CLOSE.authenticationFailed, reason: "Authentication failed." };
    if (!Number.isInteger(data["intents"]) || intents < 0 || intents > KNOWN_INTENTS)
      return { code: CLOSE.invalidIntents, reason: "Invalid intent(s)." };
    const refused = this.grantsMessageContent ? PRIVILEGED & ~MESSAGE_CONTENT : PRIVILEGED;
    if ((intents & refused) !== 0) return { code: CLOSE.disallowedIntents, reason: "Disallowed intent(s)." };
    if (!isObject(data["properties"])) return { code: CLOSE.decode, reason: "Error while decoding payload." };
    return undefined;
  }

  private resume(socket: WebSocket, data: Json): Session | null {
    this.resumes.push(data);
    if (this.ignoringResumes) return null;
    if (data["token"] !== this.options.token) {
      socket.close(CLOSE.authenticationFailed, "Authentication failed.");
      return null;
    }
    const session = this.sessions.get(textOf(data["session_id"]));
    if (session === undefined || !session.resumable) {
      socket.send(JSON.stringify({ op: OP.invalidSession, d: false }));
      return null;
    }
    const seq = Number(data["seq"]);
    if (!Number.isInteger(seq) || seq > session.seq) {
      socket.close(CLOSE.invalidSequence, "Invalid seq.");
      return null;
    }
    session.socket?.terminate();
    session.socket = socket;
    for (const event of session.events) if (event.seq > seq) socket.send(event.packet);
    this.send(session, "RESUMED", {});
    return session;
  }

  private send(session: Session, type: string, data: Json): void {
    session.seq += 1;
    const packet = JSON.stringify({ op: OP.dispatch, t: type, s: session.seq, d: data });
    session.events.push({ seq: session.seq, packet });
    if (!this.frozen) session.socket?.send(packet);
  }

  private broadcast(packet: Json): void {
    for (const socket of this.sockets) socket.send(JSON.stringify(packet));
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
