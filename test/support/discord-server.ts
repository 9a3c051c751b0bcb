import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readBody, type RequestBody } from "./discord/body.ts";
import { Gateway } from "./discord/gateway.ts";
import { makeInteraction, pressData, slashData } from "./discord/interactions.ts";
import { isObject, textOf, type Json } from "./discord/json.ts";
import { messageJson, personMessage } from "./discord/messages.ts";
import { RateLimit } from "./discord/rate-limit.ts";
import { rateLimited, refusal, Reply } from "./discord/reply.ts";
import { botUser, memberJson, route, type Guildhall } from "./discord/routes.ts";
import { modalData } from "./discord/validate-modal.ts";
import {
  FLAG,
  INTERACTION,
  type DiscordMessage,
  type DiscordUser,
  type Fault,
  type Interaction,
  type RecordedRequest,
} from "./discord/types.ts";

export type { DiscordMessage, DiscordUser, Interaction } from "./discord/types.ts";

export interface DiscordServerOptions {
  readonly token?: string;
  readonly heartbeatMs?: number;
  /** How long a first answer may take; Discord gives 3,000 ms. */
  readonly firstAnswerMs?: number;
}

/** Starts the stand-in on 127.0.0.1. Everything it was asked and everything it shows can be read off it. */
export async function startDiscord(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  const discord = new DiscordServer(options);
  await discord.listen(0);
  return discord;
}

/**
 * A strict stand-in of Discord: REST v10 and the gateway, with the documented limits and deadlines. It refuses what
 * Discord refuses, with Discord's error codes.
 */
export class DiscordServer {
  readonly token: string;
  readonly applicationId = "1100000000000000001";
  readonly guildId = "1100000000000000002";
  readonly channelId = "1100000000000000003";
  /** Exists, but the bot may not look into it. */
  readonly hiddenChannelId = "1100000000000000004";
  readonly requests: RecordedRequest[] = [];
  readonly gateway: Gateway;
  private readonly hall: Guildhall;
  private readonly faults: { readonly fault: Fault; left: number }[] = [];
  private readonly waiters = new Set<() => void>();
  private readonly http = createServer((request, response) => void this.serve(request, response));
  private port = 0;

  constructor(options: DiscordServerOptions) {
    this.token = options.token ?? "MTEwMDAwMDAwMDAwMDAwMDAwMQ.stand-in.secret-part";
    this.hall = {
      token: this.token,
      applicationId: this.applicationId,
      guildId: this.guildId,
      guildName: "The desk",
      channels: new Map([
        [this.channelId, true],
        [this.hiddenChannelId, false],
      ]),
      threads: new Map(),
      pins: new Set(),
      may: { threads: true, pins: true },
      messages: [],
      reactions: [],
      flags: 0,
      members: new Map(),
      interactions: [],
      commands: new Map(),
      limit: new RateLimit(),
      firstAnswerMs: options.firstAnswerMs ?? 3000,
      tokenLifeMs: 15 * 60_000,
      gatewayUrl: () => `ws://127.0.0.1:${String(this.port)}`,
    };
    this.gateway = new Gateway(
      { token: this.token, heartbeatMs: options.heartbeatMs ?? 41_250, ready: (id) => this.ready(id) },
      () => {
        this.wake();
      },
    );
    this.http.on("upgrade", (request, socket, head) => {
      this.gateway.upgrade(request, socket, head);
    });
  }

  /** For `rest.api`: the client adds /v10. */
  get apiUrl(): string {
    return `http://127.0.0.1:${String(this.port)}/api`;
  }

  /** Every message that is or was in the channel, oldest first, as it looks now. */
  get messages(): readonly DiscordMessage[] {
    return this.hall.messages;
  }

  /** What the bot may do in the channel beside talking. */
  get may(): { threads: boolean; pins: boolean } {
    return this.hall.may;
  }

  /** What the bot put under messages. */
  get reactions(): Guildhall["reactions"] {
    return this.hall.reactions;
  }

  /** The developer portal grants Message Content: the application says so, and the gateway takes the intent. */
  grantMessageContent(): void {
    this.hall.flags = 1 << 19;
    this.gateway.grantsMessageContent = true;
  }

  /** Messages at the head of the channel. */
  get pinned(): readonly DiscordMessage[] {
    return this.messages.filter(({ id, deleted }) => this.hall.pins.has(id) && !deleted);
  }

  /** The thread of a message: its name, and all that was said in it, line by line. */
  threadOf({ id }: DiscordMessage): { readonly name: string | undefined; readonly lines: readonly string[] } {
    const said = this.messages.filter(({ channelId }) => channelId === id);
    return { name: this.hall.threads.get(id), lines: said.flatMap(({ content }) => content.split("\n")) };
  }

  /** A thread that a person made from a message. */
  openThread(messageId: string): void {
    this.hall.threads.set(messageId, "thread");
    this.hall.channels.set(messageId, true);
  }

  /** A person deletes a message. */
  remove(message: DiscordMessage): void {
    message.deleted = true;
  }

  get interactions(): readonly Interaction[] {
    return this.hall.interactions;
  }

  /** The commands registered for the guild, or globally. */
  commands(scope: "guild" | "global" = "guild"): readonly Json[] {
    return this.hall.commands.get(scope === "guild" ? this.guildId : "global") ?? [];
  }

  requestsTo(method: string, path: RegExp): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.method === method && path.test(request.path));
  }

  /**
   * A person enters a slash command: `slash(ann, "strategy start", {id: "momentum", symbols: "AAPL,MSFT"})`. With `agoMs` it
   * was entered that long ago and arrives only now, as after a resume.
   */
  slash(
    user: DiscordUser,
    words: string,
    values: Readonly<Record<string, string | number>> = {},
    agoMs = 0,
  ): Interaction {
    const known = [...this.commands("guild"), ...this.commands("global")];
    const data = slashData(known, words, values);
    return this.deliver(
      makeInteraction(this.place, user, INTERACTION.command, data, { sentAtMs: Date.now() - agoMs }),
    );
  }

  /** A person presses a button that is on the message now. */
  press(user: DiscordUser, message: DiscordMessage, customId: string): Interaction {
    const shown = messageJson(message, this.applicationId);
    const interaction = makeInteraction(
      this.place,
      user,
      INTERACTION.component,
      pressData(message, customId),
      { message: shown },
    );
    interaction.original = message;
    return this.deliver(interaction);
  }

  /** A person fills in the modal that the interaction opened, and submits it. */
  submit(user: DiscordUser, { modal }: Interaction, filled: Readonly<Record<string, string>>): Interaction {
    if (modal === null) throw new Error("no modal was opened");
    return this.deliver(makeInteraction(this.place, user, INTERACTION.modal, modalData(modal, filled)));
  }

  /** The modal that the interaction opens. */
  async modal(interaction: Interaction, timeoutMs = 5000): Promise<Json> {
    return this.until(`the modal of ${interaction.id}`, () => interaction.modal, timeoutMs);
  }

  /** A person puts a reaction on a message, or takes it off; only what is put comes with the member. */
  react(user: DiscordUser, messageId: string, emoji: string, taken = false): void {
    this.hall.members.set(user.id, user);
    this.gateway.dispatch(taken ? "MESSAGE_REACTION_REMOVE" : "MESSAGE_REACTION_ADD", {
      user_id: user.id,
      channel_id: this.channelId,
      message_id: messageId,
      guild_id: this.guildId,
      ...(taken ? {} : { member: memberJson(user), message_author_id: this.applicationId }),
      emoji: { id: null, name: emoji },
      burst: false,
      burst_colors: [],
      type: 0,
    });
  }

  /**
   * A person writes into the channel or a thread, as a reply where `to` is given, which mentions its author unless `silent`.
   * A mention of the bot in the words is written as Discord sends it.
   */
  write(
    user: DiscordUser,
    content: string,
    at: { readonly channelId?: string; readonly to?: string; readonly silent?: boolean } = {},
  ): string {
    const { channelId = this.channelId, to, silent = false } = at;
    const payload = personMessage(user, content, { guildId: this.guildId, channelId, to });
    const mentionsBot = content.includes(`<@${this.applicationId}>`) || (to !== undefined && !silent);
    const mentions = mentionsBot ? [botUser(this.hall)] : [];
    this.gateway.dispatchMessage({ ...payload, mentions }, mentionsBot);
    return textOf(payload["id"]);
  }

  /** A person types into an option with autocomplete. */
  autocomplete(
    user: DiscordUser,
    words: string,
    option: string,
    typed: string,
    others: Readonly<Record<string, string>> = {},
  ): Interaction {
    const known = [...this.commands("guild"), ...this.commands("global")];
    const data = slashData(known, words, { ...others, [option]: typed }, option);
    return this.deliver(makeInteraction(this.place, user, INTERACTION.autocomplete, data));
  }

  /** The same delivery again: same id, same token. */
  redeliver(interaction: Interaction): void {
    this.gateway.dispatch("INTERACTION_CREATE", interaction.payload);
  }

  /** As if 15 minutes had passed for this interaction. */
  killToken(interaction: Interaction): void {
    interaction.tokenDead = true;
  }

  fail(fault: Fault): void {
    this.faults.push({ fault, left: fault.times ?? 1 });
  }

  /** Resolves with the first truthy answer of `look`, asked again after everything that happens here. */
  async until<T>(what: string, look: () => T | undefined | null | false, timeoutMs = 5000): Promise<T> {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(check);
        reject(new Error(`Discord stand-in: waited ${String(timeoutMs)} ms for ${what}`));
      }, timeoutMs);
      const check = (): void => {
        const now = look();
        if (now === undefined || now === null || now === false) return;
        clearTimeout(timer);
        this.waiters.delete(check);
        resolve(now);
      };
      this.waiters.add(check);
    });
  }

  async connected(timeoutMs = 5000): Promise<void> {
    await this.until("a gateway session", () => this.gateway.connected, timeoutMs);
  }

  /** The answer to an interaction, once it is no longer "thinking". */
  async answer(interaction: Interaction, timeoutMs = 5000): Promise<DiscordMessage> {
    return this.until(
      `the answer to ${interaction.id}`,
      () =>
        interaction.original !== null && (interaction.original.flags & FLAG.loading) === 0
          ? interaction.original
          : undefined,
      timeoutMs,
    );
  }

  async message(text: string, timeoutMs = 5000): Promise<DiscordMessage> {
    return this.waitForMessage(({ content }) => content.includes(text), timeoutMs, `a message with ${text}`);
  }

  /** The oldest message that matches, whole or as an edit left it. */
  async waitForMessage(
    matches: (message: DiscordMessage) => boolean,
    timeoutMs = 15_000,
    what = "a message",
  ): Promise<DiscordMessage> {
    return this.until(what, () => this.messages.find(matches), timeoutMs);
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.http.listen(port, "127.0.0.1", resolve);
    });
    const address = this.http.address();
    if (address === null || typeof address === "string") throw new Error("the stand-in is not listening");
    this.port = address.port;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.http.close(() => {
        resolve();
      });
    });
  }

  private get place(): { applicationId: string; guildId: string; channelId: string } {
    return { applicationId: this.applicationId, guildId: this.guildId, channelId: this.channelId };
  }

  private deliver(interaction: Interaction): Interaction {
    this.hall.interactions.push(interaction);
    this.gateway.dispatch("INTERACTION_CREATE", interaction.payload);
    return interaction;
  }

  private ready(sessionId: string): { ready: Json; guilds: readonly Json[] } {
    const ready = {
      v: 10,
      user: botUser(this.hall),
      guilds: [{ id: this.guildId, unavailable: true }],
      session_id: sessionId,
      resume_gateway_url: this.hall.gatewayUrl(),
      shard: [0, 1],
      application: { id: this.applicationId, flags: 0 },
    };
    const everyone = {
      id: this.guildId,
      name: "@everyone",
      color: 0,
      hoist: false,
      position: 0,
      permissions: "0",
      managed: false,
      mentionable: false,
      flags: 0,
    };
    const desk = { id: this.channelId, type: 0, name: "desk", position: 0, permission_overwrites: [] };
    const guild = {
      id: this.guildId,
      name: "The desk",
      owner_id: "1",
      unavailable: false,
      roles: [everyone],
      channels: [desk],
      members: [],
      emojis: [],
      stickers: [],
      threads: [],
      features: [],
      member_count: 3,
    };
    return { ready, guilds: [guild] };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://discord");
    const method = request.method ?? "GET";
    const path = decodeURIComponent(url.pathname.replace(/^\/api\/v10/, ""));
    const fault = this.takeFault(method, path);
    if (fault?.kind === "refuse") {
      request.socket.destroy();
      return this.record({ method, path, body: undefined, status: "dropped" });
    }
    const body = await readBody(request).catch((error: unknown) => asReply(error));
    const json = body instanceof Reply ? undefined : body.json;
    const reply =
      typeof fault?.kind === "number" ? faultReply(fault) : this.handle(request, url, method, path, body);
    const status = fault?.kind === "hang" ? "hung" : fault?.kind === "drop" ? "dropped" : reply.status;
    this.record({ method, path, body: json, status });
    if (status === "dropped") request.socket.destroy();
    else if (status !== "hung") send(response, reply);
  }

  private handle(
    request: IncomingMessage,
    url: URL,
    method: string,
    path: string,
    body: RequestBody | Reply,
  ): Reply {
    try {
      if (body instanceof Reply) throw body;
      if (!url.pathname.startsWith("/api/v10/")) throw refusal(404, 0, "404: Not Found");
      // Discord's edge turns away clients that do not name themselves as documented.
      if (!/^DiscordBot \(\S+, \S+\)/.test(request.headers["user-agent"] ?? ""))
        throw refusal(403, 40333, "internal network error");
      return route(this.hall, {
        method,
        path,
        query: url.searchParams,
        authorization: request.headers.authorization,
        body,
      });
    } catch (error) {
      return asReply(error);
    }
  }

  private takeFault(method: string, path: string): Fault | undefined {
    const index = this.faults.findIndex(
      ({ fault }) => (fault.method ?? method) === method && fault.path.test(path),
    );
    const entry = this.faults[index];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.faults.splice(index, 1);
    return entry.fault;
  }

  private record(request: Omit<RecordedRequest, "atMs">): void {
    this.requests.push({ ...request, atMs: Date.now() });
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
  }
}

function asReply(error: unknown): Reply {
  if (error instanceof Reply) return error;
  return refusal(
    500,
    0,
    `stand-in: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

function faultReply(fault: Fault): Reply {
  if (fault.kind === 429) return rateLimited(fault.retryAfterSeconds ?? 1);
  return new Reply(Number(fault.kind), fault.body ?? { message: "made to fail", code: 0 });
}

function send(response: ServerResponse, reply: Reply): void {
  const empty = reply.body === undefined;
  response.writeHead(reply.status, {
    ...(empty ? {} : { "content-type": "application/json" }),
    ...reply.headers,
  });
  response.end(
    empty ? undefined : JSON.stringify(isObject(reply.body) || Array.isArray(reply.body) ? reply.body : {}),
  );
}
