import type { Crossing, SimulatedMarket } from "./market.ts";
import type { SandboxOrder } from "./state.ts";

/** What the market does to one order, at a market time. A trigger turns a stop_limit into a limit order. */
export type Step =
  | { readonly kind: "trade" | "trigger"; readonly atMs: number; readonly price: number }
  | { readonly kind: "cancel"; readonly atMs: number };

/** What happens to this order next in (afterMs, untilMs]. */
export function nextStep(
  order: SandboxOrder,
  market: SimulatedMarket,
  afterMs: number,
  untilMs: number,
): Step | undefined {
  const { cancelAtMs } = order;
  const match = nextMatch(
    order,
    market,
    afterMs,
    cancelAtMs === null ? untilMs : Math.min(untilMs, cancelAtMs),
  );
  if (match !== undefined) return match;
  return cancelAtMs !== null && cancelAtMs <= untilMs ? { kind: "cancel", atMs: cancelAtMs } : undefined;
}

function nextMatch(
  order: SandboxOrder,
  market: SimulatedMarket,
  afterMs: number,
  untilMs: number,
): Step | undefined {
  const { executesAtMs, limitPrice, side, stopPrice, symbol } = order;
  if (order.waiting) return undefined;
  if (executesAtMs !== null)
    return executesAtMs <= untilMs
      ? { kind: "trade", atMs: executesAtMs, price: market.price(symbol, executesAtMs) }
      : undefined;
  const waitsForStop = stopPrice !== null && !order.triggered;
  const level = waitsForStop ? stopPrice : limitPrice;
  if (level === null)
    throw new Error(`order ${order.brokerOrderId}: a resting ${order.type} order without a price`);
  // A sell stop and a buy limit wait for a fall, a buy stop and a sell limit for a rise.
  const where = (side === "sell") === waitsForStop ? "at_or_below" : "at_or_above";
  const found = firstFrom(market, order, where, level.toNumber(), afterMs, untilMs);
  if (found === undefined) return undefined;
  return { kind: waitsForStop && limitPrice !== null ? "trigger" : "trade", ...found };
}

/** The first matching trade; when the order only became active within the stretch, the trade that stood then counts too. */
function firstFrom(
  market: SimulatedMarket,
  order: SandboxOrder,
  where: "at_or_below" | "at_or_above",
  level: number,
  afterMs: number,
  untilMs: number,
): Crossing | undefined {
  const { activeAtMs, symbol } = order;
  if (activeAtMs > untilMs) return undefined;
  if (activeAtMs > afterMs) {
    const price = market.price(symbol, activeAtMs);
    if (where === "at_or_below" ? price <= level : price >= level) return { atMs: activeAtMs, price };
  }
  return market.firstTrade(symbol, where, level, Math.max(afterMs, activeAtMs), untilMs);
}
