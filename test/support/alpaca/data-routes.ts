import type { WorldClock } from "./clock.ts";
import type { LastTrade, Market, WireBar } from "./market.ts";
import { refuse } from "./refusal.ts";
import { route, type Reply, type Route } from "./routes.ts";
import type { Json } from "./wire.ts";

const maxBarsPerPage = 10_000;
const timeframes =
  /^(([1-9]|[1-5]\d)(Min|T)|([1-9]|1\d|2[0-3])(Hour|H)|1(Day|D)|1(Week|W)|(1|2|3|4|6|12)(Month|M))$/;
const sipDelayMs = 15 * 60_000;

interface DataWorld {
  readonly market: Market;
  readonly clock: WorldClock;
  /** A basic subscription may not ask for recent SIP data. */
  readonly subscription: "basic" | "plus";
}

const ok = (body: unknown): Reply => ({ status: 200, body });

/** Alpaca's Market Data API v2 for stocks, as far as a bot on bars and last prices needs it. */
export function dataRoutes(world: DataWorld): Route[] {
  const { market } = world;
  const bySymbol = (name: string, one: (symbol: string) => Json | undefined) =>
    route(`GET /v2/stocks/${name}`, ({ query }) => {
      checkFeed(world, query, true);
      const found = symbolsOf(query).flatMap((symbol) => {
        const each = one(symbol);
        // An unknown symbol is left out without a word.
        return each === undefined ? [] : [[symbol, each] as const];
      });
      const values = Object.fromEntries(found);
      return ok(name === "snapshots" ? values : { [name.split("/")[0] ?? name]: values });
    });
  return [
    route("GET /v2/stocks/bars", ({ query }) => ok(barsPage(world, query))),
    bySymbol("trades/latest", (symbol) => tradeJson(market.lastTrade(symbol))),
    bySymbol("quotes/latest", (symbol) => quoteJson(market.lastTrade(symbol))),
    bySymbol("bars/latest", (symbol) => barJson(market.bars(symbol, "1Min").at(-1))),
    bySymbol("snapshots", (symbol) => snapshotJson(market, symbol)),
  ];
}

function symbolsOf(query: URLSearchParams): string[] {
  const symbols = [...new Set((query.get("symbols") ?? "").split(",").filter((each) => each !== ""))];
  if (symbols.length === 0) throw refuse.data(400, "symbols is required");
  const wrong = symbols.find((symbol) => !/^[A-Z][A-Z.]{0,9}$/.test(symbol));
  if (wrong !== undefined) throw refuse.data(400, `invalid symbol: ${wrong}`);
  return symbols.sort();
}

function checkFeed({ clock, subscription }: DataWorld, query: URLSearchParams, latest: boolean): void {
  const feed = query.get("feed");
  if (feed !== null && !["iex", "sip", "otc", "boats", "delayed_sip", "overnight"].includes(feed)) {
    throw refuse.data(400, `invalid feed: ${feed}`);
  }
  const end = query.get("end");
  const endMs = latest || end === null ? clock.nowMs() : Date.parse(end);
  // Without a feed the historical endpoints mean SIP up to 15 minutes ago; only asking for it by name is refused.
  if (feed === "sip" && subscription === "basic" && endMs > clock.nowMs() - sipDelayMs) {
    throw refuse.data(403, "subscription does not permit querying recent SIP data");
  }
}

function instant(query: URLSearchParams, name: string, otherwiseMs: number): number {
  const given = query.get(name);
  if (given === null) return otherwiseMs;
  const ms = Date.parse(given);
  if (Number.isNaN(ms)) throw refuse.data(400, `invalid ${name} time: ${given}`);
  return ms;
}

/** One page: the symbols one after another, `limit` bars altogether, not each. */
function barsPage(world: DataWorld, query: URLSearchParams): Json {
  const symbols = symbolsOf(query);
  const timeframe = query.get("timeframe") ?? "";
  if (!timeframes.test(timeframe)) throw refuse.data(400, `invalid timeframe: ${timeframe}`);
  checkFeed(world, query, false);
  const limit = Number(query.get("limit") ?? "1000");
  if (!Number.isInteger(limit) || limit < 1)
    throw refuse.data(400, `invalid limit: ${query.get("limit") ?? ""}`);
  if (limit > maxBarsPerPage) {
    throw refuse.data(400, `invalid limit: ${limit} is larger than the maximum ${maxBarsPerPage}`);
  }
  const nowMs = world.clock.nowMs();
  const startMs = instant(query, "start", Date.parse(new Date(nowMs).toISOString().slice(0, 10)));
  const endMs = instant(query, "end", nowMs);
  if (endMs < startMs) throw refuse.data(400, "end should not be before start");
  const descending = query.get("sort") === "desc";
  const all = symbols.flatMap((symbol) => {
    const bars = world.market.bars(symbol, timeframe).filter(({ t }) => {
      const ms = Date.parse(t);
      return ms >= startMs && ms <= endMs;
    });
    return (descending ? bars.toReversed() : bars).map((bar) => ({ symbol, bar }));
  });
  const from = pageStart(all, query.get("page_token"));
  const page = all.slice(from, from + limit);
  const last = page.at(-1);
  const more = last !== undefined && from + limit < all.length;
  const bars: Record<string, WireBar[]> = {};
  for (const { symbol, bar } of page) (bars[symbol] ??= []).push(bar);
  return {
    bars,
    next_page_token: more ? Buffer.from(`${last.symbol}|${last.bar.t}`).toString("base64") : null,
  };
}

function pageStart(
  all: readonly { readonly symbol: string; readonly bar: WireBar }[],
  token: string | null,
): number {
  if (token === null || token === "") return 0;
  const [symbol, t] = Buffer.from(token, "base64").toString().split("|");
  const at = all.findIndex((each) => each.symbol === symbol && each.bar.t === t);
  if (at < 0) throw refuse.data(400, "invalid page token");
  return at + 1;
}

export function tradeJson(trade: LastTrade | undefined): Json | undefined {
  if (trade === undefined) return undefined;
  return { t: trade.at, x: "V", p: trade.price.toNumber(), s: 100, c: ["@"], i: trade.id, z: "C" };
}

function quoteJson(trade: LastTrade | undefined): Json | undefined {
  if (trade === undefined) return undefined;
  const bid = trade.price.minus("0.01").toNumber();
  const ask = trade.price.plus("0.01").toNumber();
  return { t: trade.at, ax: "V", ap: ask, as: 1, bx: "V", bp: bid, bs: 1, c: ["R"], z: "C" };
}

function barJson(bar: WireBar | undefined): Json | undefined {
  return bar === undefined ? undefined : { ...bar };
}

function snapshotJson(market: Market, symbol: string): Json | undefined {
  const trade = market.lastTrade(symbol);
  const days = market.bars(symbol, "1Day");
  if (trade === undefined && days.length === 0) return undefined;
  return {
    latestTrade: tradeJson(trade) ?? null,
    latestQuote: quoteJson(trade) ?? null,
    minuteBar: market.bars(symbol, "1Min").at(-1) ?? null,
    dailyBar: days.at(-1) ?? null,
    prevDailyBar: days.at(-2) ?? null,
  };
}
