import type { Bar, Timeframe } from "../core/bar.ts";

export interface LatestPrice {
  readonly price: number;
  /** When that trade happened, market time, epoch ms. */
  readonly atMs: number;
}

/** Best bid and ask, USD; 0 where nobody bids or offers. */
interface Quote {
  readonly bid: number;
  readonly ask: number;
}

export interface MarketData {
  /**
   * Split-adjusted bars, ascending, start in [startMs, endMs]; one multi-symbol request (paged). The newest may still be
   * forming, and those of extended hours are among them: whoever decides on bars leaves both out.
   */
  bars(
    timeframe: Timeframe,
    symbols: readonly string[],
    startMs: number,
    endMs: number,
  ): Promise<ReadonlyMap<string, readonly Bar[]>>;
  latestPrices(symbols: readonly string[]): Promise<ReadonlyMap<string, LatestPrice>>;
  /** Best bid and ask now; a symbol without a quote is left out, a missing side is 0. */
  latestQuotes(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
}
