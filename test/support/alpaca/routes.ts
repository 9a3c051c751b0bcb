import { Decimal } from "decimal.js";
import { isClosed } from "./account.ts";
import type { Book } from "./book.ts";
import { newYorkDate, newYorkIso } from "./calendar.ts";
import { nanosOf, type Timers, type WorldClock } from "./clock.ts";
import type { Market } from "./market.ts";
import { Refusal, refuse } from "./refusal.ts";
import { parseReplacement } from "./replacement.ts";
import { parseTicket } from "./ticket.ts";
import type { Delays, OrderRecord, OrderTicket } from "./types.ts";
import { accountJson, assetJson, positionJson, type Json } from "./wire.ts";

export interface Reply {
  readonly status: number;
  /** undefined is an empty body. */
  readonly body: unknown;
}

interface RouteRequest {
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The variable part of the path. */
  readonly id: string;
}

export interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly run: (request: RouteRequest) => Reply | Promise<Reply>;
}

interface TradingWorld {
  readonly book: Book;
  readonly market: Market;
  readonly clock: WorldClock;
  readonly timers: Timers;
  readonly delays: Delays;
  readonly maxClientOrderIdLength: number;
  /** Symbols whose position cannot be closed right now, with how often that is still so. */
  readonly stuckPositions: Map<string, number>;
}

const ok = (body: unknown): Reply => ({ status: 200, body });

export function route(name: string, run: Route["run"]): Route {
  const [method = "", path = ""] = name.split(" ");
  const pattern = path.replaceAll(/:(id|symbol)/g, "([^/:]+)").replaceAll(".", String.raw`\.`);
  return { name, method, path: new RegExp(`^${pattern}$`), run };
}

/** Alpaca's Trading API v2, as far as a stock bot needs it. */
export function tradingRoutes(world: TradingWorld): Route[] {
  const { book, market, clock } = world;
  const configuration: Json = {
    dtbp_check: "entry",
    fractional_trading: true,
    max_margin_multiplier: String(book.account.settings.multiplier),
    no_shorting: !book.account.settings.shorting_enabled,
    suspend_trade: false,
    trade_confirm_email: "all",
    ptp_no_exception_entry: false,
  };
  return [
    route("GET /v2/account", () => ok(accountJson(book.account, clock.nowMs()))),
    route("GET /v2/account/configurations", () => ok(configuration)),
    route("GET /v2/clock", () => ok(clockJson(world))),
    route("GET /v2/calendar", ({ query }) => ok(calendarJson(world, query))),
    route("GET /v2/assets", ({ query }) => {
      const status = query.get("status");
      return ok(
        market
          .assets()
          .filter((asset) => status === null || asset.status === status)
          .map((asset) => assetJson(asset)),
      );
    }),
    route("GET /v2/assets/:symbol", ({ id }) => {
      const asset = market.asset(id);
      if (asset === undefined) throw refuse.notFound(`asset not found for ${id}`);
      return ok(assetJson(asset));
    }),
    ...orderRoutes(world),
    ...positionRoutes(world),
  ];
}

function clockJson({ clock, market }: TradingWorld): Json {
  const nowMs = clock.nowMs();
  const open = market.isOpen();
  const next = market.calendar.next(nowMs, open);
  return {
    timestamp: newYorkIso(nowMs),
    is_open: open,
    next_open: newYorkIso(next.nextOpenMs),
    next_close: newYorkIso(next.nextCloseMs),
  };
}

function calendarJson({ clock, market }: TradingWorld, query: URLSearchParams): Json[] {
  const day = (name: string, otherwiseMs: number): string => {
    const given = query.get(name);
    if (given !== null && Number.isNaN(Date.parse(given))) throw refuse.invalid(`invalid ${name} date`);
    return given === null ? newYorkDate(otherwiseMs) : new Date(Date.parse(given)).toISOString().slice(0, 10);
  };
  const nowMs = clock.nowMs();
  const start = day("start", nowMs);
  return market.calendar
    .between(start, day("end", Date.parse(start) + 30 * 24 * 3600 * 1000))
    .map((each) => ({
      date: each.date,
      open: each.open,
      close: each.close,
      session_open: "0400",
      session_close: "2000",
      settlement_date: new Date(Date.parse(each.date) + 24 * 3600 * 1000).toISOString().slice(0, 10),
    }));
}

function orderRoutes(world: TradingWorld): Route[] {
  const { book, market, maxClientOrderIdLength } = world;
  const isCrypto = (symbol: string): boolean => market.asset(symbol)?.class === "crypto";
  return [
    route("POST /v2/orders", ({ body }) => {
      const order = book.place(parseTicket(body, maxClientOrderIdLength, isCrypto));
      return ok(book.json(order, true));
    }),
    route("GET /v2/orders", ({ query }) => ok(listOrders(book, query))),
    route("DELETE /v2/orders", () => ({ status: 207, body: cancelAll(book) })),
    route("GET /v2/orders:by_client_order_id", ({ query }) => {
      const id = query.get("client_order_id") ?? "";
      const order = book.findByClientId(id);
      if (order === undefined) throw refuse.notFound(`order not found for ${id}`);
      // Only the lists and the order by its own id take `nested`.
      return ok(book.json(order, false));
    }),
    route("GET /v2/orders/:id", ({ id, query }) =>
      ok(book.json(book.get(id), query.get("nested") === "true")),
    ),
    route("PATCH /v2/orders/:id", ({ id, body }) => {
      const replacement = book.replace(book.get(id), parseReplacement(body, maxClientOrderIdLength));
      return ok(book.json(replacement, false));
    }),
    route("DELETE /v2/orders/:id", ({ id }) => {
      book.cancel(book.get(id));
      return { status: 204, body: undefined };
    }),
  ];
}

/**
 * `nested` rolls legs up under their parent when the parent itself is in the answer; the legs of a parent that the
 * filter leaves out (open legs of a filled entry) stand for themselves.
 */
function listOrders(book: Book, query: URLSearchParams): Json[] {
  const status = query.get("status") ?? "open";
  if (!["open", "closed", "all"].includes(status)) throw refuse.invalid("invalid order status");
  const limit = Number(query.get("limit") ?? "50");
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw refuse.invalid("limit must be between 1 and 500");
  const bound = (name: string): bigint | undefined => {
    const given = query.get(name);
    if (given === null) return undefined;
    const nanos = nanosOf(given);
    if (nanos === undefined) throw refuse.invalid(`invalid ${name} time`);
    return nanos;
  };
  const after = bound("after");
  const until = bound("until");
  const seqOf = (name: string): number | undefined => {
    const id = query.get(name);
    return id === null ? undefined : book.get(id).seq;
  };
  const beforeSeq = seqOf("before_order_id") ?? Number.POSITIVE_INFINITY;
  const afterSeq = seqOf("after_order_id") ?? 0;
  const symbols = query.get("symbols")?.split(",");
  const side = query.get("side");
  const nested = query.get("nested") === "true";
  const matching = book.orders().filter((order) => {
    const submitted = nanosOf(order.submittedAt) ?? 0n;
    return (
      (status === "all" || isClosed(order) === (status === "closed")) &&
      (after === undefined || submitted > after) &&
      (until === undefined || submitted < until) &&
      order.seq < beforeSeq &&
      order.seq > afterSeq &&
      (symbols === undefined || symbols.includes(order.symbol)) &&
      (side === null || order.side === side)
    );
  });
  const chosen = new Set(matching.map((order) => order.id));
  const top = nested ? matching.filter((order) => !chosen.has(order.parentId ?? "")) : matching;
  const ascending = query.get("direction") === "asc";
  return top
    .sort((a, b) => (ascending ? a.seq - b.seq : b.seq - a.seq))
    .slice(0, limit)
    .map((order) => book.json(order, nested));
}

function cancelAll(book: Book): Json[] {
  const results: Json[] = [];
  for (const order of book.orders()) {
    if (isClosed(order)) continue;
    try {
      book.cancel(order);
      results.push({ id: order.id, status: 200 });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // The documented answer for an order that can no longer be canceled: 500, inside a 207.
      results.push({ id: order.id, status: 500, body: error.body() });
    }
  }
  return results;
}

function positionRoutes(world: TradingWorld): Route[] {
  const { book, market } = world;
  const positionOf = (symbol: string, message: string) => {
    const position = book.account.position(market.asset(symbol)?.symbol ?? symbol);
    if (position === undefined) throw refuse.notFound(message);
    return position;
  };
  const json = (symbol: string): Json =>
    positionJson(positionOf(symbol, "position does not exist"), book.account, market);
  return [
    route("GET /v2/positions", () => ok(book.account.positions().map((position) => json(position.symbol)))),
    route("GET /v2/positions/:symbol", ({ id }) => ok(json(id))),
    route("DELETE /v2/positions/:symbol", ({ id, query }) => {
      const position = positionOf(id, `position not found: ${id}`);
      return ok(book.json(closePosition(world, position.symbol, query), true));
    }),
    route("DELETE /v2/positions", async ({ query }) => ({ status: 207, body: await closeAll(world, query) })),
  ];
}

function closePosition(world: TradingWorld, symbol: string, query: URLSearchParams): OrderRecord {
  const { book, stuckPositions } = world;
  const stuck = stuckPositions.get(symbol) ?? 0;
  if (stuck > 0) {
    stuckPositions.set(symbol, stuck - 1);
    throw refuse.forbidden("close-refused", `position for ${symbol} cannot be closed at this time`, {
      symbol,
    });
  }
  const held = book.account.position(symbol)?.qty ?? new Decimal(0);
  const percentage = query.get("percentage");
  const part = percentage === null ? held.abs() : held.abs().times(percentage).div(100).toDecimalPlaces(9);
  const ticket: OrderTicket = {
    symbol,
    side: held.isPositive() ? "sell" : "buy",
    type: "market",
    timeInForce: "day",
    orderClass: "simple",
    qty: new Decimal(query.get("qty") ?? part),
    notional: null,
    limitPrice: null,
    stopPrice: null,
    trailPrice: null,
    trailPercent: null,
    takeProfit: null,
    stopLoss: null,
    extendedHours: false,
    clientOrderId: null,
  };
  return book.place(ticket);
}

/** Each position for itself: 207 with failures inside. */
async function closeAll(world: TradingWorld, query: URLSearchParams): Promise<Json[]> {
  const { book, timers, delays } = world;
  const positions = book.account.positions().map((position) => position.symbol);
  if (query.get("cancel_orders") === "true") {
    cancelAll(book);
    await new Promise<void>((resolve) => {
      timers.after(delays.cancelMs + 1, resolve);
    });
  }
  return positions.map((symbol) => {
    try {
      const order = closePosition(world, symbol, new URLSearchParams());
      return { symbol, status: 200, body: book.json(order, false) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { symbol, status: error.status, body: error.body() };
    }
  });
}
