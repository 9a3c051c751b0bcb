import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Timers } from "./clock.ts";
import type { Fault, Faults } from "./faults.ts";
import { parseJson } from "./json.ts";
import { Refusal } from "./refusal.ts";
import type { Reply, Route } from "./routes.ts";
import type { Count } from "./types.ts";

/** One request as it came in, with what became of it. */
export interface RequestLog {
  readonly host: "trading" | "data";
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly atMs: number;
  /** Whose key it came with: tells the instances of a bot apart. */
  readonly keyId: string;
  /** Under which name its refusal is counted; null where it was not refused. */
  refusal: string | null;
  /** The route's name as faults know it, null for an unknown path. */
  readonly route: string | null;
  /** The status of the answer; null while there is none, or when it was never sent. */
  status: number | null;
}

export interface Keys {
  readonly keyId: string;
  /** Further key ids of the same account and secret. */
  readonly aliases: readonly string[];
  readonly secret: string;
}

/** True for a key id of the account. */
export function knowsKey({ keyId, aliases }: Keys, id: unknown): boolean {
  return id === keyId || aliases.some((alias) => alias === id);
}

export interface RateLimit {
  /** Requests in a window; 0 is without limit. */
  max: number;
  windowMs: number;
}

interface HttpOptions {
  readonly host: "trading" | "data";
  readonly routes: readonly Route[];
  readonly keys: Keys;
  readonly rateLimit: RateLimit;
  readonly faults: Faults;
  readonly timers: Timers;
  readonly requests: RequestLog[];
  readonly count: Count;
  /** Answers a path under /_control/, which needs no keys and knows no faults. */
  readonly control: (op: string, body: unknown) => Reply | Promise<Reply>;
  /** Sees every request before anything is done with it; it waits until this resolves. */
  readonly onRequest: (request: RequestLog) => void | Promise<void>;
  readonly disturbs: (keyId: string) => boolean;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");
  return Buffer.concat(chunks).toString("utf8");
}

function checkKeys(request: IncomingMessage, { host, keys }: HttpOptions): void {
  const id = request.headers["apca-api-key-id"];
  const secret = request.headers["apca-api-secret-key"];
  if (knowsKey(keys, id) && secret === keys.secret) return;
  if (host === "data" && id !== undefined) throw new Refusal("unauthorized", 403, null, "forbidden.");
  throw new Refusal("unauthorized", 401, 40110000, "request is not authorized");
}

/** A plain HTTP server with Alpaca's manners: keys, rate limit, request ids, and the faults a test has ordered. */
export async function startHttp(
  options: HttpOptions,
): Promise<{ server: Server; url: string; refusesAll: () => boolean }> {
  const recent: number[] = [];
  const forgetOld = (now: number): void => {
    while ((recent[0] ?? now) <= now - options.rateLimit.windowMs) recent.shift();
  };

  const rateHeaders = (): Record<string, string> => {
    const { max, windowMs } = options.rateLimit;
    const now = Date.now();
    forgetOld(now);
    recent.push(now);
    if (max === 0) return {};
    const reset = (recent[0] ?? now) + windowMs;
    const headers = {
      "X-RateLimit-Limit": String(max),
      "X-RateLimit-Remaining": String(Math.max(0, max - recent.length)),
      "X-RateLimit-Reset": String(Math.ceil(reset / 1000)),
    };
    if (recent.length <= max) return headers;
    recent.pop();
    return { ...headers, "Retry-After": String(Math.max(1, Math.ceil((reset - now) / 1000))) };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const method = request.method ?? "GET";
    const text = await readBody(request);
    const send = (reply: Reply, headers: Record<string, string> = {}): void => {
      const body = reply.body === undefined ? "" : JSON.stringify(reply.body);
      response.writeHead(reply.status, {
        "X-Request-ID": randomUUID().replaceAll("-", ""),
        ...(body === "" ? {} : { "Content-Type": "application/json; charset=UTF-8" }),
        ...headers,
      });
      response.end(body);
    };
    if (url.pathname.startsWith("/_control/")) {
      send(
        await options.control(
          url.pathname.slice("/_control/".length),
          text === "" ? undefined : parseJson(text),
        ),
      );
      return;
    }
    const path = decodeURIComponent(url.pathname);
    const found = options.routes.find((each) => each.method === method && each.path.test(path));
    const log: RequestLog = {
      host: options.host,
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      body: tryJson(text),
      atMs: Date.now(),
      keyId: String(request.headers["apca-api-key-id"] ?? ""),
      refusal: null,
      route: found?.name ?? null,
      status: null,
    };
    options.requests.push(log);
    await options.onRequest(log);

    const run = async (): Promise<Reply> => {
      try {
        if (found === undefined) throw new Refusal("unknown-route", 404, null, "endpoint not found.");
        const id = found.path.exec(path)?.[1] ?? "";
        return await found.run({ query: url.searchParams, body: log.body, id });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        options.count(error.kind);
        log.refusal = error.kind;
        return { status: error.status, body: error.body() };
      }
    };
    const finish = (reply: Reply, headers: Record<string, string>): void => {
      log.status = reply.status;
      send(reply, headers);
    };

    try {
      checkKeys(request, options);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      options.count(error.kind);
      finish({ status: error.status, body: error.body() }, {});
      return;
    }
    const headers = rateHeaders();
    if (headers["Retry-After"] !== undefined) {
      options.count("rate-limited");
      log.refusal = "rate-limited";
      finish(tooMany, headers);
      return;
    }
    const fault =
      found === undefined || !options.disturbs(log.keyId) ? undefined : options.faults.take(found.name);
    if (fault === undefined) finish(await run(), headers);
    else await misbehave(fault, { run, finish, headers, response, timers: options.timers });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A mistake of this server must not look like one of Alpaca's outages.
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (!response.headersSent) response.writeHead(599, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ message: `alpaca-server: ${message}` }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("alpaca-server: no TCP address");
  const refusesAll = (): boolean => {
    forgetOld(Date.now());
    return options.rateLimit.max > 0 && recent.length >= options.rateLimit.max;
  };
  return { server, url: `http://127.0.0.1:${address.port}`, refusesAll };
}

const tooMany: Reply = { status: 429, body: { code: 42910000, message: "rate limit exceeded" } };

function tryJson(text: string): unknown {
  try {
    return text === "" ? undefined : parseJson(text);
  } catch {
    return text;
  }
}

interface Exchange {
  readonly run: () => Promise<Reply>;
  readonly finish: (reply: Reply, headers: Record<string, string>) => void;
  readonly headers: Record<string, string>;
  readonly response: ServerResponse;
  readonly timers: Timers;
}

async function misbehave(fault: Fault, { run, finish, headers, response, timers }: Exchange): Promise<void> {
  const drop = (): void => {
    response.socket?.destroy();
  };
  switch (fault.kind) {
    case "drop-before":
      drop();
      return;
    case "accept-then-drop":
      await run();
      drop();
      return;
    case "hang":
      return;
    case "accept-then-hang":
      await run();
      return;
    case "slow":
      await new Promise<void>((resolve) => {
        timers.after(fault.ms, resolve);
      });
      finish(await run(), headers);
      return;
    case "status":
      finish({ status: fault.code, body: fault.body ?? { message: `status ${fault.code}` } }, headers);
      return;
    case "accept-then-5xx":
      await run();
      finish({ status: fault.code ?? 504, body: { message: "gateway timeout" } }, headers);
      return;
    case "429":
      finish(tooMany, { ...headers, "Retry-After": String(fault.retryAfterSeconds ?? 1) });
      return;
    case "broken-json":
      sendBroken(await run(), response, true);
      return;
    case "cut-body":
      sendBroken(await run(), response, false);
      return;
  }
}

/** Half of the body: declared as the whole (broken JSON), or with the connection gone in the middle. */
function sendBroken(reply: Reply, response: ServerResponse, complete: boolean): void {
  const body = Buffer.from(JSON.stringify(reply.body ?? {}));
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.writeHead(reply.status, {
    "Content-Type": "application/json; charset=UTF-8",
    "Content-Length": complete ? half.length : body.length,
  });
  if (complete) {
    response.end(half);
    return;
  }
  response.write(half, () => {
    // Let the first half arrive: otherwise the client sees a plain reset and never a cut body.
    setTimeout(() => response.socket?.destroy(), 5);
  });
}
