import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createHttp, type HttpServer } from "../../../src/adapters/http/http.ts";
import { httpSafetyProblem } from "../../../src/adapters/http/safety.ts";
import { money } from "../../../src/core/money.ts";
import { strategies } from "../../../src/core/strategies/index.ts";
import {
  fakeDesk,
  testDecision,
  testOrder,
  testPositionView,
  testRunView,
  testTrade,
  type FakeDesk,
} from "../../support/fake-desk.ts";

const started: HttpServer[] = [];

interface Api {
  readonly desk: FakeDesk;
  readonly url: string;
  readonly port: number;
  readonly logged: string[];
  readonly get: (
    path: string,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; body: unknown; headers: Headers }>;
}

async function api(token?: string): Promise<Api> {
  const desk = fakeDesk();
  const logged: string[] = [];
  const note = (_fields: unknown, text: string) => void logged.push(text);
  const log = { debug: note, info: note, warn: note, error: note };
  const http = createHttp({
    host: "127.0.0.1",
    port: 0,
    ...(token === undefined ? {} : { token }),
    desk: desk.desk,
    log,
    version: "0.1.0",
  });
  started.push(http);
  const { port } = await http.start();
  const url = `http://127.0.0.1:${port}`;
  return {
    desk,
    url,
    port,
    logged,
    get: async (path, headers = {}) => {
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, body: await response.json(), headers: response.headers };
    },
  };
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((http) => http.stop()));
});

const AAPL = {
  symbol: "AAPL",
  strategy_id: "momentum",
  shares: 5,
  entry_price: 185.5,
  entry_time: "2026-07-31T14:56:40Z",
  stop_loss: 180.5,
  take_profit: null,
  current_price: 189.2,
  unrealized_pnl: 18.5,
  unrealized_pnl_percent: 1.99460916,
};

describe("GET /api/positions", () => {
  it("list answers exactly the fields of the contract, as JSON numbers", async () => {
    const { desk, get } = await api();
    // (189.2 − 185.5) × 5 is 18.499999999999943 as a double.
    desk.positions = [
      testPositionView({}, 189.2),
      testPositionView(
        { symbol: "MSFT", strategyId: "manual", stop: money(0), target: money("420.5") },
        null,
      ),
    ];
    const { status, body, headers } = await get("/api/positions/list");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^application\/json/);
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual([
      AAPL,
      {
        ...AAPL,
        symbol: "MSFT",
        strategy_id: "manual",
        stop_loss: null,
        take_profit: 420.5,
        current_price: null,
        unrealized_pnl: null,
        unrealized_pnl_percent: null,
      },
    ]);
  });

  it("strategy/{id} answers only that strategy's", async () => {
    const { desk, get } = await api();
    desk.positions = [
      testPositionView({}, 189.2),
      testPositionView({ symbol: "MSFT", strategyId: "manual" }),
    ];
    expect((await get("/api/positions/strategy/momentum")).body).toEqual([AAPL]);
    expect((await get("/api/positions/strategy/manual")).body).toMatchObject([{ symbol: "MSFT" }]);
    expect((await get("/api/positions/strategy/quick_test/")).body).toEqual([]);
  });

  it("strategy/{id} of an unknown strategy is 404 with the one that was meant", async () => {
    const { get } = await api();
    expect(await get("/api/positions/strategy/momentun")).toMatchObject({
      status: 404,
      body: { error: "unknown strategy momentun; did you mean momentum?" },
    });
    expect((await get(`/api/positions/strategy/%3Cscript%3E${"x".repeat(5_000)}`)).status).toBe(404);
    expect((await get("/api/positions/strategy/%zz")).status).toBe(404);
  });

  it("answers ten thousand of them", async () => {
    const { desk, get } = await api();
    desk.positions = Array.from({ length: 10_000 }, (_, index) => testPositionView({ symbol: `S${index}` }));
    expect((await get("/api/positions/list")).body).toHaveLength(10_000);
  });
});

describe("the other paths", () => {
  it("strategies lists all with parameters, options and runs", async () => {
    const { desk, get } = await api();
    desk.runs = [testRunView()];
    const { body } = await get("/api/strategies");
    expect(body).toMatchObject(strategies.map(({ id, title }) => ({ strategy_id: id, title })));
    expect(body).toHaveProperty([2, "params", 0, "name"], "lookback_period");
    expect(body).toHaveProperty([2, "params", 0, "default"], 20);
    expect(body).toHaveProperty([2, "runs", "length"], 1);
    expect(body).toHaveProperty([2, "runs", 0, "run_id"], "k7q2");
    expect(body).toHaveProperty([2, "runs", 0, "started_at"], "2026-07-31T14:00:00Z");
    expect(body).toHaveProperty([2, "runs", 0, "realized_pnl"], -12.5);
    expect(body).toHaveProperty([2, "runs", 0, "options"], {
      timeframe: "15Min",
      sizing: "fixed_fraction",
      fraction: 0.01,
      risk_pct: 0.5,
      target_vol_pct: 0.2,
      kelly_fraction: 0.5,
      max_position_pct: 10,
      fractional: false,
      stop_atr: 2,
      take_profit_pct: null,
      protection: "broker",
      approve: "auto",
      extended_hours: false,
    });
  });

  it("trades can be limited and narrowed", async () => {
    const { desk, get } = await api();
    desk.trades = [testTrade(), testTrade({ symbol: "MSFT" }), testTrade({ strategyId: "manual" })];
    desk.tags.set("p0", ["fomo"]);
    expect((await get("/api/trades?limit=1")).body).toEqual([
      {
        position_id: "p0",
        run_id: "k7q2",
        strategy_id: "momentum",
        symbol: "AAPL",
        shares: 5,
        entry_price: 185.5,
        entry_time: "2026-07-31T12:55:00Z",
        exit_price: 180,
        exit_time: "2026-07-31T14:55:00Z",
        pnl: -27.5,
        pnl_percent: -2.96495957,
        initial_stop: 180.5,
        exit_reason: "stop-loss",
        number: 11,
        r_multiple: -1.1,
        initial_risk: 25,
        holding_seconds: 7200,
        mae: -30,
        mae_r: -1.2,
        mfe: 12.5,
        mfe_r: 0.5,
        entry_decision_price: 185.4,
        entry_slippage: 0.5,
        entry_slippage_bps: 5.39374326,
        exit_decision_price: 180.5,
        exit_slippage: 2.5,
        exit_slippage_bps: 27.70083102,
        fees: null,
        entry_text: "moved +2.4% in 20 bars",
        exit_text: null,
        tags: ["fomo"],
      },
    ]);
    expect((await get("/api/trades?symbol=msft")).body).toMatchObject([{ symbol: "MSFT" }]);
    expect((await get("/api/trades?strategy=manual")).body).toHaveLength(1);
  });

  it("orders, decisions, risk and performance are snake_case with ISO times", async () => {
    const { desk, get } = await api();
    desk.orders = [testOrder()];
    desk.decisions = [testDecision()];
    expect((await get("/api/orders")).body).toMatchObject([
      { client_order_id: "af-k7q2-AAPL-sn3k40-s1", state: "ACCEPTED", stop_price: 180.5, limit_price: null },
    ]);
    expect((await get("/api/decisions?symbol=AAPL")).body).toMatchObject([
      {
        time: "2026-07-31T14:59:00Z",
        outcome: "refused",
        code: "DAILY_LOSS",
        checks: [
          { gate: "day_loss", ok: false },
          { ok: true, code: null },
        ],
      },
    ]);
    expect((await get("/api/risk")).body).toMatchObject({
      mode: "paper",
      day_loss_percent: 1,
      open_risk: 55,
    });
    expect((await get("/api/performance?period=week")).body).toMatchObject({
      period: "week",
      sharpe: null,
      worst: { pnl: -27.5 },
    });
  });

  it("openapi.json describes every path", async () => {
    const { get } = await api();
    const { body } = await get("/api/openapi.json");
    expect(body).toMatchObject({ openapi: "3.1.0", info: { version: "0.1.0" } });
    for (const path of [
      "/api/positions/list",
      "/api/positions/strategy/{strategy_id}",
      "/api/strategies",
      "/api/trades",
      "/api/orders",
      "/api/decisions",
      "/api/risk",
      "/api/performance",
      "/api/health",
    ])
      expect(body).toHaveProperty(["paths", path, "get", "responses", "200"]);
    expect(body).toHaveProperty(
      ["paths", "/api/trades", "get", "parameters"],
      ["limit", "strategy", "symbol"].map((name): unknown => expect.objectContaining({ name, in: "query" })),
    );
  });

  it.each([
    ["/api/trades?limit=0", "limit is a whole number from 1 to 1000, not 0"],
    ["/api/trades?limit=1001", "limit is a whole number from 1 to 1000, not 1001"],
    ["/api/trades?limit=ten", "limit is a whole number from 1 to 1000, not ten"],
    ["/api/trades?limit=", "limit is a whole number from 1 to 1000, not "],
    ["/api/trades?limt=5", "unknown parameter limt; did you mean limit?"],
    ["/api/trades?strategy=momentun", "unknown strategy momentun; did you mean momentum?"],
    ["/api/decisions?symbol=$$$", "$$$ is not a symbol; symbols look like AAPL or BRK.B"],
    ["/api/performance?period=weak", "unknown period weak; did you mean week?"],
    ["/api/risk?x=1", "unknown parameter x; this path takes none"],
  ])("%s is 400 and says what would be right", async (path, error) => {
    const { get } = await api();
    expect(await get(path)).toMatchObject({ status: 400, body: { error } });
  });

  it("unknown paths are 404 with the nearest", async () => {
    const { get } = await api();
    expect(await get("/api/positions/lst")).toMatchObject({
      status: 404,
      body: { error: "there is no /api/positions/lst; did you mean /api/positions/list?" },
    });
    expect(await get("/nothing")).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining("/api/openapi.json") },
    });
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("%s is 405: nothing can be changed here", async (method) => {
    const { url } = await api();
    for (const path of ["/api/positions/list", "/api/positions/strategy/momentum", "/api/health"]) {
      const response = await fetch(`${url}${path}`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
      expect(await response.json()).toMatchObject({ error: expect.stringContaining("use GET") });
    }
  });

  it("a failing desk is 500 without its words", async () => {
    const { desk, get, logged } = await api();
    desk.broken.set("positions", new Error("postgres://af:hunter2@db"));
    const { status, body } = await get("/api/positions/list");
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("hunter2");
    expect(logged).toEqual(["request failed"]);
  });
});

describe("GET /api/health", () => {
  it("is 200 when ready and 503 before, with the details", async () => {
    const { desk, get } = await api();
    expect(await get("/api/health")).toMatchObject({
      status: 200,
      body: {
        ready: true,
        mode: "paper",
        broker: { name: "simulated", stream: "connected" },
        last_tick: "2026-07-31T14:59:59Z",
      },
    });
    desk.health = { ...desk.health, ready: false, reconciled: false };
    expect(await get("/api/health")).toMatchObject({
      status: 503,
      body: { ready: false, reconciled: false },
    });
  });

  it("is 503 when the state cannot be read", async () => {
    const { desk, get } = await api();
    desk.broken.set("health", new Error("postgres://af:hunter2@db"));
    const { status, body } = await get("/api/health");
    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });
});

describe("with HTTP_TOKEN", () => {
  const PATHS = ["/api/positions/list", "/api/strategies", "/api/openapi.json", "/api/nothing"];

  it.each([
    ["no header", {}],
    ["another token", { authorization: "Bearer s3cret-tokem" }],
    ["a longer token", { authorization: "Bearer s3cret-tokenn" }],
    ["another scheme", { authorization: "Basic s3cret-token" }],
    ["an empty token", { authorization: "Bearer " }],
  ])("%s is 401 with one clear line on every path", async (_what, headers: Record<string, string>) => {
    const { get } = await api("s3cret-token");
    for (const path of PATHS) {
      const answer = await get(path, headers);
      expect(answer).toMatchObject({ status: 401, body: { error: expect.stringContaining("HTTP_TOKEN") } });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(JSON.stringify(answer.body)).not.toContain("s3cret");
    }
  });

  it.each(["Bearer s3cret-token", "bearer  s3cret-token"])("%s is answered", async (authorization) => {
    const { get } = await api("s3cret-token");
    expect((await get("/api/positions/list", { authorization })).status).toBe(200);
    expect((await get("/api/health", { authorization })).body).toMatchObject({ mode: "paper" });
  });

  it("health tells a stranger only whether it is ready", async () => {
    const { desk, get } = await api("s3cret-token");
    expect(await get("/api/health")).toMatchObject({ status: 200 });
    expect((await get("/api/health")).body).toEqual({ ready: true });
    desk.health = { ...desk.health, ready: false };
    expect((await get("/api/health")).status).toBe(503);
    expect((await get("/api/health", { authorization: "Bearer wrong" })).status).toBe(401);
  });
});

/** The status for a request with headers that fetch does not let one set. */
function statusOf(
  port: number,
  headers: Record<string, string>,
  path = "/api/positions/list",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("without a token, on loopback", () => {
  it.each([
    ["127.0.0.1:8000", 200],
    ["localhost", 200],
    ["[::1]:8000", 200],
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost.evil.example:8000", 403],
  ])("the Host %s gets %i", async (host, expected) => {
    const { port } = await api();
    expect(await statusOf(port, { host })).toBe(expected);
    expect(await statusOf(port, { host }, "/api/health")).toBe(expected);
  });

  it.each([
    ["https://evil.example", 403],
    ["null", 403],
    ["http://localhost:3000", 403],
    ["http://127.0.0.1:8000", 200],
  ])("the Origin %s gets %i", async (origin, expected) => {
    const { port } = await api();
    expect(await statusOf(port, { host: "127.0.0.1:8000", origin })).toBe(expected);
  });

  it("a request that another site made is refused", async () => {
    const { port } = await api();
    expect(await statusOf(port, { "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await statusOf(port, { "sec-fetch-site": "same-origin" })).toBe(200);
  });
});

describe("the address", () => {
  it.each([
    ["127.0.0.1", undefined, true],
    ["127.8.9.10", undefined, true],
    ["::1", undefined, true],
    ["localhost", "", true],
    ["0.0.0.0", undefined, false],
    ["0.0.0.0", "", false],
    ["::", null, false],
    ["192.168.1.2", undefined, false],
    ["127.0.0.1.evil.example", undefined, false],
    ["0.0.0.0", "token", true],
  ])("%s with the token %j may be served: %s", (host, token, safe) => {
    expect(httpSafetyProblem(host, token) === undefined).toBe(safe);
  });

  it("that others can reach is not served without a token", () => {
    const { desk } = fakeDesk();
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    expect(() => createHttp({ host: "0.0.0.0", port: 0, desk, log, version: "1" })).toThrow(
      "HTTP_TOKEN is missing",
    );
  });

  it("whose port is taken fails with one line that names HTTP_PORT", async () => {
    const { port } = await api();
    const { desk } = fakeDesk();
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const http = createHttp({ host: "127.0.0.1", port, desk, log, version: "1" });
    await expect(http.start()).rejects.toThrow(`HTTP_PORT ${port} is in use already`);
    await http.stop();
  });

  it("is given back at stop though a request is still at work", async () => {
    const { desk } = fakeDesk();
    let reading: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      reading = resolve;
    });
    const slow = {
      ...desk,
      risk: () => {
        reading?.();
        return new Promise<never>(() => undefined);
      },
    };
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const http = createHttp({ host: "127.0.0.1", port: 0, desk: slow, log, version: "1" });
    const { port } = await http.start();
    const answer = fetch(`http://127.0.0.1:${port}/api/risk`).then(String, String);
    await asked;
    await http.stop();
    expect(await answer).toContain("fetch failed");
  });

  it("is free again after stop, whatever connections were kept open", async () => {
    const { url, get } = await api();
    await get("/api/health");
    await started.pop()?.stop();
    await expect(fetch(`${url}/api/health`)).rejects.toThrow("fetch failed");
  });
});
