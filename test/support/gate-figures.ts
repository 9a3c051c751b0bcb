import type { GatedEntry, GateFigures, Holding, MarketFigures } from "../../src/core/risk/contract.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/core/risk/limits.ts";

/** A Tuesday in New York, 15:00 UTC: 11:00, ninety minutes after the open. */
export const NOW = Date.UTC(2026, 6, 28, 15);
const SESSION = { openMs: Date.UTC(2026, 6, 28, 13, 30), closeMs: Date.UTC(2026, 6, 28, 20) };

/** A flat account of 100,000 in an ordinary market: every gate passes. */
export function gateFigures(
  over: Partial<Omit<GateFigures, "market" | "limits">> & {
    readonly market?: Partial<MarketFigures>;
    readonly limits?: Partial<Limits>;
  } = {},
): GateFigures {
  return {
    nowMs: NOW,
    equity: 100_000,
    lastEquity: 100_000,
    peakEquity: 100_000,
    buyingPower: 100_000,
    holdings: [],
    entriesLastMinute: 0,
    entriesToday: 0,
    trades: [],
    sellers: [],
    correlation: (symbol, other) => (symbol === other ? 1 : 0),
    ...over,
    limits: { ...DEFAULT_LIMITS, ...over.limits },
    market: {
      nowMs: NOW,
      isOpen: true,
      session: SESSION,
      calendarKnown: true,
      last: { price: 185.5, atMs: NOW - 1_000 },
      quote: { bid: 185.49, ask: 185.51 },
      tradable: true,
      ...over.market,
    },
  };
}

/** Five AAPL at 185.50 with the stop at 180.50: 927.50 at work, 25 at risk. */
export function gatedEntry(over: Partial<GatedEntry> = {}): GatedEntry {
  return {
    symbol: "AAPL",
    shares: 5,
    price: 185.5,
    stop: 180.5,
    runId: "k7q2",
    strategyId: "momentum",
    orderPrice: 185.5,
    ...over,
  };
}

export function holding(over: Partial<Holding> = {}): Holding {
  return {
    kind: "position",
    symbol: "MSFT",
    runId: "r2",
    strategyId: "momentum",
    value: 1_000,
    risk: 50,
    ...over,
  };
}
