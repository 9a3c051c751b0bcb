import type { Server } from "node:http";
import { Decimal } from "decimal.js";
import { isClosed } from "./alpaca/account.ts";
import { Book } from "./alpaca/book.ts";
import { Timers, WorldClock } from "./alpaca/clock.ts";
import { controlOf } from "./alpaca/control.ts";
import { dataRoutes, tradeJson } from "./alpaca/data-routes.ts";
import { DataStream } from "./alpaca/data-stream.ts";
import { Faults } from "./alpaca/faults.ts";
import { startHttp, type RateLimit, type RequestLog } from "./alpaca/http.ts";
import { Market } from "./alpaca/market.ts";
import { tradingRoutes } from "./alpaca/routes.ts";
import { TradeUpdatesStream, type SentUpdate } from "./alpaca/trade-updates.ts";
import type {
  AccountSettings,
  Asset,
  BarInput,
  CalendarDay,
  Delays,
  Execution,
  FillMode,
  OrderRecord,
  TradeUpdateData,
} from "./alpaca/types.ts";
import { accountJson, positionJson, type Json } from "./alpaca/wire.ts";

interface AlpacaServerOptions {
  readonly keyId?: string;
  readonly secret?: string;
  /** Further key ids of the same account, so that the instances of a bot can be told apart. */
  readonly keyAliases?: readonly string[];
  /** Sees every request before anything is done with it; the request waits until this resolves. */
  readonly onRequest?: (request: RequestLog) => void | Promise<void>;
  /** Whose requests the faults may hit; everybody's unless told. */
  readonly disturbs?: (keyId: string) => boolean;
  /** After a trade update went out to its listeners. */
  readonly onUpdateSent?: (update: TradeUpdateData) => void;
  /** Requests a minute and host, as Alpaca's 200; 0 is without limit. */
  readonly rateLimit?: number;
  readonly delays?: Partial<Delays>;
  readonly account?: Partial<AccountSettings>;
  /** Alpaca documents 128; an older text says 48. */
  readonly maxClientOrderIdLength?: number;
  readonly duplicateCheck?: "first" | "last";
  readonly maxTradingStreams?: number;
  readonly subscription?: "basic" | "plus";
}

/** A stand-in of Alpaca on 127.0.0.1 with an account, a market and a will of its own; see `startAlpacaServer`. */
export interface AlpacaServer {
  readonly tradingUrl: string;
  readonly dataUrl: string;
  readonly tradingStreamUrl: string;
  readonly dataStreamUrl: string;
  readonly keyId: string;
  readonly secret: string;

  /** "fixed" stands still until set again; "running" goes on from there. */
  setClock(nowMs: number | "real", mode?: "fixed" | "running"): void;
  /** Forces the market open or closed, or lets the calendar and the clock decide. Open at the start. */
  setOpen(open: boolean | "calendar"): void;
  /** null: every weekday 09:30–16:00. */
  setCalendar(days: readonly CalendarDay[] | null): void;
  setBars(symbol: string, timeframe: string, bars: readonly BarInput[]): void;
  addBar(symbol: string, timeframe: string, bar: BarInput): void;
  /** A trade at this price: the new latest price, and everything it triggers. */
  setPrice(symbol: string, price: string | number): void;
  setLastDayPrice(symbol: string, price: string | number): void;
  setAsset(symbol: string, changes: Partial<Omit<Asset, "id" | "symbol">>): void;
  setAccount(changes: Partial<AccountSettings>): void;
  /** A position from outside, without an order; quantity 0 removes it. Cash stays. */
  setPosition(symbol: string, qty: string | number, averagePrice: string | number): void;
  /** auto: whole at the latest price; partial: in two parts; manual: only by `fill`. "*" is every other symbol. */
  setFillMode(symbol: string, mode: FillMode): void;
  setDelays(delays: Partial<Delays>): void;
  setRateLimit(max: number, windowMs?: number): void;
  /** The trading host's requests are used up: it answers 429 to whoever asks. */
  refusesAll(): boolean;
  /** By order id or client order id; by default the rest, at the limit or the latest price. */
  fill(id: string, qty?: string | number, price?: string | number): Execution;
  /** The next orders are taken by POST and then rejected by the venue. */
  rejectNext(symbol: string, times?: number): void;
  /** The next closings of this position answer 403 (inside a 207 for all). */
  refuseClose(symbol: string, times?: number): void;
  /** The close: day orders expire. Answers how many. */
  endDay(): number;
  /** Expires what `expires_at` says is due at the server's clock. */
  expireDue(): number;
  expire(id: string): number;

  readonly faults: Faults;
  dropStreams(): number;
  /**
   * Connections stay open and silent, pings unanswered; the server gives them up after `deadAfterMs` (1000; Alpaca takes
   * about 90 s) and refuses a new connection until then.
   */
  freezeStreams(deadAfterMs?: number): void;
  refuseStreams(times: number): void;
  /** The next connections to trade updates hang: their handshake, or their log-in, is never answered. */
  hangStreams(times: number, at: "handshake" | "login"): void;
  /** Muted updates are lost for good. */
  muteStream(muted: boolean): void;
  duplicateUpdates(times: number): void;
  reorderUpdates(on: boolean): void;
  delayUpdates(ms: number): void;
  listeners(): number;

  readonly requests: readonly RequestLog[];
  /** Every update that happened, with how often it was sent. */
  readonly updates: readonly SentUpdate[];
  /** Every execution exactly once. */
  readonly executions: readonly Execution[];
  /** How often each refusal, fault and stream fault occurred. */
  readonly seen: Readonly<Record<string, number>>;
  orders(): Json[];
  order(id: string): Json | undefined;
  openOrders(): Json[];
  positions(): Json[];
  account(): Json;
  dump(): Json;
  close(): Promise<void>;
}

/**
 * Starts it: Trading API v2 with the trade_updates stream on one port, Market Data v2 with the stock stream on another
 * (a client that mixes the two addresses gets 404s, as with the real ones). Refusals and their texts are Alpaca's.
 */
export async function startAlpacaServer(options: AlpacaServerOptions = {}): Promise<AlpacaServer> {
  const seen: Record<string, number> = {};
  const count = (kind: string): void => {
    seen[kind] = (seen[kind] ?? 0) + 1;
  };
  const keys = {
    keyId: options.keyId ?? "PKTESTKEY",
    secret: options.secret ?? "test-secret",
    aliases: options.keyAliases ?? [],
  };
  const onRequest = options.onRequest ?? (() => undefined);
  const rateLimit: RateLimit = { max: options.rateLimit ?? 200, windowMs: 60_000 };
  const delays: Delays = { acceptMs: 2, fillMs: 3, cancelMs: 10, replaceMs: 5, ...options.delays };
  const clock = new WorldClock();
  const timers = new Timers();
  const market = new Market(clock);
  const faults = new Faults(count);
  const requests: RequestLog[] = [];
  const stuckPositions = new Map<string, number>();
  const book = new Book({
    clock,
    timers,
    market,
    delays,
    account: options.account ?? {},
    duplicateCheck: options.duplicateCheck ?? "first",
    emit: (update) => tradeUpdates.push(update),
  });
  const maxClientOrderIdLength = options.maxClientOrderIdLength ?? 128;
  const disturbs = options.disturbs ?? (() => true);
  const shared = { keys, rateLimit, faults, timers, requests, count, onRequest, disturbs };
  const trading = await startHttp({
    ...shared,
    host: "trading",
    routes: tradingRoutes({ book, market, clock, timers, delays, maxClientOrderIdLength, stuckPositions }),
    control: (op, body) => control(op, body),
  });
  const data = await startHttp({
    ...shared,
    host: "data",
    routes: dataRoutes({ market, clock, subscription: options.subscription ?? "basic" }),
    control: (op, body) => control(op, body),
  });
  const tradeUpdates = new TradeUpdatesStream({
    server: trading.server,
    paths: ["/stream"],
    count,
    keys,
    timers,
    maxConnections: options.maxTradingStreams ?? 1,
    onSent: options.onUpdateSent ?? (() => undefined),
  });
  const dataStream = new DataStream({ server: data.server, paths: ["/v2/iex", "/v2/sip"], count, keys });
  const streams = [tradeUpdates.door, dataStream.door];
  const json = (order: OrderRecord): Json => book.json(order, true);

  const server: AlpacaServer = {
    tradingUrl: trading.url,
    dataUrl: data.url,
    tradingStreamUrl: `${trading.url.replace("http:", "ws:")}/stream`,
    dataStreamUrl: `${data.url.replace("http:", "ws:")}/v2/iex`,
    keyId: keys.keyId,
    secret: keys.secret,

    setClock: (nowMs, mode) => clock.set(nowMs, mode),
    setOpen: (open) => {
      market.setOpen(open);
      if (market.isOpen()) book.opened();
    },
    setCalendar: (days) => market.calendar.set(days),
    setBars: (symbol, timeframe, bars) => market.setBars(symbol, timeframe, bars),
    addBar: (symbol, timeframe, bar) => {
      const added = market.addBar(symbol, timeframe, bar);
      if (timeframe === "1Min") dataStream.push("bars", symbol, { ...added, t: new Date(added.t) });
    },
    setPrice: (symbol, price) => {
      const trade = market.trade(symbol, price);
      dataStream.push("trades", symbol, { ...tradeJson(trade), t: new Date(trade.at) });
      book.traded(symbol);
    },
    setLastDayPrice: (symbol, price) => market.setLastDayPrice(symbol, price),
    setAsset: (symbol, changes) => market.setAsset(symbol, changes),
    setAccount: (changes) => book.account.set(changes),
    setPosition: (symbol, qty, price) =>
      book.account.setPosition(symbol, new Decimal(qty), new Decimal(price)),
    setFillMode: (symbol, mode) => book.setFillMode(symbol, mode),
    setDelays: (changes) => Object.assign(delays, changes),
    setRateLimit: (max, windowMs) =>
      Object.assign(rateLimit, { max, windowMs: windowMs ?? rateLimit.windowMs }),
    refusesAll: trading.refusesAll,
    fill: (id, qty, price) => book.fill(id, qty, price),
    rejectNext: (symbol, times) => book.rejectNext(symbol, times ?? 1),
    refuseClose: (symbol, times) => {
      stuckPositions.set(symbol, times ?? 1);
    },
    endDay: () => book.expire((order) => order.timeInForce !== "gtc"),
    expireDue: () => book.expire((order) => order.expiresAtMs <= clock.nowMs()),
    expire: (id) => book.expire((order) => order.id === id || order.clientOrderId === id),

    faults,
    dropStreams: () => {
      const dropped = streams.reduce((sum, door) => sum + door.drop(), 0);
      if (dropped > 0) count("stream-dropped");
      return dropped;
    },
    freezeStreams: (deadAfterMs) => {
      count("stream-frozen");
      const end = streams.map((door) => door.freeze());
      timers.after(deadAfterMs ?? 1000, () => {
        for (const each of end) each();
      });
    },
    refuseStreams: (times) => tradeUpdates.door.refuse(times),
    hangStreams: (times, at) =>
      at === "login" ? tradeUpdates.ignoreLogins(times) : tradeUpdates.door.leaveUnanswered(times),
    muteStream: (muted) => tradeUpdates.mute(muted),
    duplicateUpdates: (times) => tradeUpdates.duplicate(times),
    reorderUpdates: (on) => tradeUpdates.reorder(on),
    delayUpdates: (ms) => tradeUpdates.delay(ms),
    listeners: () => tradeUpdates.listeners(),

    requests,
    updates: tradeUpdates.updates,
    executions: book.executions,
    seen,
    orders: () => book.orders().map(json),
    order: (id) => {
      const order = book.find(id) ?? book.findByClientId(id);
      return order === undefined ? undefined : json(order);
    },
    openOrders: () =>
      book
        .orders()
        .filter((order) => !isClosed(order))
        .map(json),
    positions: () => book.account.positions().map((each) => positionJson(each, book.account, market)),
    account: () => accountJson(book.account, clock.nowMs()),
    dump: () => ({
      orders: server.orders(),
      positions: server.positions(),
      account: server.account(),
      executions: book.executions,
      updates: tradeUpdates.updates,
      requests,
      seen,
      pendingFaults: faults.pending(),
    }),
    close: async () => {
      timers.clear();
      for (const door of streams) door.close();
      await Promise.all([closeHttp(trading.server), closeHttp(data.server)]);
    },
  };
  const control = controlOf(server);
  return server;
}

async function closeHttp(server: Server): Promise<void> {
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  // Requests that hang by order of a test would keep the server up for ever.
  server.closeAllConnections();
  await closed;
}
