import type { marketData } from "@alpacahq/alpaca-trade-api";
import type { Bar } from "../../core/bar.ts";
import type { LatestPrice, Log, MarketData } from "../../ports.ts";
import { withoutRefused } from "./refused-symbols.ts";

const BARS_PAGE = 10_000;

/** Alpaca's bars, trades and quotes; `read` waits for the budget of requests and words the failures. A symbol that is refused is left out. */
export function createMarketData(
  stocks: marketData.StockApi,
  feed: "iex" | "sip" | "otc" | "boats",
  read: <T>(what: string, call: (within: RequestInit) => Promise<T>) => Promise<T>,
  log: Log,
): MarketData {
  const forSymbols = withoutRefused(log);

  return {
    bars: (timeframe, symbols, startMs, endMs) =>
      forSymbols(symbols, async (accepted) => {
        const found = new Map<string, Bar[]>();
        let pageToken: string | undefined;
        do {
          const token = pageToken;
          const page = await read(`${timeframe} bars`, (within) =>
            stocks.stockBars(
              {
                symbols: accepted.join(","),
                timeframe,
                start: new Date(startMs),
                end: new Date(endMs),
                limit: BARS_PAGE,
                feed,
                adjustment: "split",
                sort: "asc",
                ...(token === undefined ? {} : { pageToken: token }),
              },
              within,
            ),
          );
          for (const [symbol, bars] of Object.entries(page.bars ?? {})) {
            const list = found.get(symbol) ?? [];
            for (const bar of bars)
              list.push({
                time: new Date(bar.t).getTime(),
                open: bar.o,
                high: bar.h,
                low: bar.l,
                close: bar.c,
                volume: bar.v,
              });
            found.set(symbol, list);
          }
          pageToken = page.nextPageToken ?? undefined;
        } while (pageToken !== undefined && pageToken !== "");
        return found;
      }),

    latestPrices: (symbols) =>
      forSymbols(symbols, async (accepted) => {
        const latest = await read("the latest trades", (within) =>
          stocks.stockLatestTrades({ symbols: accepted.join(","), feed }, within),
        );
        const prices = new Map<string, LatestPrice>();
        for (const [symbol, trade] of Object.entries(latest.trades ?? {}))
          if (Number.isFinite(trade.p) && trade.p > 0)
            prices.set(symbol, { price: trade.p, atMs: new Date(trade.t).getTime() });
        return prices;
      }),

    latestQuotes: (symbols) =>
      forSymbols(symbols, async (accepted) => {
        const latest = await read("the latest quotes", (within) =>
          stocks.stockLatestQuotes({ symbols: accepted.join(","), feed }, within),
        );
        return new Map(
          Object.entries(latest.quotes ?? {}).map(([symbol, { bp: bid, ap: ask }]) => [symbol, { bid, ask }]),
        );
      }),
  };
}
