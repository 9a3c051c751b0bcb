import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { UsageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { Desk, Log } from "../../ports.ts";
import { openApi } from "./openapi.ts";
import { clean, HttpProblem, readQuery } from "./query.ts";
import { routes, type Route } from "./routes.ts";
import { foreignRequest, httpSafetyProblem, isSet, isToken } from "./safety.ts";
import { healthJson } from "./shapes.ts";

export interface HttpParts {
  readonly host: string;
  /** 0 takes a free one; `start` tells which. */
  readonly port: number;
  readonly token?: string | null;
  readonly desk: Desk;
  readonly log: Log;
  readonly version: string;
}

export interface HttpServer {
  /** Throws a UsageError, one clear line, when the port is taken or the address is not this machine's. */
  start(): Promise<{ readonly port: number }>;
  stop(): Promise<void>;
}

const HEALTH_PATH = "/api/health";
const OPENAPI_PATH = "/api/openapi.json";

/** The JSON API. Throws a UsageError when host and token together would let others read it. */
export function createHttp(parts: HttpParts): HttpServer {
  const problem = httpSafetyProblem(parts.host, parts.token);
  if (problem !== undefined) throw new UsageError(problem);
  const app = createApp(parts);
  let server: ServerType | undefined;
  return {
    start: async () => {
      server = createAdaptorServer({ fetch: app.fetch });
      return { port: await listen(server, parts) };
    },
    stop: () => close(server),
  };
}

function createApp(parts: HttpParts): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  // Health guards itself: whether the bot is ready, a load balancer may know without the token.
  app.get(HEALTH_PATH, (context) => answerHealth(parts, context));
  app.use(async (context, next) => guard(parts, context) ?? (await next()));
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.get(path, (context) => answerRoute(parts, route, context));
  }
  app.get(OPENAPI_PATH, (context) => context.json(openApi(routes, parts.version)));
  for (const path of [...routes.map((route) => route.path), HEALTH_PATH, OPENAPI_PATH])
    app.all(path.replaceAll(/\{(\w+)\}/g, ":$1"), (context) => {
      context.header("Allow", "GET, HEAD");
      return context.json({ error: `${path} is only read: use GET, not ${clean(context.req.method)}` }, 405);
    });
  app.notFound((context) => context.json({ error: unknownPath(context.req.path) }, 404));
  app.onError((error, context) => answerError(parts, error, context));
  return app;
}

/** 401 or 403 for a request that may not be answered. */
function guard({ token, host }: HttpParts, context: Context): Response | undefined {
  if (!isSet(token)) {
    const foreign = foreignRequest(context.req.raw.headers, host);
    return foreign === undefined ? undefined : context.json({ error: foreign }, 403);
  }
  const [, given] = /^Bearer +(\S+)\s*$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (given !== undefined && isToken(given, token)) return undefined;
  context.header("WWW-Authenticate", "Bearer");
  const error =
    given === undefined
      ? "a token is needed: send the header Authorization: Bearer with the value of HTTP_TOKEN"
      : "the token is not the value of HTTP_TOKEN";
  return context.json({ error }, 401);
}

async function answerHealth(parts: HttpParts, context: Context): Promise<Response> {
  const stranger = isSet(parts.token) && context.req.header("authorization") === undefined;
  const refusal = stranger ? undefined : guard(parts, context);
  if (refusal !== undefined) return refusal;
  try {
    const view = await parts.desk.health();
    const body = stranger ? { ready: view.ready } : healthJson(view);
    return context.json(body, view.ready ? 200 : 503);
  } catch (error) {
    parts.log.error({ path: HEALTH_PATH, error }, "health could not be read");
    return context.json({ ready: false, error: "the state could not be read; the log has the reason" }, 503);
  }
}

async function answerRoute({ desk }: HttpParts, route: Route, context: Context): Promise<Response> {
  const query = readQuery(new URL(context.req.url).searchParams, Object.keys(route.query));
  const parameter = (name: string): string => context.req.param(name) ?? "";
  return context.json(await route.answer(desk, { query, parameter }));
}

function answerError({ log }: HttpParts, error: Error, context: Context): Response {
  if (error instanceof HttpProblem) return context.json({ error: error.message }, error.status);
  log.error({ path: clean(context.req.path), error }, "request failed");
  return context.json({ error: "that could not be read right now; the log has the reason" }, 500);
}

function unknownPath(path: string): string {
  const paths = [...routes.map((route) => route.path), HEALTH_PATH, OPENAPI_PATH];
  const near = didYouMean(path, paths);
  return `there is no ${clean(path)}; ${near === undefined ? `${OPENAPI_PATH} lists the paths` : `did you mean ${near}?`}`;
}

function listen(server: ServerType, { host, port, log }: HttpParts): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => log.error({ error }, "HTTP server"));
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const unknownHost = `HTTP_HOST ${host} is not an address of this machine: take 127.0.0.1, or 0.0.0.0 with HTTP_TOKEN`;
  const known: Readonly<Record<string, string>> = {
    EADDRINUSE: `HTTP_PORT ${port} is in use already: set another one, or stop the program that has it`,
    EACCES: `HTTP_PORT ${port} may not be opened by this user: take one above 1023`,
    EADDRNOTAVAIL: unknownHost,
    ENOTFOUND: unknownHost,
  };
  const text = known[error.code ?? ""];
  return text === undefined
    ? new Error(`the HTTP server cannot start on ${host}:${port}: ${error.message}`, { cause: error })
    : new UsageError(text, { cause: error });
}

function close(server: ServerType | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined || !server.listening) return resolve();
    server.close(() => resolve());
    // Keep-alive connections would hold the program open.
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
