import type { Money } from "../money.ts";
import { isLive, remaining, type AssetKind, type Order, type Side } from "../order.ts";
import type { Position } from "../position.ts";
import type { Holding } from "./contract.ts";

/** What is held outside AlphaFlow; its quantity is negative when short. */
interface ExternalHolding {
  readonly symbol: string;
  readonly quantity: Money;
  readonly currentPrice: Money | null;
  /** As the broker reckons it, USD. */
  readonly value: Money | null;
}

/** An order that somebody placed outside AlphaFlow and that works at the broker. */
interface ExternalOrder {
  readonly symbol: string;
  readonly kind: AssetKind;
  readonly side: Side;
  readonly quantity: Money;
  /** USD, of an order by amount. */
  readonly amount: Money | null;
  readonly filledQuantity: Money;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
}

/**
 * All money at work or on its way there. A position is worth its latest price, else its entry; an entry that works is worth
 * what it may cost, for the shares that are not filled yet, and is one holding with the position it has opened already. Of
 * what is held or being bought outside AlphaFlow no stop is known: all of it is at risk.
 */
export function holdingsOf(
  positions: readonly Position[],
  orders: readonly Order[],
  outside: {
    readonly holdings: readonly ExternalHolding[];
    readonly orders: readonly ExternalOrder[];
  },
  priceOf: (symbol: string) => number | undefined,
): readonly Holding[] {
  const entries = orders.filter((order) => order.purpose === "entry" && isLive(order));
  const held = positions.map((position): Holding => {
    const price = priceOf(position.symbol) ?? position.entryPrice.toNumber();
    const shares = position.quantity.toNumber();
    const rest = entries.find((order) => order.clientOrderId === position.entryOrderId);
    const coming = rest === undefined ? NOTHING : costOf(rest);
    return {
      kind: "position",
      symbol: position.symbol,
      runId: position.runId,
      strategyId: position.strategyId,
      value: shares * price + coming.value,
      risk: shares * Math.max(0, price - position.stop.toNumber()) + coming.risk,
    };
  });
  const opened = new Set(positions.map((position) => position.entryOrderId));
  const working = entries
    .filter((order) => !opened.has(order.clientOrderId))
    .map(
      (order): Holding => ({
        kind: "working",
        symbol: order.symbol,
        runId: order.runId,
        strategyId: order.strategyId,
        ...costOf(order),
      }),
    );
  const external = outside.holdings.map((each) =>
    externalHolding(
      each.symbol,
      each.value?.toNumber() ??
        each.quantity.abs().toNumber() * (each.currentPrice?.toNumber() ?? priceOf(each.symbol) ?? 0),
    ),
  );
  const coming = outside.orders
    .filter((order) => order.side === "buy")
    .map((order) => externalHolding(order.symbol, orderValue(order, priceOf)));
  return [...held, ...working, ...external, ...coming];
}

/** Several legs for a credit have a price below zero: they take buying power all the same. */
function orderValue(order: ExternalOrder, priceOf: (symbol: string) => number | undefined): number {
  if (order.amount !== null) return order.amount.toNumber();
  const price = (order.limitPrice ?? order.stopPrice)?.abs().toNumber() ?? priceOf(order.symbol) ?? 0;
  return remaining(order).toNumber() * price * (order.kind === "option" ? CONTRACT_SHARES : 1);
}

function externalHolding(symbol: string, value: number): Holding {
  return { kind: "external", symbol, runId: null, strategyId: "external", value, risk: value };
}

/** Of a standard contract. */
const CONTRACT_SHARES = 100;

const NOTHING = { value: 0, risk: 0 };

/** What the unfilled rest of a working entry costs and risks. */
function costOf(order: Order): { readonly value: number; readonly risk: number } {
  const shares = remaining(order).toNumber();
  const price = (order.limitPrice ?? order.decisionPrice)?.toNumber() ?? 0;
  return { value: shares * price, risk: shares * Math.max(0, price - (order.plannedStop?.toNumber() ?? 0)) };
}
