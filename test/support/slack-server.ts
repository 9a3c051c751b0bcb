import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BOT_SCOPES } from "../../src/adapters/slack/manifest.ts";
import { httpDelivery } from "./slack/http-delivery.ts";
import { payloads } from "./slack/payloads.ts";
import { isJson } from "./slack/problems.ts";
import { ResponseUrls } from "./slack/response-urls.ts";
import { SocketHub, type SocketDelivery } from "./slack/socket-hub.ts";
import { uploadedBytes, type Upload } from "./slack/uploads.ts";
import type { Fault, Json, ReceivedCall, SlackMessage } from "./slack/types.ts";
import { webApi } from "./slack/web-api.ts";
import { Views, type OpenView } from "./slack/views.ts";
import { shownText, World } from "./slack/world.ts";

const WAIT_MS = 8000;

export interface SlackServerOptions {
  /** Messages a channel takes at once before it is one a second; 5 unless given. */
  readonly burst?: number;
  /** How long Slack looks at an upload before a block may show it, ms; 200 unless given. */
  readonly processingMs?: number;
}

/** A strict stand-in of Slack on 127.0.0.1: Web API, Socket Mode, response_urls, signed HTTP; see `startSlackServer`. */
export interface SlackServer {
  /** For SLACK_API_URL, with a slash at its end. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  /** The desk's channel, of which the bot is a member. */
  readonly channel: string;
  readonly world: World;
  readonly sockets: SocketHub;
  readonly responseUrls: ResponseUrls;
  readonly views: Views;
  /** What the bot token may do. */
  readonly scopes: Set<string>;
  /** Opens the App Home, or its messages tab. */
  openHome(userId: string, tab?: "home" | "messages"): Promise<SocketDelivery>;
  /** Presses a button of the App Home as it is published now. */
  pressHome(userId: string, which: string): Promise<SocketDelivery>;
  /** The newest App Home of the user, present or to come, in which these words stand. */
  waitForHome(userId: string, words: string, timeoutMs?: number): Promise<Json>;
  /** Everything that came in, in order. */
  readonly calls: readonly ReceivedCall[];
  callsOf(method: string): readonly ReceivedCall[];
  /** The next `times` calls of `method` ("chat.postMessage", …, "response_url", "upload", "*") go wrong this way. */
  fault(method: string, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** Nobody answers at the address any more, open sockets are cut. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  slash(userId: string, typed: string, channel?: string): Promise<SocketDelivery>;
  press(userId: string, message: SlackMessage, which: string): Promise<SocketDelivery>;
  /** Fills in the modal and submits it; resolves when the ack has closed it or shown errors. */
  submit(modal: OpenView, filled: Readonly<Record<string, string>>): Promise<SocketDelivery>;
  /** The newest modal, present or to come. */
  waitForModal(timeoutMs?: number): Promise<OpenView>;
  mention(
    userId: string,
    words: string,
    options?: { channel?: string; threadTs?: string },
  ): Promise<SocketDelivery>;
  /** Payloads for `http(…)`. */
  readonly payloads: ReturnType<typeof payloads>;
  http(appUrl: string): ReturnType<typeof httpDelivery>;
  /** The first message, present or to come, that is as wanted and not deleted. */
  waitForMessage(
    wanted: (message: SlackMessage, shown: string) => boolean,
    timeoutMs?: number,
  ): Promise<SlackMessage>;
  waitForCall(
    method: string,
    wanted?: (call: ReceivedCall) => boolean,
    timeoutMs?: number,
  ): Promise<ReceivedCall>;
  close(): Promise<void>;
}

/** Starts the stand-in on a free port with channel C0DESK (member), C0OUTSIDE (public, not a member), users U0ANN, U0BOB and group S0TRADERS [U0ANN]. */
export async function startSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const world = new World();
  world.channels.set("C0DESK", { id: "C0DESK", name: "desk", member: true, private: false });
  world.channels.set("C0OUTSIDE", { id: "C0OUTSIDE", name: "outside", member: false, private: false });
  world.users.set("U0ANN", { id: "U0ANN", name: "ann" });
  world.users.set("U0BOB", { id: "U0BOB", name: "bob" });
  world.groups.set("S0TRADERS", ["U0ANN"]);
  const tokens = { bot: "xoxb-1234-standin-bot", app: "xapp-1-A0FLOW-standin-app" };
  const sockets = new SocketHub(world);
  const responseUrls = new ResponseUrls(world, () => base);
  const views = new Views(world);
  const uploads = new Map<string, Upload>();
  const calls: ReceivedCall[] = [];
  const faults: { method: string; fault: Fault; times: number }[] = [];
  const server = createServer((request, response) => void serve(request, response));
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  const port = await listen(server, 0);
  const base = `http://127.0.0.1:${port}`;
  const api = webApi({
    world,
    tokens,
    botUserId: "U0FLOW",
    botId: "B0FLOW",
    burst: options.burst ?? 5,
    openSocket: () => `ws://127.0.0.1:${port}/link/?ticket=${sockets.ticket()}&app_id=A0FLOW`,
    uploadUrl: (fileId) => `${base}/upload/${fileId}`,
    views,
    uploads,
    processingMs: options.processingMs ?? 200,
  });
  const make = payloads({ world, responseUrls, views, botUserId: "U0FLOW", defaultChannel: "C0DESK" });

  function faultFor(method: string): Fault | undefined {
    const found = faults.find((one) => one.times > 0 && (one.method === method || one.method === "*"));
    if (found !== undefined) found.times -= 1;
    return found?.fault;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await read(request);
    const body = bytes.toString("utf8");
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const [, kind = "", name = ""] = path.split("/");
    const method = kind === "api" ? name : kind === "response" ? "response_url" : kind;
    const args = kind === "upload" ? {} : argsOf(request, body);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? text(args["token"]);
    calls.push({ method, args, atMs: Date.now(), token });
    const fault = faultFor(method);
    if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault !== undefined && spoil(fault, request, response)) {
      world.changed();
      return;
    }
    const answer = answerTo(kind, name, method, args, token, bytes);
    world.changed();
    if (fault?.kind === "accept_then_drop") request.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  function answerTo(
    kind: string,
    name: string,
    method: string,
    args: Json,
    token: string | undefined,
    body: Buffer,
  ): { status: number; headers: Record<string, string>; body: string } {
    const plain = { "Content-Type": "text/plain" };
    if (kind === "response") return { headers: plain, ...responseUrls.take(name, args) };
    if (kind === "upload") {
      const file = uploads.get(name);
      if (file === undefined) return { status: 404, headers: plain, body: "no such upload" };
      const content = uploadedBytes(body);
      if (content.length !== file.length) return { status: 400, headers: plain, body: "wrong length" };
      file.bytes = content;
      return { status: 200, headers: plain, body: `OK - ${body.length}` };
    }
    if (kind !== "api") return { status: 404, headers: plain, body: "not found" };
    const answer = api(method, args, token);
    if ("retryAfterSec" in answer) return limited(Number(answer.retryAfterSec));
    return {
      status: 200,
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        "x-oauth-scopes": [...slackServer.scopes].join(","),
      },
      body: JSON.stringify(answer),
    };
  }

  const slackServer: SlackServer = {
    apiUrl: `${base}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
    botUserId: "U0FLOW",
    channel: "C0DESK",
    world,
    sockets,
    responseUrls,
    views,
    calls,
    callsOf: (method) => calls.filter((call) => call.method === method),
    fault: (method, fault, times = 1) => void faults.push({ method, fault, times }),
    clearFaults: () => void faults.splice(0),
    async goDown() {
      sockets.drop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
    comeBack: async () => void (await listen(server, port)),
    slash: async (userId, typed, channel) =>
      sockets.deliver("slash_commands", make.slash(userId, typed, channel)),
    press: async (userId, message, which) =>
      sockets.deliver("interactive", make.press(userId, message, which)),
    scopes: new Set(BOT_SCOPES),
    openHome: async (userId, tab = "home") => sockets.deliver("events_api", make.homeOpened(userId, tab)),
    pressHome: async (userId, which) => sockets.deliver("interactive", make.pressHome(userId, which)),
    waitForHome: async (userId, words, timeoutMs = WAIT_MS) =>
      world.until(
        () => {
          const view = views.homeOf(userId);
          return view !== undefined && JSON.stringify(view).includes(words) ? view : undefined;
        },
        timeoutMs,
        `an App Home with ${words}`,
      ),
    async submit(modal, filled) {
      const delivery = await sockets.deliver("interactive", views.submission(modal, filled));
      await delivery.acked();
      const problem = views.acknowledged(modal, delivery.ackPayloads[0]);
      if (problem !== undefined) sockets.violations.push(problem);
      return delivery;
    },
    waitForModal: async (timeoutMs = WAIT_MS) =>
      world.until(() => views.modals.findLast(({ open }) => open), timeoutMs, "a modal"),
    mention: async (userId, words, where) =>
      sockets.deliver("events_api", make.mention(userId, words, where)),
    payloads: make,
    http: (appUrl) => httpDelivery(appUrl, slackServer.signingSecret),
    waitForMessage: async (wanted, timeoutMs = WAIT_MS) =>
      world.until(
        () => world.messages.find((message) => !message.deleted && wanted(message, shownText(message))),
        timeoutMs,
        "the message",
      ),
    waitForCall: async (method, wanted = () => true, timeoutMs = WAIT_MS) =>
      world.until(
        () => calls.find((call) => call.method === method && wanted(call)),
        timeoutMs,
        `a call of ${method}`,
      ),
    async close() {
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return slackServer;
}

/** True when the fault is the whole answer; hang answers never. */
function spoil(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean {
  switch (fault.kind) {
    case "status":
      response.writeHead(fault.status).end("upstream trouble");
      return true;
    case "error":
      response
        .writeHead(200, { "Content-Type": "application/json" })
        .end(JSON.stringify({ ok: false, error: fault.error }));
      return true;
    case "rate_limit": {
      const { status, headers, body } = limited(fault.retryAfterSec);
      response.writeHead(status, headers).end(body);
      return true;
    }
    case "drop":
      request.socket.destroy();
      return true;
    case "hang":
      return true;
    case "delay":
    case "accept_then_drop":
      break;
  }
  return false;
}

function limited(retryAfterSec: number): { status: number; headers: Record<string, string>; body: string } {
  return {
    status: 429,
    headers: { "Content-Type": "application/json", "Retry-After": String(retryAfterSec) },
    body: JSON.stringify({ ok: false, error: "ratelimited" }),
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function argsOf(request: IncomingMessage, body: string): Json {
  if ((request.headers["content-type"] ?? "").includes("json")) {
    const parsed: unknown = JSON.parse(body === "" ? "{}" : body);
    return isJson(parsed) ? parsed : {};
  }
  return Object.fromEntries(new URLSearchParams(body));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stand-in has no port");
  return address.port;
}
