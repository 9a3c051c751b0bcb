import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money } from "../../../src/core/money.ts";
import { advance } from "../../../src/core/advance.ts";
import { clientOrderId, isLive, runId, type Order } from "../../../src/core/order.ts";
import { addToPosition, openPosition, reducePosition, type Position } from "../../../src/core/position.ts";
import { checkGates } from "../../../src/core/risk/check.ts";
import { holdingsOf } from "../../../src/core/risk/holdings.ts";
import { gates } from "../../../src/core/risk/index.ts";
import type { Limits } from "../../../src/core/risk/limits.ts";
import { gatedEntry, gateFigures } from "../../support/gate-figures.ts";
import { anOrder, aReport } from "../../support/orders.ts";

const SYMBOLS = ["AAPL", "MSFT", "NVDA"] as const;
const EQUITY = 100_000;
const LIMITS: Partial<Limits> = {
  heat_pct: 5,
  correlated_pct: 30,
  max_positions: 6,
  max_positions_symbol: 3,
  max_position_value: 20_000,
};

type Step =
  | { readonly kind: "enter"; readonly symbol: number; readonly shares: number; readonly stopPct: number }
  | { readonly kind: "fill"; readonly order: number; readonly share: number; readonly slip: number }
  | { readonly kind: "cancel"; readonly order: number }
  | { readonly kind: "price"; readonly symbol: number; readonly move: number }
  | { readonly kind: "sell"; readonly position: number; readonly share: number };

const index = fc.nat({ max: 20 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("enter" as const),
      symbol: fc.nat({ max: 2 }),
      shares: fc.integer({ min: 1, max: 150 }),
      stopPct: fc.integer({ min: 1, max: 40 }),
    }),
    fc.record({
      kind: fc.constant("fill" as const),
      order: index,
      share: fc.integer({ min: 1, max: 100 }),
      slip: fc.integer({ min: -30, max: 30 }),
    }),
    fc.record({ kind: fc.constant("cancel" as const), order: index }),
    fc.record({
      kind: fc.constant("price" as const),
      symbol: fc.nat({ max: 2 }),
      move: fc.integer({ min: -20, max: 25 }),
    }),
    fc.record({
      kind: fc.constant("sell" as const),
      position: index,
      share: fc.integer({ min: 1, max: 100 }),
    }),
  ),
  { minLength: 20, maxLength: 60 },
);

/** Orders, positions and prices as the engine's own functions move them. */
class Desk {
  readonly prices = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, 150]));
  orders: Order[] = [];
  positions: Position[] = [];
  entered = 0;

  price(symbol: string): number {
    return this.prices.get(symbol) ?? 0;
  }

  holdings() {
    return holdingsOf(this.positions, this.orders, { holdings: [], orders: [] }, (symbol) =>
      this.prices.get(symbol),
    );
  }

  /** Lets the gates decide; true when the entry went through. */
  enter(symbol: string, shares: number, stopPct: number): boolean {
    const price = this.price(symbol);
    const stop = price * (1 - stopPct / 100);
    const figures = gateFigures({
      equity: EQUITY,
      buyingPower: 4 * EQUITY,
      holdings: this.holdings(),
      correlation: (one, other) => (one === other ? 1 : 0.9),
      limits: LIMITS,
      market: { last: { price, atMs: 0 } },
    });
    const entry = gatedEntry({ symbol, shares, price, stop, orderPrice: price });
    if (checkGates(gates, entry, figures).some((check) => !check.ok)) return false;
    this.entered += 1;
    this.orders.push(
      anOrder({
        clientOrderId: clientOrderId(`af-${this.entered}`),
        runId: runId(`r${this.entered}`),
        symbol,
        quantity: money(shares),
        decisionPrice: money(price),
        plannedStop: money(stop),
        state: "ACCEPTED",
      }),
    );
    return true;
  }

  /** Fills part of a working entry, at a price of its own. */
  fill(at: number, share: number, slipPct: number): void {
    const working = this.orders.filter(isLive);
    const order = working[at % Math.max(1, working.length)];
    if (order === undefined) return;
    const rest = order.quantity.minus(order.filledQuantity);
    const filled = order.filledQuantity.plus(rest.times(share / 100).ceil());
    const whole = filled.eq(order.quantity);
    const price = this.price(order.symbol) * (1 + slipPct / 1_000);
    const before = order.filledQuantity.times(order.filledAvgPrice ?? 0);
    const { order: after, booking } = advance(order, {
      kind: "report",
      report: aReport({
        clientOrderId: order.clientOrderId,
        symbol: order.symbol,
        quantity: order.quantity,
        status: whole ? "filled" : "partially_filled",
        filledQuantity: filled,
        filledAvgPrice: before.plus(filled.minus(order.filledQuantity).times(price)).div(filled),
      }),
      atMs: 0,
    });
    this.orders = this.orders.map((each) => (each === order ? after : each));
    if (booking === null) return;
    const known = this.positions.find((each) => each.entryOrderId === order.clientOrderId);
    if (known === undefined)
      this.positions.push(
        openPosition(after, booking, {
          id: `p-${order.clientOrderId}`,
          stop: order.plannedStop ?? money(1),
          target: null,
          protection: "broker",
          heldSince: 0,
          entryText: null,
        }),
      );
    else
      this.positions = this.positions.map((each) => (each === known ? addToPosition(known, booking) : each));
  }

  cancel(at: number): void {
    const working = this.orders.filter(isLive);
    const order = working[at % Math.max(1, working.length)];
    this.orders = this.orders.map((each) => (each === order ? { ...each, state: "CANCELED" } : each));
  }

  sell(at: number, share: number): void {
    const position = this.positions[at % Math.max(1, this.positions.length)];
    if (position === undefined) return;
    const quantity = position.quantity.times(share / 100).ceil();
    const after = reducePosition(position, {
      quantity,
      price: money(this.price(position.symbol)),
      executionId: null,
      decisionPrice: null,
      atMs: 0,
    });
    this.positions = this.positions
      .map((each) => (each === position ? after : each))
      .filter((each) => each.status === "open");
  }

  /** What the limits are about, reckoned here from orders and positions alone. */
  measured(symbol: string) {
    const held = this.positions.map((each) => ({
      id: each.entryOrderId,
      symbol: each.symbol,
      value: each.quantity.toNumber() * this.price(each.symbol),
      risk: each.quantity.toNumber() * Math.max(0, this.price(each.symbol) - each.stop.toNumber()),
    }));
    const coming = this.orders.filter(isLive).map((each) => {
      const rest = each.quantity.minus(each.filledQuantity).toNumber();
      const price = each.decisionPrice?.toNumber() ?? 0;
      return {
        id: String(each.clientOrderId),
        symbol: each.symbol,
        value: rest * price,
        risk: rest * (price - (each.plannedStop?.toNumber() ?? 0)),
      };
    });
    const all = [...held, ...coming];
    const sum = (of: (each: (typeof all)[number]) => number): number =>
      all.reduce((total, each) => total + of(each), 0);
    return {
      heatPct: (sum((each) => each.risk) / EQUITY) * 100,
      // Everything correlates in this market.
      correlatedPct: (sum((each) => each.value) / EQUITY) * 100,
      positions: new Set(all.map((each) => each.id)).size,
      inSymbol: new Set(all.filter((each) => each.symbol === symbol).map((each) => each.id)).size,
    };
  }
}

describe("after any sequence of fills and prices", () => {
  it("no entry that was let through leaves a limit exceeded", () => {
    let entries = 0;
    let refused = 0;
    fc.assert(
      fc.property(steps, (sequence) => {
        const desk = new Desk();
        const worst = { heatPct: 0, correlatedPct: 0, positions: 0, inSymbol: 0 };
        for (const step of sequence) {
          const symbol = SYMBOLS["symbol" in step ? step.symbol % SYMBOLS.length : 0] ?? "AAPL";
          if (step.kind === "fill") desk.fill(step.order, step.share, step.slip);
          else if (step.kind === "cancel") desk.cancel(step.order);
          else if (step.kind === "sell") desk.sell(step.position, step.share);
          else if (step.kind === "price") desk.prices.set(symbol, desk.price(symbol) * (1 + step.move / 100));
          else if (desk.enter(symbol, step.shares, step.stopPct)) {
            entries += 1;
            const { heatPct, correlatedPct, positions, inSymbol } = desk.measured(symbol);
            worst.heatPct = Math.max(worst.heatPct, heatPct);
            worst.correlatedPct = Math.max(worst.correlatedPct, correlatedPct);
            worst.positions = Math.max(worst.positions, positions);
            worst.inSymbol = Math.max(worst.inSymbol, inSymbol);
          } else refused += 1;
        }
        expect(worst.heatPct).toBeLessThanOrEqual(5 + 1e-6);
        expect(worst.correlatedPct).toBeLessThanOrEqual(30 + 1e-6);
        expect(worst.positions).toBeLessThanOrEqual(6);
        expect(worst.inSymbol).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300 },
    );
    // Both happen often, or the property says nothing.
    expect(Math.min(entries, refused)).toBeGreaterThan(300);
  });

  it("a fill at the planned price moves nothing: what was on its way is held now, once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }), (fills) => {
        const desk = new Desk();
        desk.enter("AAPL", 100, 10);
        const before = desk.measured("AAPL");
        for (const share of fills) {
          desk.fill(0, share, 0);
          const holdings = desk.holdings();
          expect(holdings).toHaveLength(1);
          expect(holdings[0]?.value).toBeCloseTo((before.correlatedPct / 100) * EQUITY, 6);
          expect(holdings[0]?.risk).toBeCloseTo((before.heatPct / 100) * EQUITY, 6);
        }
      }),
    );
  });
});
