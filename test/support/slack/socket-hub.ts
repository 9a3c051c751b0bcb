import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { isJson } from "./problems.ts";
import type { Json } from "./types.ts";
import type { World } from "./world.ts";

const ACK_WITHIN_MS = 3000;
const ATTEMPTS = 4;

/** One envelope on its way to the app and what came back. */
export interface SocketDelivery {
  readonly envelopeId: string;
  readonly payload: Json;
  /** When it was sent, once for each delivery. */
  readonly sentAtMs: readonly number[];
  /** How long after the first sending each ack came, ms. */
  readonly ackedAfterMs: readonly number[];
  /** What each ack carried. */
  readonly ackPayloads: readonly unknown[];
  /** Resolves with the first ack's delay. */
  acked(timeoutMs?: number): Promise<number>;
  /** Sends the very same envelope again. */
  redeliver(): Promise<void>;
}

interface Underway extends SocketDelivery {
  readonly sentAtMs: number[];
  readonly ackedAfterMs: number[];
  readonly ackPayloads: unknown[];
}

/** Socket Mode: tickets, hello, envelopes with ids, acks within three seconds or the envelope comes again. */
export class SocketHub {
  readonly deliveries: SocketDelivery[] = [];
  /** What the app did wrong on the socket. */
  readonly violations: string[] = [];
  /** How many sockets were opened so far. */
  opened = 0;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #underway = new Map<string, Underway>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #world: World;
  #greets = true;

  constructor(world: World) {
    this.#world = world;
  }

  ticket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  /** Whether new sockets get their hello; they answer pings either way. */
  setGreets(greets: boolean): void {
    this.#greets = greets;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? "/", "http://slack").searchParams.get("ticket") ?? "";
    if (!this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (link) => this.#greet(link));
  }

  connections(): number {
    return this.#live().length;
  }

  async connected(timeoutMs = 10_000): Promise<void> {
    await this.#world.until(() => this.#live()[0], timeoutMs, "a connected socket");
  }

  /** Resolves once more sockets were opened than `before`. */
  async reopened(before: number, timeoutMs = 15_000): Promise<void> {
    await this.#world.until(
      () => (this.opened > before && this.connections() > 0 ? true : undefined),
      timeoutMs,
      "another socket",
    );
  }

  async deliver(
    type: "slash_commands" | "interactive" | "events_api",
    payload: Json,
  ): Promise<SocketDelivery> {
    const envelopeId = randomUUID();
    const sentAtMs: number[] = [];
    const ackedAfterMs: number[] = [];
    const send = async (attempt: number): Promise<void> => {
      await this.connected();
      const [link] = this.#live();
      sentAtMs.push(Date.now());
      const retry =
        type === "events_api" ? { retry_attempt: attempt, retry_reason: attempt === 0 ? "" : "timeout" } : {};
      link?.send(
        JSON.stringify({
          envelope_id: envelopeId,
          type,
          payload,
          accepts_response_payload: type !== "events_api",
          ...retry,
        }),
      );
      this.#later(ACK_WITHIN_MS, () => {
        if (ackedAfterMs.length === 0 && attempt + 1 < ATTEMPTS) void send(attempt + 1).catch(() => {});
      });
    };
    const delivery: Underway = {
      envelopeId,
      payload,
      sentAtMs,
      ackedAfterMs,
      ackPayloads: [],
      acked: async (timeoutMs = 5000) =>
        this.#world.until(() => ackedAfterMs[0], timeoutMs, `the ack of ${envelopeId}`),
      redeliver: () => send(sentAtMs.length),
    };
    this.#underway.set(envelopeId, delivery);
    this.deliveries.push(delivery);
    await send(0);
    return delivery;
  }

  /** Cuts the TCP connections without a goodbye. */
  drop(): void {
    for (const link of this.#server.clients) link.terminate();
  }

  /** The links stay open but nothing comes through any more, in neither direction. */
  freeze(): void {
    for (const link of this.#live()) {
      link.pause();
      link.send = () => {};
    }
  }

  /** Slack recycles the connection. */
  disconnect(reason: "warning" | "refresh_requested" | "link_disabled"): void {
    for (const link of this.#live())
      link.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "stand-in" } }));
  }

  /** Something that no version of Slack would send. */
  sendRaw(text: string): void {
    for (const link of this.#live()) link.send(text);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.drop();
    this.#server.close();
  }

  #live(): WebSocket[] {
    return [...this.#server.clients].filter((link) => link.readyState === WebSocket.OPEN && !link.isPaused);
  }

  #greet(link: WebSocket): void {
    link.on("error", () => {});
    link.on("message", (data) => this.#receive(data));
    link.on("close", () => this.#world.changed());
    this.#world.changed();
    if (!this.#greets) return;
    this.opened += 1;
    link.send(
      JSON.stringify({
        type: "hello",
        num_connections: this.#server.clients.size,
        debug_info: { host: "stand-in", approximate_connection_time: 18060 },
        connection_info: { app_id: "A0FLOW" },
      }),
    );
    this.#world.changed();
  }

  #receive(raw: RawData): void {
    const data = Buffer.isBuffer(raw) ? raw.toString("utf8") : "";
    const ack: unknown = JSON.parse(data);
    const id = isJson(ack) ? ack["envelope_id"] : undefined;
    const delivery = typeof id === "string" ? this.#underway.get(id) : undefined;
    if (delivery === undefined) {
      this.violations.push(`an ack for no envelope: ${data}`);
      return;
    }
    const afterMs = Date.now() - (delivery.sentAtMs[0] ?? 0);
    if (delivery.ackedAfterMs.length === 0 && afterMs > ACK_WITHIN_MS)
      this.violations.push(`${String(id)} acked after ${afterMs} ms`);
    delivery.ackPayloads.push(isJson(ack) ? ack["payload"] : undefined);
    delivery.ackedAfterMs.push(afterMs);
    this.#world.changed();
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
