import { ApiError, marketData, trading } from "@alpacahq/alpaca-trade-api";
import { exchangeTimeMs } from "../../core/calendar.ts";
import { ORDER_PREFIX } from "../../core/client-order-id.ts";
import { money } from "../../core/money.ts";
import type { BrokerOrder } from "../../core/order.ts";
import type { Broker, Lane, Log, MarketData, Placement } from "../../ports.ts";
import { ACCOUNT, placementOf, rateLimitPause, readFailure } from "./failure.ts";
import { Limiter, LimiterFull } from "./limiter.ts";
import { brokerOrder, brokerPosition } from "./map.ts";
import { createMarketData } from "./market-data.ts";
import { createReads, type Within } from "./reads.ts";
import { wireReplacement, wireRequest } from "./requests.ts";
import { subscribeTradeUpdates } from "./stream.ts";

export interface AlpacaOptions {
  readonly keyId: string;
  readonly secretKey: string;
  readonly paper: boolean;
  /** Without /v2; null is Alpaca's own address for the mode. */
  readonly tradingUrl: string | null;
  readonly dataUrl: string | null;
  /** Complete; null follows the trading address. */
  readonly tradingStreamUrl: string | null;
  readonly feed: "iex" | "sip" | "otc" | "boats";
  readonly log: Log;
}

/** The library's own limit of a request, and what a read is given that is asked a second time. */
const READ_DEADLINE_MS = 10_000;
const PAGE = 500;
/** Orders of these classes have others that belong to them. */
const LEGGED: ReadonlySet<string> = new Set(["bracket", "oto"]);

/** Alpaca through its own library: one broker and one data source, sharing the account's request budget. */
export function createAlpaca(options: AlpacaOptions): {
  readonly broker: Broker;
  readonly market: MarketData;
} {
  const { keyId, secretKey: secret } = options;
  const keys = options.paper
    ? "ALPACA_API_KEY, ALPACA_SECRET_KEY"
    : "ALPACA_LIVE_API_KEY, ALPACA_LIVE_SECRET_KEY";
  const tradingUrl =
    options.tradingUrl ?? (options.paper ? trading.TRADING_PAPER_HOST : trading.TRADING_LIVE_HOST);
  const limiter = new Limiter();
  // A bare configuration retries nothing and limits nothing: both are ours, so that exits come first and no POST is repeated.
  const config = new trading.Configuration({
    keyId,
    secret,
    basePath: tradingUrl,
    timeoutMs: READ_DEADLINE_MS,
    middleware: [listening(limiter)],
  });
  const dataConfig = new marketData.Configuration({
    keyId,
    secret,
    basePath: options.dataUrl ?? marketData.MARKET_DATA_HOST,
    timeoutMs: READ_DEADLINE_MS,
  });
  const orders = new trading.OrdersApi(config);
  const accounts = new trading.AccountsApi(config);
  const clock = new trading.ClockApi(config);
  const calendar = new trading.CalendarApi(config);
  const assets = new trading.AssetsApi(config);
  const positions = new trading.PositionsApi(config);
  const { read, find } = createReads(keys, limiter, READ_DEADLINE_MS);
  const data = createReads(keys, new Limiter(), READ_DEADLINE_MS);

  /** A request that makes an order: sent once, within its deadline, and whatever came of it is the answer. */
  async function submit(
    lane: Lane,
    deadlineMs: number,
    request: (within: Within) => Promise<trading.Order>,
  ): Promise<Placement> {
    const started = performance.now();
    try {
      await limiter.pass(lane, deadlineMs);
      const left = Math.floor(deadlineMs - (performance.now() - started));
      // A process that was put to sleep meanwhile sends nothing: somebody else may have taken over.
      if (left < 1) throw new LimiterFull(1);
      const order = await request({ signal: AbortSignal.timeout(left) });
      return { kind: "answered", report: brokerOrder(order) };
    } catch (error) {
      const placement = placementOf(error);
      // Only the broker's own 429 holds everybody back: an entry that finds its share used up must not keep an exit waiting.
      if (placement.kind === "rate_limited" && !(error instanceof LimiterFull))
        limiter.block(placement.retryAfterMs);
      return placement;
    }
  }

  /** Every page of a listing, legs beside their parents. */
  async function listOrders(
    status: "open" | "closed",
    afterIso: string | undefined,
    lane: Lane,
  ): Promise<readonly BrokerOrder[]> {
    const found = new Map<string, BrokerOrder>();
    let after = afterIso;
    for (;;) {
      const cursor = after;
      const page = await read(`${status} orders`, lane, (within) =>
        orders.getAllOrders(
          {
            status,
            limit: PAGE,
            nested: true,
            direction: "asc",
            ...(cursor === undefined ? {} : { after: cursor }),
          },
          within,
        ),
      );
      for (const order of page) {
        const report = readable(order, options.log);
        if (report !== undefined)
          for (const each of [report, ...(report.legs ?? [])]) found.set(each.brokerOrderId, each);
      }
      const last = page.at(-1);
      if (page.length < PAGE || last === undefined) return [...found.values()];
      // The wire keeps nanoseconds, a Date does not: with it the last order would come again.
      const next = rawSubmittedAt(last) ?? last.submittedAt?.toISOString();
      if (next === undefined || next === after) return [...found.values()];
      after = next;
    }
  }

  function orderWithLegs(orderId: string, lane: Lane): Promise<trading.Order | undefined> {
    return find(`order ${orderId} with its legs`, lane, (within) =>
      orders.getOrderByOrderID({ orderId, nested: true }, within),
    );
  }

  const broker: Broker = {
    name: "Alpaca",

    async account() {
      const account = await read(ACCOUNT, "reconcile", (within) => accounts.getAccount(within));
      const equity = money(account.equity ?? "0");
      return {
        accountNumber: account.accountNumber ?? "unknown",
        equity,
        lastEquity: money(account.lastEquity ?? account.equity ?? "0"),
        cash: money(account.cash ?? "0"),
        buyingPower: money(account.buyingPower ?? "0"),
        tradingBlocked: [
          account.tradingBlocked,
          account.accountBlocked,
          account.tradeSuspendedByUser,
        ].includes(true),
      };
    },

    async clock() {
      // No sale is decided without it.
      const now = await read("the market clock", "exit", (within) => clock.legacyClock(within));
      const nowMs = (now.timestamp ?? new Date()).getTime();
      return {
        nowMs,
        isOpen: now.isOpen,
        nextOpenMs: now.nextOpen?.getTime() ?? Number.POSITIVE_INFINITY,
        nextCloseMs: now.nextClose?.getTime() ?? Number.POSITIVE_INFINITY,
      };
    },

    async calendar(fromDay, toDay) {
      const days = await read("the market calendar", "data", (within) =>
        calendar.legacyCalendar(
          { start: new Date(`${fromDay}T00:00:00Z`), end: new Date(`${toDay}T00:00:00Z`) },
          within,
        ),
      );
      return days.map((day) => {
        const date = day.date.toISOString().slice(0, 10);
        return { date, openMs: exchangeTimeMs(date, day.open), closeMs: exchangeTimeMs(date, day.close) };
      });
    },

    async asset(symbol) {
      const asset = await find(`asset ${symbol}`, "data", (within) =>
        assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: symbol }, within),
      );
      // Crypto and options live at other addresses: one such symbol would fail the request for all stocks.
      const { _class: kind = "us_equity" } = asset ?? {};
      if (asset === undefined || kind !== "us_equity") return undefined;
      return {
        symbol,
        tradable: asset.tradable && asset.status === "active",
        fractionable: asset.fractionable,
      };
    },

    waitMs: (lane) => limiter.waitMs(lane),

    place: (request, lane, deadlineMs) =>
      submit(lane, deadlineMs, (within) =>
        orders.postOrder({ postOrderRequest: wireRequest(request) }, within),
      ),

    replace: (request, lane, deadlineMs) =>
      submit(lane, deadlineMs, (within) =>
        orders.patchOrderByOrderId(
          { orderId: request.brokerOrderId, patchOrderRequest: wireReplacement(request) },
          within,
        ),
      ),

    async orderByClientId(clientOrderId, lane) {
      const order = await find(`order ${clientOrderId}`, lane, (within) =>
        orders.getOrderByClientOrderId({ clientOrderId }, within),
      );
      if (order === undefined) return undefined;
      const { id: orderId, orderClass, legs } = order;
      const bare = orderClass !== undefined && LEGGED.has(orderClass) && (legs ?? []).length === 0;
      if (!bare || orderId === undefined) return brokerOrder(order);
      // Asked for by client id, a bracket comes without its legs.
      return brokerOrder((await orderWithLegs(orderId, lane)) ?? order);
    },

    async orderByBrokerId(brokerOrderId, lane) {
      const order = await orderWithLegs(brokerOrderId, lane);
      return order === undefined ? undefined : brokerOrder(order);
    },

    openOrders: (lane) => listOrders("open", undefined, lane),
    closedOrders: (sinceMs) => listOrders("closed", new Date(sinceMs).toISOString(), "reconcile"),

    async positions(lane) {
      const held = await read("the positions", lane, (within) => positions.getAllOpenPositions(within));
      return held.map(brokerPosition);
    },

    async cancel(brokerOrderId, lane) {
      try {
        await limiter.pass(lane, READ_DEADLINE_MS);
        await orders.deleteOrderByOrderID({ orderId: brokerOrderId });
        return "requested";
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 422)) return "gone";
        const pauseMs = rateLimitPause(error);
        if (pauseMs !== undefined) limiter.block(pauseMs);
        throw readFailure(`cancelling order ${brokerOrderId}`, keys, error);
      }
    },

    subscribe: (listener) =>
      subscribeTradeUpdates(
        { keyId, secretKey: secret, url: options.tradingStreamUrl ?? streamUrlOf(tradingUrl) },
        listener,
        options.log,
      ),
  };

  const market = createMarketData(
    new marketData.StockApi(dataConfig),
    options.feed,
    (what, call) => data.read(what, "data", call),
    options.log,
  );

  return { broker, market };
}

/** Every answer says how much of the account's budget is left, whoever has used it. */
function listening(limiter: Limiter): trading.Middleware {
  return {
    post({ response }) {
      const remaining = response.headers.get("x-ratelimit-remaining") ?? "";
      if (/^\d+$/.test(remaining)) limiter.heard(Number(remaining));
      return Promise.resolve();
    },
  };
}

/** Orders that others placed may be of kinds we cannot read (multi-leg, options): they must not hide ours. */
function readable(order: Parameters<typeof brokerOrder>[0], log: Log): BrokerOrder | undefined {
  try {
    return brokerOrder(order);
  } catch (error) {
    if (order.clientOrderId?.startsWith(ORDER_PREFIX) === true) throw error;
    log.debug({ error }, "an order that is not ours cannot be read: left out");
    return undefined;
  }
}

function rawSubmittedAt(order: trading.Order): string | undefined {
  const raw: unknown = order["submitted_at"];
  return typeof raw === "string" ? raw : undefined;
}

/** The stream of a broker at another address is at that address too: keys never go to a host nobody named. */
function streamUrlOf(tradingUrl: string): string {
  return `${tradingUrl.replace(/^http/, "ws")}/stream`;
}
