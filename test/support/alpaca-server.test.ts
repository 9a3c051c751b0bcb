import {
  Alpaca,
  ApiError,
  AuthError,
  FetchError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ValidationError,
  marketData,
  streaming,
  trading,
} from "@alpacahq/alpaca-trade-api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startAlpacaServer, type AlpacaServer } from "./alpaca-server.ts";

type Options = NonNullable<Parameters<typeof startAlpacaServer>[0]>;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Looked at often, and given time: the machine may be busy. */
async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { interval: 5, timeout: 5000 });
}

/** The real client, pointed at a fresh server. */
async function start(options: Options = {}) {
  const server = await startAlpacaServer(options);
  cleanups.push(() => server.close());
  const keys = { keyId: server.keyId, secret: server.secret };
  const configuration = new trading.Configuration({ ...keys, basePath: server.tradingUrl, timeoutMs: 2000 });
  const orders = new trading.OrdersApi(configuration);
  const stocks = new marketData.StockApi(
    new marketData.Configuration({ ...keys, basePath: server.dataUrl, timeoutMs: 2000 }),
  );
  server.setPrice("AAPL", "100");
  return {
    server,
    configuration,
    orders,
    positions: new trading.PositionsApi(configuration),
    accounts: new trading.AccountsApi(configuration),
    stocks,
    post: (request: Partial<trading.PostOrderRequest>) =>
      orders.postOrder({
        postOrderRequest: {
          symbol: "AAPL",
          qty: "10",
          side: "buy",
          type: "market",
          timeInForce: "day",
          ...request,
        },
      }),
  };
}

async function listen(server: AlpacaServer) {
  const updates: streaming.TradeUpdate[] = [];
  const stream = new streaming.TradingStream({
    credentials: { keyId: server.keyId, secret: server.secret },
    url: server.tradingStreamUrl,
    maxReconnectAttempts: -1,
    initialReconnectMs: 10,
  });
  cleanups.push(() => stream.disconnect());
  const errors: string[] = [];
  stream.onTradeUpdate((update) => updates.push(update));
  stream.onError((error) => errors.push(error));
  stream.subscribeTradeUpdates();
  stream.connect();
  await eventually(() => expect(server.listeners()).toBe(1));
  return { stream, updates, errors, events: () => updates.map((update) => update.event) };
}

/** The error a call ends with. */
async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function refusal(call: Promise<unknown>): Promise<{ status: number; code: unknown; body: unknown }> {
  const error = await failure(call);
  if (!(error instanceof ApiError)) throw new Error(`not refused: ${String(error)}`);
  return { status: error.status, code: error.code, body: await error.response.json() };
}

async function status(server: AlpacaServer, id: string | undefined, wanted: string): Promise<void> {
  await eventually(() => expect(server.order(id ?? "")).toMatchObject({ status: wanted }));
}

/** 100 shares held, bought at 100. */
async function startWithShares(options: Options = {}) {
  const world = await start(options);
  const bought = await world.post({ qty: "100" });
  await status(world.server, bought.id, "filled");
  return world;
}

const minute = (n: number) => new Date(Date.parse("2026-03-09T14:00:00Z") + n * 60_000).toISOString();
const bars = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ t: minute(n), o: 1, h: 2, l: 0.5, c: 1.5, v: 100 + n }));

describe("orders", () => {
  it("fills a market order at the latest price and tells the stream", async () => {
    const { server, post, positions, accounts } = await start();
    const { updates, events } = await listen(server);

    const order = await post({ clientOrderId: "af-1" });
    expect(order).toMatchObject({ status: "pending_new", clientOrderId: "af-1", filledQty: "0", qty: "10" });
    expect(order.submittedAt).toBeInstanceOf(Date);

    await eventually(() => expect(events()).toEqual(["pending_new", "new", "fill"]));
    expect(updates[2]).toMatchObject({ price: "100", qty: "10", positionQty: "10" });
    expect(updates[2]?.executionId).toBe(server.executions[0]?.executionId);
    expect(updates[2]?.order).toMatchObject({ id: order.id, filledAvgPrice: "100", status: "filled" });
    expect(updates[2]?.timestamp).toBeInstanceOf(Date);

    server.setPrice("AAPL", "101.5");
    expect(await positions.getAllOpenPositions()).toMatchObject([
      { symbol: "AAPL", qty: "10", avgEntryPrice: "100", currentPrice: "101.5", unrealizedPl: "15" },
    ]);
    expect(await accounts.getAccount()).toMatchObject({
      cash: "99000",
      equity: "100015",
      accountNumber: "PA3TEST00001",
      tradingBlocked: false,
    });
  });

  it("keeps equity equal to cash plus marked positions, to the cent, through fractional fills", async () => {
    const { server, post, accounts } = await start();
    server.setPrice("AAPL", "33.37");
    const order = await post({ qty: "0.333333" });
    await status(server, order.id, "filled");
    // Cash 100000 − 11.12332221 = 99988.88; the shares at 34.01 are worth 11.34.
    server.setPrice("AAPL", "34.01");
    expect(await accounts.getAccount()).toMatchObject({ cash: "99988.88", equity: "100000.22" });
  });

  it("fills in parts, with the position after each part", async () => {
    const { server, post } = await start();
    const { updates, events } = await listen(server);
    server.setFillMode("AAPL", "manual");
    const order = await post({ type: "limit", limitPrice: "101" });
    await status(server, order.id, "new");
    server.fill(order.id ?? "", "4", "100.5");
    server.fill(order.id ?? "", "6", "101");

    await eventually(() => expect(events()).toEqual(["pending_new", "new", "partial_fill", "fill"]));
    expect(updates[2]).toMatchObject({ qty: "4", price: "100.5", positionQty: "4" });
    expect(updates[2]?.order).toMatchObject({ status: "partially_filled", filledQty: "4" });
    expect(updates[3]).toMatchObject({ qty: "6", price: "101", positionQty: "10" });
    // (4 × 100.5 + 6 × 101) / 10
    expect(updates[3]?.order).toMatchObject({ status: "filled", filledAvgPrice: "100.8" });
  });

  it("leaves a limit order until the price comes", async () => {
    const { server, post } = await start();
    const order = await post({ type: "limit", limitPrice: "99", timeInForce: "gtc" });
    await status(server, order.id, "new");
    server.setPrice("AAPL", "99.01");
    expect(server.executions).toHaveLength(0);
    server.setPrice("AAPL", "98.5");
    await status(server, order.id, "filled");
    expect(server.executions).toMatchObject([{ price: "98.5" }]);
  });

  it("keeps an order accepted while the market is closed and routes it at the open", async () => {
    const { server, post } = await start();
    const { events } = await listen(server);
    server.setOpen(false);
    const order = await post({});
    expect(order.status).toBe("accepted");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.executions).toHaveLength(0);
    server.setOpen(true);
    await eventually(() => expect(events()).toEqual(["accepted", "new", "fill"]));
  });

  it("finds an order by its client id and answers 404 for one that never came", async () => {
    const { orders, post } = await start();
    const order = await post({ clientOrderId: "af-2" });
    expect(await orders.getOrderByClientOrderId({ clientOrderId: "af-2" })).toMatchObject({ id: order.id });
    const error = await failure(orders.getOrderByClientOrderId({ clientOrderId: "af-3" }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 40410000, message: "order not found for af-3" });
  });

  it("lists with status, limit, direction, after and symbols; 50 open ones unless asked otherwise", async () => {
    const { server, orders, post } = await start({ rateLimit: 0 });
    for (let n = 0; n < 55; n += 1) {
      await post({ qty: "1", type: "limit", limitPrice: "50", clientOrderId: `af-${n}` });
    }
    const done = await post({ qty: "1" });
    await status(server, done.id, "filled");

    expect(await orders.getAllOrders()).toHaveLength(50);
    const all = await orders.getAllOrders({ status: "all", limit: 500, direction: "asc" });
    expect(all).toHaveLength(56);
    expect(all[0]?.clientOrderId).toBe("af-0");
    expect(await orders.getAllOrders({ status: "closed" })).toMatchObject([{ id: done.id }]);
    expect(await orders.getAllOrders({ status: "all", symbols: "MSFT" })).toEqual([]);
    const tenth = server.order("af-9")?.["submitted_at"];
    const later = await orders.getAllOrders({ limit: 2, direction: "asc", after: String(tenth) });
    expect(later.map((order) => order.clientOrderId)).toEqual(["af-10", "af-11"]);
    const [newest, next] = await orders.getAllOrders({ limit: 2 });
    expect(await orders.getAllOrders({ limit: 1, beforeOrderId: newest?.id ?? "" })).toMatchObject([
      { id: next?.id },
    ]);
    expect(await failure(orders.getAllOrders({ limit: 501 }))).toBeInstanceOf(ValidationError);
  });

  it("replaces with a new id, and sends replaced for the old order and new for the new one", async () => {
    const { server, orders, post } = await startWithShares();
    const { updates, events } = await listen(server);
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100", timeInForce: "gtc" });
    await status(server, stop.id, "new");
    const raised = await orders.patchOrderByOrderId({
      orderId: stop.id ?? "",
      patchOrderRequest: { stopPrice: "97" },
    });
    expect(raised).toMatchObject({ replaces: stop.id, stopPrice: "97", timeInForce: "gtc" });
    expect(raised.id).not.toBe(stop.id);
    await eventually(() =>
      expect(events()).toEqual(["pending_new", "new", "pending_replace", "replaced", "new"]),
    );
    expect(updates[3]?.order).toMatchObject({ id: stop.id, status: "replaced", replacedBy: raised.id });
    expect(updates[4]?.order).toMatchObject({ id: raised.id, status: "new" });

    expect(
      await refusal(
        orders.patchOrderByOrderId({ orderId: raised.id ?? "", patchOrderRequest: { stopPrice: "97" } }),
      ),
    ).toMatchObject({ status: 422, code: 42210000, body: { message: "order parameters are not changed" } });
  });

  it("rejects the replacement when the old order fills first", async () => {
    const { server, orders, post } = await start({ delays: { replaceMs: 300 } });
    const { events } = await listen(server);
    server.setFillMode("AAPL", "manual");
    const order = await post({ type: "limit", limitPrice: "99" });
    await status(server, order.id, "new");
    const next = await orders.patchOrderByOrderId({
      orderId: order.id ?? "",
      patchOrderRequest: { limitPrice: "99.5" },
    });
    server.fill(order.id ?? "");
    await status(server, next.id, "rejected");
    await eventually(() =>
      expect(events().slice(-3)).toEqual(["fill", "order_replace_rejected", "rejected"]),
    );
  });

  it("cancels some time after it was asked to; the shares stay held until then", async () => {
    const { server, orders, post, positions } = await startWithShares({ delays: { cancelMs: 300 } });
    const { events } = await listen(server);
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" });
    await status(server, stop.id, "new");
    await orders.deleteOrderByOrderID({ orderId: stop.id ?? "" });

    expect(await orders.getOrderByOrderID({ orderId: stop.id ?? "" })).toMatchObject({
      status: "pending_cancel",
    });
    expect(await positions.getOpenPosition({ symbolOrAssetId: "AAPL" })).toMatchObject({ qtyAvailable: "0" });
    expect(await refusal(post({ side: "sell", qty: "100" }))).toMatchObject({ status: 403, code: 40310000 });

    await status(server, stop.id, "canceled");
    await eventually(() => expect(events()).toEqual(["pending_new", "new", "pending_cancel", "canceled"]));
    expect(await positions.getOpenPosition({ symbolOrAssetId: "AAPL" })).toMatchObject({
      qtyAvailable: "100",
    });
    expect(await refusal(orders.deleteOrderByOrderID({ orderId: stop.id ?? "" }))).toMatchObject({
      status: 422,
      body: { code: 42210000, message: 'order is already in "canceled" state' },
    });
  });

  it("lets a fill overtake a cancel", async () => {
    const { server, orders, post } = await startWithShares({ delays: { cancelMs: 300 } });
    const { events } = await listen(server);
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" });
    await status(server, stop.id, "new");
    await orders.deleteOrderByOrderID({ orderId: stop.id ?? "" });
    server.setPrice("AAPL", "94.9");
    await status(server, stop.id, "filled");
    expect(server.executions.at(-1)).toMatchObject({ price: "94.9", side: "sell" });
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect(events()).toEqual(["pending_new", "new", "pending_cancel", "fill"]);
  });

  it("cancels all, item by item", async () => {
    const { server, orders, post } = await start({ delays: { cancelMs: 300 } });
    const first = await post({ type: "limit", limitPrice: "90", clientOrderId: "first" });
    const second = await post({ type: "limit", limitPrice: "91" });
    await orders.deleteOrderByOrderID({ orderId: first.id ?? "" });
    expect(await orders.deleteAllOrders()).toEqual([
      { id: first.id, status: 500 },
      { id: second.id, status: 200 },
    ]);
    await eventually(() => expect(server.openOrders()).toEqual([]));
  });

  it("trails a stop upwards only", async () => {
    const { server, post } = await startWithShares();
    const order = await post({
      side: "sell",
      type: "trailing_stop",
      trailPercent: "5",
      qty: "100",
      timeInForce: "gtc",
    });
    expect(order).toMatchObject({ hwm: "100", stopPrice: "95" });
    await status(server, order.id, "new");
    server.setPrice("AAPL", "110");
    expect(server.order(order.id ?? "")).toMatchObject({ hwm: "110", stop_price: "104.5" });
    server.setPrice("AAPL", "105");
    expect(server.order(order.id ?? "")).toMatchObject({ hwm: "110", stop_price: "104.5", status: "new" });
    server.setPrice("AAPL", "104");
    await status(server, order.id, "filled");
  });

  it("expires day orders at the end of the day and GTC orders after 90 days", async () => {
    const { server, post } = await start();
    const { events } = await listen(server);
    const nowMs = Date.parse("2026-03-09T15:00:00Z");
    server.setClock(nowMs);
    const day = await post({ type: "limit", limitPrice: "90" });
    const gtc = await post({ type: "limit", limitPrice: "90", timeInForce: "gtc" });
    await status(server, gtc.id, "new");
    expect(server.endDay()).toBe(1);
    expect(server.order(day.id ?? "")).toMatchObject({ status: "expired" });
    expect(server.expireDue()).toBe(0);
    server.setClock(nowMs + 91 * 24 * 3600 * 1000);
    expect(server.expireDue()).toBe(1);
    await eventually(() => expect(events().filter((event) => event === "expired")).toHaveLength(2));
  });

  it("sends rejected for an order that POST had taken", async () => {
    const { server, post } = await start();
    const { events } = await listen(server);
    server.rejectNext("AAPL");
    await post({});
    await eventually(() => expect(events()).toEqual(["pending_new", "rejected"]));
  });
});

describe("brackets", () => {
  const bracket = {
    orderClass: "bracket",
    takeProfit: { limitPrice: "110" },
    stopLoss: { stopPrice: "95" },
    timeInForce: "gtc",
  } as const;

  it("holds the legs until the entry is completely filled, then cancels the one that is left", async () => {
    const { server, orders, post } = await start();
    server.setFillMode("AAPL", "manual");
    const entry = await post({ ...bracket, type: "limit", limitPrice: "100" });
    await status(server, entry.id, "new");
    server.fill(entry.id ?? "", "4");
    expect(entry.legs).toMatchObject([
      { type: "limit", status: "held", side: "sell", timeInForce: "gtc", qty: "10" },
      { type: "stop", status: "held", side: "sell", timeInForce: "gtc" },
    ]);
    server.setPrice("AAPL", "94");
    // Nothing protects a partly filled bracket.
    expect(server.executions).toHaveLength(1);
    server.setPrice("AAPL", "100");
    server.fill(entry.id ?? "", "6");

    const [listed] = await orders.getAllOrders({ status: "all", nested: true });
    expect(listed).toMatchObject({ id: entry.id, legs: [{ status: "new" }, { status: "held" }] });
    expect(await orders.getAllOrders({ status: "all", nested: false })).toHaveLength(3);
    expect(await orders.getAllOrders({ nested: true })).toHaveLength(2);

    server.setFillMode("AAPL", "auto");
    server.setPrice("AAPL", "94.5");
    const stop = entry.legs?.[1]?.id;
    await status(server, stop, "filled");
    expect(server.order(entry.legs?.[0]?.id ?? "")).toMatchObject({ status: "canceled" });
    expect(server.positions()).toEqual([]);
    expect(server.executions.at(-1)).toMatchObject({ qty: "10", price: "94.5" });
  });

  it("cancels the stop when the target fills, and the legs when the entry is canceled", async () => {
    const { server, orders, post } = await start();
    const first = await post(bracket);
    await status(server, first.id, "filled");
    server.setPrice("AAPL", "110.2");
    await eventually(() =>
      expect(server.order(first.id ?? "")).toMatchObject({
        legs: [{ status: "filled" }, { status: "canceled" }],
      }),
    );
    const second = await post({ ...bracket, type: "limit", limitPrice: "100" });
    await orders.deleteOrderByOrderID({ orderId: second.id ?? "" });
    await eventually(() =>
      expect(server.order(second.id ?? "")).toMatchObject({
        status: "canceled",
        legs: [{ status: "canceled" }, { status: "canceled" }],
      }),
    );
  });

  it("moves the waiting stop leg by replace", async () => {
    const { server, orders, post } = await start();
    const entry = await post(bracket);
    await status(server, entry.id, "filled");
    const moved = await orders.patchOrderByOrderId({
      orderId: entry.legs?.[1]?.id ?? "",
      patchOrderRequest: { stopPrice: "98" },
    });
    await status(server, moved.id, "held");
    expect(server.order(entry.id ?? "")).toMatchObject({ legs: [{ status: "new" }, { id: moved.id }] });
    server.setPrice("AAPL", "97.9");
    await status(server, moved.id, "filled");
    expect(server.positions()).toEqual([]);
  });

  it("runs an OCO pair on shares that exist", async () => {
    const { server, post } = await startWithShares();
    const pair = await post({ ...bracket, orderClass: "oco", side: "sell", type: "limit", qty: "100" });
    await status(server, pair.id, "new");
    expect(pair).toMatchObject({ limitPrice: "110", legs: [{ type: "stop", status: "held" }] });
    server.setPrice("AAPL", "94");
    await status(server, pair.legs?.[0]?.id, "filled");
    expect(server.order(pair.id ?? "")).toMatchObject({ status: "canceled" });
  });

  it("refuses legs on the wrong side of the price", async () => {
    const { post } = await start();
    expect(await refusal(post({ ...bracket, stopLoss: { stopPrice: "100.5" } }))).toMatchObject({
      status: 422,
      body: {
        code: 42210000,
        message: "stop_loss.stop_price must be <= base_price - 0.01",
        base_price: "100",
      },
    });
  });
});

describe("refusals", () => {
  it("refuses a client order id that was used before, even when that order is done", async () => {
    const { server, post } = await start();
    const order = await post({ clientOrderId: "once" });
    await status(server, order.id, "filled");
    const error = await failure(post({ clientOrderId: "once" }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ status: 422, code: 40010001, message: "client_order_id must be unique" });
    expect(server.seen).toEqual({ "update-missed": 3, "duplicate-client-order-id": 1 });
  });

  it("refuses a sell of shares that a stop holds", async () => {
    const { server, post } = await startWithShares();
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "60" });
    const error = await failure(post({ side: "sell", qty: "50" }));
    expect(error).toBeInstanceOf(PermissionError);
    expect(await refusal(post({ side: "sell", qty: "50" }))).toEqual({
      status: 403,
      code: 40310000,
      body: {
        code: 40310000,
        message: "insufficient qty available for order (requested: 50, available: 40)",
        available: "40",
        existing_qty: "100",
        held_for_orders: "60",
        related_orders: [stop.id],
        symbol: "AAPL",
      },
    });
    expect(server.seen["insufficient-qty"]).toBe(2);
  });

  it("refuses a buy while a sell stop rests, and a stop while a buy rests", async () => {
    const { server, orders, post } = await startWithShares();
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" });
    expect(await refusal(post({ type: "limit", limitPrice: "99" }))).toMatchObject({
      status: 403,
      body: {
        code: 40310000,
        message: "potential wash trade detected. use complex orders",
        existing_order_id: stop.id,
        reject_reason: "opposite side market/stop order exists",
      },
    });
    await orders.deleteOrderByOrderID({ orderId: stop.id ?? "" });
    await status(server, stop.id, "canceled");
    await post({ type: "limit", limitPrice: "90" });
    expect(await refusal(post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" }))).toMatchObject({
      body: { reject_reason: "opposite side limit order exists" },
    });
    // Two limits that cannot meet are no wash trade.
    expect(await post({ side: "sell", type: "limit", limitPrice: "120" })).toMatchObject({
      status: "pending_new",
    });
    expect(server.seen["wash-trade"]).toBe(2);
  });

  it("refuses what the buying power does not cover, open buys included", async () => {
    const { post, accounts } = await start({ account: { cash: 1000, multiplier: 1 } });
    await post({ type: "limit", limitPrice: "90", qty: "6" });
    expect(await accounts.getAccount()).toMatchObject({ buyingPower: "460", equity: "1000" });
    expect(await refusal(post({ type: "limit", limitPrice: "92", qty: "6" }))).toMatchObject({
      status: 403,
      body: { code: 40310000, message: "insufficient buying power", buying_power: "460", cost_basis: "552" },
    });
  });

  it.each([
    [
      { type: "limit", limitPrice: "99.123" },
      422,
      42210000,
      /invalid limit_price 99.123. sub-penny increment/,
    ],
    [{ qty: "1.5", timeInForce: "gtc" }, 422, 42210000, /fractional orders must be DAY orders/],
    [{ symbol: "NOSUCH" }, 422, 42210000, /could not find asset "NOSUCH"/],
    [{ qty: "0" }, 422, 40010001, /qty must be > 0/],
    [{ qty: "ten" }, 422, 40010001, /invalid qty/],
    [{ clientOrderId: "x".repeat(129) }, 422, 40010001, /client_order_id must be no more than 128/],
    [{ side: "sell" }, 403, 40310000, /account is not allowed to short/],
    [{ type: "stop" }, 422, 40010001, /stop orders require a stop price/],
    [{ extendedHours: true }, 422, 42210000, /extended hours order must be DAY or GTC limit orders/],
  ] as const)("refuses %j", async (request, expectedStatus, code, message) => {
    const { post } = await start();
    const error = await failure(post(request));
    expect(error).toMatchObject({ status: expectedStatus, code });
    expect(String(error)).toMatch(message);
  });

  it("refuses a sell stop at or above the market", async () => {
    const { post } = await startWithShares();
    expect(await refusal(post({ side: "sell", type: "stop", stopPrice: "100.5" }))).toEqual({
      status: 422,
      code: 42210000,
      body: {
        code: 42210000,
        message: "stop price must be less than current price",
        market_price: "100",
        stop_price: "100.5",
      },
    });
  });

  it("refuses an asset that is not tradable and an account that is blocked", async () => {
    const { server, post } = await start();
    server.setAsset("AAPL", { tradable: false });
    expect(await refusal(post({}))).toMatchObject({ status: 422 });
    server.setAccount({ trading_blocked: true });
    expect(await refusal(post({}))).toMatchObject({ status: 403 });
    expect(server.seen).toMatchObject({ "not-tradable": 1, "trading-blocked": 1 });
  });

  it("answers 404 when the two addresses are mixed up", async () => {
    const { server } = await start();
    const mixed = new trading.AccountsApi(
      new trading.Configuration({ keyId: server.keyId, secret: server.secret, basePath: server.dataUrl }),
    );
    expect(await failure(mixed.getAccount())).toBeInstanceOf(NotFoundError);
  });

  it("answers 401 to wrong keys", async () => {
    const { server } = await start();
    const wrong = new trading.AccountsApi(
      new trading.Configuration({ keyId: "no", secret: "no", basePath: server.tradingUrl }),
    );
    expect(await failure(wrong.getAccount())).toBeInstanceOf(AuthError);
  });

  it("answers 429 with the waiting time once the minute's requests are used up", async () => {
    const { server, accounts } = await start();
    server.setRateLimit(3);
    for (let n = 0; n < 3; n += 1) await accounts.getAccount();
    const error = await failure(accounts.getAccount());
    expect(error).toBeInstanceOf(RateLimitError);
    if (!(error instanceof RateLimitError)) return;
    expect(error.rateLimit).toMatchObject({ limit: 3, remaining: 0 });
    expect(error.retryAfterMs).toBeGreaterThan(55_000);
    expect(server.seen["rate-limited"]).toBe(1);
  });
});

describe("positions", () => {
  it("closes one, refuses while shares are held, and answers 404 for none", async () => {
    const { server, post, positions } = await startWithShares();
    const stop = await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" });
    await status(server, stop.id, "new");
    expect(await refusal(positions.deleteOpenPosition({ symbolOrAssetId: "AAPL" }))).toMatchObject({
      status: 403,
      body: { held_for_orders: "100" },
    });
    server.setPrice("AAPL", "90");
    await status(server, stop.id, "filled");
    const error = await failure(positions.getOpenPosition({ symbolOrAssetId: "AAPL" }));
    expect(error).toMatchObject({ status: 404, code: 40410000, message: "position does not exist" });
  });

  it("closes all with the failures inside a 207", async () => {
    const { server, post, positions } = await startWithShares();
    server.setPosition("MSFT", 5, 400);
    server.setPrice("MSFT", 410);
    server.refuseClose("MSFT");
    await post({ side: "sell", type: "stop", stopPrice: "95", qty: "100" });
    const results = await positions.deleteAllOpenPositions({ cancelOrders: true });
    expect(results).toMatchObject([
      { symbol: "AAPL", status: 200, body: { side: "sell", qty: "100" } },
      { symbol: "MSFT", status: 403 },
    ]);
    await eventually(() => expect(server.positions()).toMatchObject([{ symbol: "MSFT", qty: "5" }]));
  });
});

describe("bookkeeping", () => {
  it("keeps the average entry price when part of a position is sold", async () => {
    const { server, post } = await startWithShares();
    server.setPrice("AAPL", "110");
    const sold = await post({ side: "sell", qty: "40" });
    await status(server, sold.id, "filled");
    expect(server.positions()).toMatchObject([
      { qty: "60", avg_entry_price: "100", cost_basis: "6000", market_value: "6600", unrealized_pl: "600" },
    ]);
    // 100000 − 100 × 100 + 40 × 110
    expect(server.account()).toMatchObject({ cash: "94400", equity: "101000" });
  });

  it("goes short only where that is allowed, and marks it negative", async () => {
    const { server, post } = await start({ account: { shorting_enabled: true } });
    const short = await post({ side: "sell" });
    await status(server, short.id, "filled");
    server.setPrice("AAPL", "90");
    expect(server.positions()).toMatchObject([
      { side: "short", qty: "-10", market_value: "-900", cost_basis: "-1000", unrealized_pl: "100" },
    ]);
    expect(server.account()).toMatchObject({ cash: "101000", equity: "100100" });
  });

  it("takes a partly filled target's shares off the stop", async () => {
    const { server, post } = await start();
    const { events } = await listen(server);
    const entry = await post({
      orderClass: "bracket",
      takeProfit: { limitPrice: "110" },
      stopLoss: { stopPrice: "95" },
    });
    await status(server, entry.legs?.[0]?.id, "new");
    server.setFillMode("AAPL", "manual");
    server.fill(entry.legs?.[0]?.id ?? "", "4");
    server.setFillMode("AAPL", "auto");
    server.setPrice("AAPL", "94");
    await status(server, entry.legs?.[1]?.id, "filled");
    expect(server.executions.map(({ side, qty }) => `${side} ${qty}`)).toEqual([
      "buy 10",
      "sell 4",
      "sell 6",
    ]);
    expect(server.positions()).toEqual([]);
    // The rest of the target goes before the stop trades.
    await eventually(() => expect(events().slice(-4)).toEqual(["partial_fill", "canceled", "new", "fill"]));
  });

  it("fills in two parts by itself when told to", async () => {
    const { server, post } = await start();
    const { events } = await listen(server);
    server.setFillMode("*", "partial");
    await post({ qty: "5" });
    await eventually(() => expect(events()).toEqual(["pending_new", "new", "partial_fill", "fill"]));
    expect(server.executions).toMatchObject([{ qty: "2" }, { qty: "3" }]);
  });
});

describe("market data", () => {
  it("pages through the bars of several symbols, one symbol after another", async () => {
    const { server, stocks } = await start();
    server.setBars("AAPL", "1Min", bars(5));
    server.setBars("MSFT", "1Min", bars(4));
    const pages: string[][] = [];
    let pageToken: string | undefined;
    do {
      const page = await stocks.stockBars({
        symbols: "MSFT,AAPL,NVDA",
        timeframe: "1Min",
        start: new Date(minute(1)),
        end: new Date(minute(3)),
        limit: 4,
        feed: "iex",
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      pages.push(Object.entries(page.bars).map(([symbol, list]) => `${symbol} ${list.length}`));
      pageToken = page.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    // Minutes 1, 2 and 3 of each, four bars a page.
    expect(pages).toEqual([["AAPL 3", "MSFT 1"], ["MSFT 2"]]);
  });

  it("serves a minute only when it is over, and a longer bar while it forms", async () => {
    const { server, stocks } = await start();
    server.setBars("AAPL", "1Min", bars(3));
    server.setBars("AAPL", "15Min", bars(1));
    server.setClock(Date.parse(minute(2)) + 30_000);
    const ask = async (timeframe: string) =>
      (await stocks.stockBars({ symbols: "AAPL", timeframe, start: new Date(minute(0)) })).bars["AAPL"]
        ?.length;
    expect(await ask("1Min")).toBe(2);
    expect(await ask("15Min")).toBe(1);
  });

  it("answers the latest trades, quotes and snapshots, leaving out unknown symbols", async () => {
    const { server, stocks } = await start();
    server.setPrice("MSFT", "410.25");
    const { trades } = await stocks.stockLatestTrades({ symbols: "AAPL,MSFT,ZZZZ", feed: "iex" });
    expect(Object.keys(trades)).toEqual(["AAPL", "MSFT"]);
    expect(trades["MSFT"]).toMatchObject({ p: 410.25, t: expect.any(Date) });
    const { quotes } = await stocks.stockLatestQuotes({ symbols: "MSFT" });
    expect(quotes["MSFT"]).toMatchObject({ bp: 410.24, ap: 410.26 });
    expect(await stocks.stockSnapshots({ symbols: "MSFT" })).toMatchObject({
      MSFT: { latestTrade: { p: 410.25 } },
    });
  });

  it("refuses recent SIP data to a basic subscription, and unknown timeframes", async () => {
    const { stocks } = await start();
    const request = { symbols: "AAPL", timeframe: "1Min" };
    expect(await failure(stocks.stockBars({ ...request, feed: "sip" }))).toMatchObject({ status: 403 });
    expect(await failure(stocks.stockBars({ ...request, timeframe: "7Sec" }))).toMatchObject({ status: 400 });
  });

  it("pushes trades and bars to a subscribed data stream", async () => {
    const { server } = await start();
    const stream = new streaming.StockDataStream({
      credentials: { keyId: server.keyId, secret: server.secret },
      url: server.dataStreamUrl,
    });
    cleanups.push(() => stream.disconnect());
    const heard: unknown[] = [];
    stream.onTrade((trade) => heard.push([trade.symbol, trade.price]));
    stream.onBar((bar) => heard.push([bar.symbol, bar.close, bar.timestamp]));
    stream.subscribeForTrades(["AAPL"]);
    stream.subscribeForBars(["AAPL"]);
    const subscribed = new Promise((resolve) => {
      stream.once(streaming.EVENT.SUBSCRIPTION, resolve);
    });
    stream.connect();
    expect(await subscribed).toMatchObject({ trades: ["AAPL"], bars: ["AAPL"], quotes: [] });
    server.setPrice("AAPL", "101.25");
    server.setPrice("MSFT", "400");
    server.addBar("AAPL", "1Min", { t: minute(0), o: 1, h: 2, l: 1, c: 1.75, v: 10 });
    await eventually(() =>
      expect(heard).toEqual([
        ["AAPL", 101.25],
        ["AAPL", 1.75, new Date(minute(0))],
      ]),
    );
  });
});

describe("clock, calendar and assets", () => {
  it("follows the calendar when told to, across daylight saving", async () => {
    const { server, configuration } = await start();
    const clock = new trading.ClockApi(configuration);
    server.setOpen("calendar");
    // Monday after the change to daylight saving: 09:30 in New York is 13:30 UTC.
    server.setClock(Date.parse("2026-03-09T13:29:00Z"));
    expect(await clock.legacyClock()).toMatchObject({
      isOpen: false,
      nextOpen: new Date("2026-03-09T13:30:00Z"),
      nextClose: new Date("2026-03-09T20:00:00Z"),
    });
    server.setClock(Date.parse("2026-03-06T14:30:00Z"));
    expect(await clock.legacyClock()).toMatchObject({
      isOpen: true,
      nextOpen: new Date("2026-03-09T13:30:00Z"),
      nextClose: new Date("2026-03-06T21:00:00Z"),
    });
  });

  it("answers the calendar that was set, half days included", async () => {
    const { server, configuration } = await start();
    server.setCalendar([
      { date: "2026-11-25", open: "09:30", close: "16:00" },
      { date: "2026-11-27", open: "09:30", close: "13:00" },
    ]);
    const days = await new trading.CalendarApi(configuration).legacyCalendar({
      start: new Date("2026-11-26"),
      end: new Date("2026-11-30"),
    });
    expect(days).toMatchObject([{ date: new Date("2026-11-27"), open: "09:30", close: "13:00" }]);
  });

  it("knows its assets", async () => {
    const { configuration } = await start();
    const assets = new trading.AssetsApi(configuration);
    expect(await assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "AAPL" })).toMatchObject({
      symbol: "AAPL",
      tradable: true,
      fractionable: true,
    });
    expect(await failure(assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "NOPE" }))).toBeInstanceOf(
      NotFoundError,
    );
  });
});

describe("faults", () => {
  it.each([
    ["accept-then-drop", FetchError, 1],
    ["drop-before", FetchError, 0],
    ["cut-body", TypeError, 1],
    ["broken-json", SyntaxError, 1],
    ["accept-then-5xx", ApiError, 1],
    ["429", RateLimitError, 0],
  ] as const)("%s surfaces as it does with the real network", async (kind, expected, placed) => {
    const { server, orders, post } = await start();
    server.faults.next("POST /v2/orders", { kind });
    const error = await failure(post({ clientOrderId: "lost" }));
    expect(error).toBeInstanceOf(expected);
    expect(server.orders()).toHaveLength(placed);
    expect(server.seen[kind]).toBe(1);
    // The next request is served again, and shows whether the order is there.
    const found = await failure(orders.getOrderByClientOrderId({ clientOrderId: "lost" }));
    expect(found instanceof NotFoundError).toBe(placed === 0);
  });

  it.each([
    ["hang", 0],
    ["accept-then-hang", 1],
  ] as const)("%s ends with the caller's deadline", async (kind, placed) => {
    const { server, orders } = await start();
    server.faults.next("POST /v2/orders", { kind });
    const error = await failure(
      orders.postOrder(
        { postOrderRequest: { symbol: "AAPL", qty: "1", side: "buy", type: "market", timeInForce: "day" } },
        { signal: AbortSignal.timeout(100) },
      ),
    );
    expect(error).toBeInstanceOf(FetchError);
    expect(error).toMatchObject({ cause: { name: "TimeoutError" } });
    expect(server.orders()).toHaveLength(placed);
  });

  it("answers a scripted status as often as asked, on the route it was asked for", async () => {
    const { server, accounts, orders } = await start();
    server.faults.next("GET /v2/account", { kind: "status", code: 503, body: { message: "down" } }, 2);
    expect(await orders.getAllOrders()).toEqual([]);
    expect(await failure(accounts.getAccount())).toMatchObject({ status: 503, message: "down" });
    expect(await failure(accounts.getAccount())).toMatchObject({ status: 503 });
    expect(await accounts.getAccount()).toMatchObject({ status: "ACTIVE" });
    expect(server.requests.map((request) => request.status)).toEqual([200, 503, 503, 200]);
  });
});

describe("the trade_updates stream", () => {
  it("is reconnected by the client after a drop; what happened meanwhile is lost", async () => {
    const { server, post } = await start();
    const { stream, events } = await listen(server);
    const reconnected = vi.fn<() => void>();
    stream.onReconnected(reconnected);
    server.refuseStreams(2);
    expect(server.dropStreams()).toBe(1);
    await eventually(() => expect(stream.getState()).not.toBe("authenticated"));
    const missed = await post({});
    await status(server, missed.id, "filled");
    await eventually(() => expect(reconnected).toHaveBeenCalledOnce());
    await eventually(() => expect(server.listeners()).toBe(1));
    const heard = await post({});
    await status(server, heard.id, "filled");
    await eventually(() => expect(events()).toEqual(["pending_new", "new", "fill"]));
    expect(server.updates).toHaveLength(6);
    expect(server.seen).toMatchObject({ "stream-dropped": 1, "stream-refused": 2, "update-missed": 3 });
  });

  it("refuses a second connection of the same keys with an error, and closes it", async () => {
    const { server } = await start();
    await listen(server);
    const second = new streaming.TradingStream({
      credentials: { keyId: server.keyId, secret: server.secret },
      url: server.tradingStreamUrl,
      reconnect: false,
    });
    cleanups.push(() => second.disconnect());
    const errors: string[] = [];
    second.onError((error) => errors.push(error));
    second.connect();
    expect(await second.waitForAuthentication(1000)).toBe(false);
    expect(errors).toEqual(["connection limit exceeded"]);
    expect(server.seen["second-stream"]).toBe(1);
  });

  it("ends for good on wrong keys", async () => {
    const { server } = await start();
    const stream = new streaming.TradingStream({
      credentials: { keyId: "no", secret: "no" },
      url: server.tradingStreamUrl,
      maxReconnectAttempts: -1,
      initialReconnectMs: 5,
    });
    stream.connect();
    expect(await stream.waitForAuthenticationResult(1000)).toMatchObject({ status: "server_rejected" });
    expect(stream.getState()).toBe("disconnected");
  });

  it("can be muted, doubled, reordered and delayed", async () => {
    const { server, post } = await start();
    const { updates, events } = await listen(server);
    server.muteStream(true);
    const first = await post({});
    await status(server, first.id, "filled");
    expect(events()).toEqual([]);

    server.muteStream(false);
    server.duplicateUpdates(3);
    const second = await post({});
    await status(server, second.id, "filled");
    await eventually(() =>
      expect(events()).toEqual(["pending_new", "pending_new", "new", "new", "fill", "fill"]),
    );
    expect(updates[4]?.executionId).toBe(updates[5]?.executionId);

    updates.length = 0;
    server.reorderUpdates(true);
    await post({});
    await eventually(() => expect(events()).toEqual(["fill", "new", "pending_new"]));
    server.reorderUpdates(false);

    updates.length = 0;
    server.delayUpdates(400);
    const last = await post({});
    await status(server, last.id, "filled");
    expect(events()).toEqual([]);
    await eventually(() => expect(events()).toEqual(["pending_new", "new", "fill"]));
    expect(server.seen).toMatchObject({
      "update-muted": 3,
      "update-duplicated": 3,
      "update-reordered": 1,
      "update-delayed": 3,
    });
  });

  it("can freeze, which the client notices by the missing pong", async () => {
    const { server } = await start();
    const stream = new streaming.TradingStream({
      credentials: { keyId: server.keyId, secret: server.secret },
      url: server.tradingStreamUrl,
      pingIntervalMs: 20,
      pongWaitMs: 10,
      initialReconnectMs: 5,
    });
    cleanups.push(() => stream.disconnect());
    const reconnected = vi.fn<() => void>();
    stream.onReconnected(reconnected);
    stream.connect();
    await stream.whenAuthenticated();
    server.freezeStreams(300);
    await eventually(() => expect(reconnected).toHaveBeenCalled());
    // It came back before the server had given the dead connection up.
    expect(server.seen["second-stream"]).toBeGreaterThan(0);
  });
});

describe("from another process", () => {
  it("takes the test API over HTTP and dumps what it has recorded", async () => {
    const { server, post } = await start();
    const control = async (op: string, ...args: unknown[]): Promise<unknown> => {
      const answer = await fetch(`${server.tradingUrl}/_control/${op}`, {
        method: "POST",
        body: JSON.stringify({ args }),
      });
      const body: unknown = await answer.json();
      return { status: answer.status, body };
    };
    expect(await control("setPrice", "AAPL", "123.45")).toEqual({ status: 200, body: { result: null } });
    expect(await control("setFillMode", "AAPL", "manual")).toMatchObject({ status: 200 });
    expect(await control("fault", "GET /v2/clock", { kind: "hang" }, 2)).toMatchObject({ status: 200 });
    expect(await control("setPrice", 1)).toMatchObject({ status: 400 });
    expect(await control("nonsense")).toMatchObject({ status: 404 });
    await post({ clientOrderId: "mine" });
    expect(await control("fill", "mine", "3")).toMatchObject({
      body: { result: { qty: "3", price: "123.45" } },
    });
    const dump: unknown = await (await fetch(`${server.tradingUrl}/_control/dump`)).json();
    expect(dump).toMatchObject({
      orders: [{ client_order_id: "mine", filled_qty: "3" }],
      executions: [{ qty: "3" }],
      pendingFaults: 2,
      requests: [{ route: "POST /v2/orders", status: 200 }],
    });
  });

  it("works with the Alpaca facade when middleware rewrites the address", async () => {
    const { server } = await start();
    const alpaca = new Alpaca({
      keyId: server.keyId,
      secret: server.secret,
      middleware: [
        {
          pre: async ({ url, init }) => ({
            url: url
              .replace("https://paper-api.alpaca.markets", server.tradingUrl)
              .replace("https://data.alpaca.markets", server.dataUrl),
            init,
          }),
        },
      ],
    });
    expect(await alpaca.trading.account.getAccount()).toMatchObject({ equity: "100000" });
    expect(await alpaca.trading.orders.market({ symbol: "AAPL", qty: 1, side: "buy" })).toMatchObject({
      qty: "1",
    });
    expect(await alpaca.marketData.stocks.stockLatestTrades({ symbols: "AAPL" })).toMatchObject({
      trades: { AAPL: { p: 100 } },
    });
  });
});
