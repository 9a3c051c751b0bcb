import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { openPosition } from "../../src/core/position.ts";
import { splitPosition, splitRatio } from "../../src/core/split.ts";
import { anOrder } from "../support/orders.ts";

const position = openPosition(
  anOrder(),
  { quantity: money(5), price: money(185.5), executionId: null, atMs: 1, decisionPrice: money(185) },
  { id: "p1", stop: money(180.5), target: money(200), protection: "broker", heldSince: 0, entryText: null },
);
const held = (quantity: number, avgEntryPrice: number) => ({
  quantity: money(quantity),
  avgEntryPrice: money(avgEntryPrice),
});

describe("a stock split", () => {
  it.each([
    ["4:1, 5 at 185.50 become 20 at 46.375", held(20, 46.375), "4"],
    ["1:5 reverse, 5 at 185.50 become 1 at 927.50", held(1, 927.5), "0.2"],
    ["3:1 with an average that the broker rounds", held(15, 61.83), "3"],
  ])("is seen by the same cost: %s", (_name, at, ratio) => {
    expect(splitRatio([position], at)?.toString()).toBe(ratio);
  });

  it.each([
    ["a sale of two shares", held(3, 185.5)],
    ["a purchase of five more", held(10, 185.2)],
    ["nothing changed", held(5, 185.5)],
    ["everything is gone", held(0, 0)],
  ])("is not %s", (_name, at) => {
    expect(splitRatio([position], at)).toBeUndefined();
  });

  it("keeps the money and the risk: (185.50 − 180.50) × 5 = (46.375 − 45.125) × 20 = 25", () => {
    const after = splitPosition(position, money(4));
    expect([after.quantity, after.entryPrice, after.stop, after.target].map(String)).toEqual([
      "20",
      "46.375",
      "45.125",
      "50",
    ]);
    expect(after.entryPrice.minus(after.stop).times(after.quantity).toString()).toBe("25");
  });

  it("counts what the broker counts after a ratio without an end: 5 × (1 / 3) is 1.666666667 shares", () => {
    expect(splitPosition(position, money(1).div(3)).quantity.toString()).toBe("1.666666667");
    expect(splitPosition({ ...position, quantity: money(6) }, money(2).div(6)).quantity.toString()).toBe("2");
  });
});
