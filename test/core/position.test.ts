import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { Booking } from "../../src/core/order.ts";
import {
  addToPosition,
  openPosition,
  realised,
  reducePosition,
  tradeOf,
  type Position,
} from "../../src/core/position.ts";
import { anOrder } from "../support/orders.ts";

const fill = (quantity: number, price: number, atMs = 1, decided: number | null = null): Booking => ({
  quantity: money(quantity),
  price: money(price),
  executionId: null,
  atMs,
  decisionPrice: decided === null ? null : money(decided),
});

function opened(quantity: number, price: number, decided: number | null = null): Position {
  return openPosition(anOrder(), fill(quantity, price, 1, decided), {
    id: "p1",
    stop: money(180.5),
    target: null,
    protection: "broker",
    heldSince: 0,
    entryText: "moved +2.4% in 20 bars",
  });
}

describe("a position", () => {
  it("has its stop from the first share on", () => {
    expect(opened(1, 185.5).stop.toString()).toBe("180.5");
  });

  it("averages its entry over all fills: 2 at 185.50 and 3 at 186.00 is 185.80", () => {
    // (2 × 185.50 + 3 × 186.00) / 5 = 929 / 5
    const position = addToPosition(opened(2, 185.5), fill(3, 186));
    expect([position.quantity.toString(), position.entryPrice.toString()]).toEqual(["5", "185.8"]);
  });

  it("loses $27.50, -2.96 %, when 5 bought at 185.50 are sold at 180.00", () => {
    const { pnl, pnlPercent } = realised(opened(5, 185.5), money(5), money(180));
    expect([pnl.toFixed(2), pnlPercent.toFixed(2)]).toEqual(["-27.50", "-2.96"]);
  });

  it("closes with its last share, and its trade has the average of all sales", () => {
    const half = reducePosition(opened(4, 100), fill(2, 110));
    expect(half.status).toBe("open");
    const closed = reducePosition(half, fill(2, 104, 9));
    expect(closed).toMatchObject({ status: "closed", closedAt: 9 });
    // (2 × 110 + 2 × 104) / 4 = 107; (107 − 100) × 4 = 28
    const trade = tradeOf(closed, "signal", 9, "fell under its average");
    expect([trade.exitPrice.toString(), trade.pnl.toString(), trade.pnlPercent.toString()]).toEqual([
      "107",
      "28",
      "7",
    ]);
  });

  it("opens again when a late fill of its entry comes after the close", () => {
    const closed = reducePosition(opened(4, 100), fill(4, 110));
    expect(addToPosition(closed, fill(1, 101))).toMatchObject({ status: "open", closedAt: null });
  });

  it("refuses to go below zero, with the numbers", () => {
    expect(() => reducePosition(opened(4, 100), fill(5, 110))).toThrow("5 sold but the position p1 holds 4");
  });
});
