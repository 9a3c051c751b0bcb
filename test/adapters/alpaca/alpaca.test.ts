import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { createAlpaca } from "../../../src/adapters/alpaca/create-alpaca.ts";
import { subscribeTradeUpdates } from "../../../src/adapters/alpaca/stream.ts";
import { money } from "../../../src/core/money.ts";
import { clientOrderId } from "../../../src/core/order.ts";
import type { Broker, Log, MarketData, OrderRequest, TradeUpdate } from "../../../src/ports.ts";
import { brokerContract } from "../../contracts/broker.ts";
import { startAlpacaServer, type AlpacaServer } from "../../support/alpaca-server.ts";
import { silentLog } from "../../support/silent-log.ts";

const MINUTE_MS = 60_000;

function alpacaOn(
  server: AlpacaServer,
  secret = server.secret,
  log: Log = silentLog,
): { broker: Broker; market: MarketData } {
  return createAlpaca({
    keyId: server.keyId,
    secretKey: secret,
    paper: true,
    tradingUrl: server.tradingUrl,
    dataUrl: server.dataUrl,
    tradingStreamUrl: server.tradingStreamUrl,
    feed: "iex",
    log,
  });
}

function barsOf(
  count: number,
  lengthMs = MINUTE_MS,
): { t: number; o: number; h: number; l: number; c: number; v: number }[] {
  const newest = Math.floor(Date.now() / lengthMs) * lengthMs - lengthMs;
  return Array.from({ length: count }, (_, index) => ({
    t: newest - (count - 1 - index) * lengthMs,
    o: 100,
    h: 101,
    l: 99,
    c: 100,
    v: 10,
  }));
}

brokerContract("Alpaca", async () => {
  const server = await startAlpacaServer();
  server.setOpen(true);
  server.setAccount({ cash: "100000", last_equity: "100000" });
  for (const [symbol, price] of [
    ["AAPL", 185.5],
    ["MSFT", 410],
  ] as const) {
    server.setPrice(symbol, price);
    server.setBars(symbol, "5Min", barsOf(40, 5 * MINUTE_MS));
  }
  return {
    ...alpacaOn(server),
    symbol: "AAPL",
    otherSymbol: "MSFT",
    unknownSymbol: "ZZZZ",
    advance: () => sleep(10),
    close: () => server.close(),
  };
});

describe("what becomes of one POST to Alpaca", () => {
  let server: AlpacaServer;
  let broker: Broker;

  beforeEach(async () => {
    server = await startAlpacaServer();
    server.setPrice("AAPL", 185.5);
    ({ broker } = alpacaOn(server));
  });
  afterEach(() => server.close());

  const request: OrderRequest = {
    clientOrderId: clientOrderId("af-r1-AAPL-1-e1"),
    symbol: "AAPL",
    side: "buy",
    type: "market",
    quantity: money(5),
    limitPrice: null,
    stopPrice: null,
    timeInForce: "day",
    extendedHours: false,
  };
  const posts = (): number =>
    server.requests.filter((each) => each.method === "POST" && each.path === "/v2/orders").length;

  it.each([
    ["the connection is lost before it", "drop-before", 0],
    ["the answer is lost after it was accepted", "accept-then-drop", 1],
    ["a 5xx comes though it was accepted", { kind: "accept-then-5xx", code: 502 }, 1],
    ["the answer is broken JSON", "broken-json", 1],
    ["the body is cut off", "cut-body", 1],
    ["a 408 comes", { kind: "status", code: 408, body: { message: "timeout" } }, 0],
  ] as const)("is unknown, and sent once only, when %s", async (_name, fault, held) => {
    server.faults.next("POST /v2/orders", typeof fault === "string" ? { kind: fault } : fault, 1);
    expect((await broker.place(request, "entry", 5_000)).kind).toBe("unknown");
    expect(posts()).toBe(1);
    expect(server.orders()).toHaveLength(held);
    expect((await broker.orderByClientId(request.clientOrderId, "reconcile")) === undefined).toBe(held === 0);
  });

  it("is unknown after the deadline when nothing answers", async () => {
    server.faults.next("POST /v2/orders", { kind: "accept-then-hang" }, 1);
    expect(await broker.place(request, "entry", 300)).toMatchObject({ kind: "unknown" });
    expect(server.orders()).toHaveLength(1);
  });

  it("was not accepted on a 429, which says when to come back", async () => {
    server.faults.next("POST /v2/orders", { kind: "429" }, 1);
    const placement = await broker.place(request, "entry", 5_000);
    expect(placement.kind).toBe("rate_limited");
    expect(server.orders()).toHaveLength(0);
  });

  it.each([
    [600, 60_000],
    [0, 250],
  ])("comes back after a 429 that asks for %i s in %i ms", async (retryAfterSeconds, ms) => {
    server.faults.next("POST /v2/orders", { kind: "429", retryAfterSeconds }, 1);
    expect(await broker.place(request, "entry", 5_000)).toMatchObject({ retryAfterMs: ms });
  });

  it("spares what another instance of the account needs: its requests count in the share of entries", async () => {
    const other = alpacaOn(server).broker;
    for (let call = 0; call < 100; call += 1) await other.positions("exit");
    await broker.positions("reconcile");
    expect(await broker.place(request, "entry", 100)).toMatchObject({ kind: "rate_limited" });
    expect(await broker.place(request, "exit", 5_000)).toMatchObject({ kind: "answered" });
  });

  it("waits when entries have used up their share of the requests, and keeps no exit waiting", async () => {
    // 50 % of 200 requests
    for (let call = 0; call < 100; call += 1) await broker.positions("entry");
    expect(await broker.place(request, "entry", 100)).toMatchObject({
      kind: "rate_limited",
      retryAfterMs: expect.closeTo(60_000, -4),
    });
    expect(posts()).toBe(0);
    expect((await broker.place(request, "exit", 1_000)).kind).toBe("answered");
  });

  it("is a rejection with Alpaca's words on a definite 4xx", async () => {
    server.setAccount({ cash: "10" });
    expect(await broker.place(request, "entry", 5_000)).toMatchObject({
      kind: "rejected",
      reason: expect.stringContaining("insufficient"),
    });
  });
});

describe("Alpaca's other answers", () => {
  let server: AlpacaServer;
  beforeEach(async () => {
    server = await startAlpacaServer();
  });
  afterEach(() => server.close());

  it("names the variables when the keys are refused, and not the keys", async () => {
    const { broker } = alpacaOn(server, "wrong-secret-value");
    const failure = await broker.account().catch((error: unknown) => error);
    expect(String(failure)).toContain("ALPACA_API_KEY");
    expect(String(failure)).not.toContain("wrong-secret-value");
  });

  it("reads bars of all symbols with one request a page, and every page", async () => {
    server.setBars("AAPL", "1Min", barsOf(6_000));
    server.setBars("MSFT", "1Min", barsOf(6_000));
    const { market } = alpacaOn(server);
    const bars = await market.bars("1Min", ["AAPL", "MSFT"], 0, Date.now());
    expect([bars.get("AAPL")?.length, bars.get("MSFT")?.length]).toEqual([6_000, 6_000]);
    const asked = server.requests.filter((each) => each.path === "/v2/stocks/bars");
    expect(asked).toHaveLength(2);
    expect(asked[0]?.query).toMatchObject({ symbols: "AAPL,MSFT", adjustment: "split", feed: "iex" });
  });

  it("throws when a read fails: unknown is not flat", async () => {
    server.faults.next("GET /v2/positions", { kind: "status", code: 500, body: { message: "oops" } }, 3);
    await expect(alpacaOn(server).broker.positions("reconcile")).rejects.toThrow("the positions");
  });

  it("asks once more, without waiting its whole time, when the answer to a read does not come", async () => {
    server.setPrice("AAPL", 100);
    const { broker, market } = alpacaOn(server);
    server.faults.next("GET /v2/orders", { kind: "hang" }, 1);
    server.faults.next("GET /v2/stocks/trades/latest", { kind: "hang" }, 1);
    const [orders, prices] = await Promise.all([
      broker.openOrders("reconcile"),
      market.latestPrices(["AAPL"]),
    ]);
    expect([orders, prices.get("AAPL")?.price]).toEqual([[], 100]);
    expect(server.requests.map((each) => each.path).toSorted()).toEqual([
      "/v2/orders",
      "/v2/orders",
      "/v2/stocks/trades/latest",
      "/v2/stocks/trades/latest",
    ]);
  });

  it("asks without the symbols that Alpaca refuses for the rest, and logs each once", async () => {
    for (const symbol of ["AAPL", "MSFT"]) {
      server.setPrice(symbol, 100);
      server.setBars(symbol, "1Min", barsOf(3));
    }
    const logged: unknown[] = [];
    const { market } = alpacaOn(server, server.secret, {
      ...silentLog,
      warn: (fields) => void logged.push(fields),
    });
    // As an account holds them: crypto, and what a merger left under its CUSIP.
    const symbols = ["AAPL", "BTC/USD", "0029900E0", "MSFT"];
    const prices = await market.latestPrices(symbols);
    expect([...prices.keys()]).toEqual(["AAPL", "MSFT"]);
    const asked = (): unknown[] => server.requests.map(({ query }) => query["symbols"]);
    expect(asked()).toEqual(["AAPL,BTC/USD,0029900E0,MSFT", "AAPL,0029900E0,MSFT", "AAPL,MSFT"]);
    const quotes = await market.latestQuotes([...symbols, "1X"]);
    expect([...quotes.keys()]).toEqual(["AAPL", "MSFT"]);
    const bars = await market.bars("1Min", ["2X", ...symbols], 0, Date.now());
    expect([...bars].map(([symbol, { length }]) => [symbol, length])).toEqual([
      ["AAPL", 3],
      ["MSFT", 3],
    ]);
    // What was refused a moment ago is not asked for at all.
    expect(asked().slice(3)).toEqual(["AAPL,MSFT,1X", "AAPL,MSFT", "2X,AAPL,MSFT", "AAPL,MSFT"]);
    expect(logged).toEqual(["BTC/USD", "0029900E0", "1X", "2X"].map((symbol) => ({ symbol })));
  });

  it("has no answer and no failure where Alpaca refuses every symbol", async () => {
    const { market } = alpacaOn(server);
    expect([await market.latestPrices(["1X", "2X"]), server.requests.length]).toEqual([new Map(), 2]);
    expect([await market.latestPrices(["1X", "2X"]), server.requests.length]).toEqual([new Map(), 2]);
  });

  it("fails when a symbol is refused that nobody asked for", async () => {
    server.setPrice("AAPL", 100);
    const { market } = alpacaOn(server);
    const refusal = { kind: "status", code: 400, body: { message: "invalid symbol: 1X" } } as const;
    server.faults.next("GET /v2/stocks/trades/latest", refusal, 1);
    await expect(market.latestPrices(["AAPL"])).rejects.toThrow("invalid symbol: 1X");
    expect((await market.latestPrices(["AAPL"])).get("AAPL")?.price).toBe(100);
  });

  it("lists more open orders than fit one page, each once", async () => {
    server.setPrice("AAPL", 100);
    server.setAccount({ cash: "100000000" });
    server.setRateLimit(0);
    for (let index = 0; index < 520; index += 1) {
      const answer = await fetch(`${server.tradingUrl}/v2/orders`, {
        method: "POST",
        headers: {
          "APCA-API-KEY-ID": server.keyId,
          "APCA-API-SECRET-KEY": server.secret,
          "Content-Type": "application/json",
        },
        body: JSON.stringify({
          symbol: "AAPL",
          qty: "1",
          side: "buy",
          type: "limit",
          limit_price: "50",
          time_in_force: "gtc",
          client_order_id: `page-${index}`,
        }),
      });
      expect(answer.status).toBe(200);
    }
    const open = await alpacaOn(server).broker.openOrders("reconcile");
    expect(new Set(open.map((order) => order.clientOrderId)).size).toBe(520);
  });

  it("hears trade updates again after the stream was cut, and says so", async () => {
    server.setPrice("AAPL", 185.5);
    const { broker } = alpacaOn(server);
    const heard: TradeUpdate[] = [];
    const states: string[] = [];
    const subscription = broker.subscribe({
      onUpdate: (update) => void heard.push(update),
      onConnected: () => void states.push("connected"),
      onDisconnected: () => void states.push("down"),
    });
    await expect.poll(() => states).toEqual(["connected"]);
    server.dropStreams();
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(["connected", "down", "connected"]);
    await broker.place(
      {
        clientOrderId: clientOrderId("af-r1-AAPL-2-e1"),
        symbol: "AAPL",
        side: "buy",
        type: "market",
        quantity: money(5),
        limitPrice: null,
        stopPrice: null,
        timeInForce: "day",
        extendedHours: false,
      },
      "entry",
      5_000,
    );
    await expect.poll(() => heard.at(-1)?.report.status).toBe("filled");
    expect(heard.at(-1)?.execution).toMatchObject({ quantity: money(5), price: money(185.5) });
    await subscription.close();
  });

  it.each(["handshake", "login"] as const)(
    "hears trade updates again after a connection whose %s is not answered",
    async (at) => {
      server.hangStreams(1, at);
      const states: string[] = [];
      const subscription = subscribeTradeUpdates(
        {
          keyId: server.keyId,
          secretKey: server.secret,
          url: server.tradingStreamUrl,
          subscribedWithinMs: 500,
        },
        {
          onUpdate: () => undefined,
          onConnected: () => void states.push("connected"),
          onDisconnected: () => void states.push("down"),
        },
        silentLog,
      );
      await expect.poll(() => states, { timeout: 10_000 }).toEqual(["connected"]);
      // What was replaced goes on neither connecting nor telling.
      server.dropStreams();
      await expect.poll(() => states, { timeout: 10_000 }).toEqual(["connected", "down", "connected"]);
      await sleep(800);
      expect(states).toEqual(["connected", "down", "connected"]);
      await subscription.close();
    },
  );
});
