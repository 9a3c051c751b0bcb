import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { openPosition, type Position } from "../../src/core/position.ts";
import { splitPositions, splitRatio } from "../../src/core/split.ts";
import { anOrder } from "../support/orders.ts";

const position = openPosition(
  anOrder(),
  { quantity: money(5), price: money(185.5), executionId: null, atMs: 1, decisionPrice: money(185) },
  { id: "p1", stop: money(180.5), target: money(200), protection: "broker", heldSince: 0, entryText: null },
);
const holding = (quantity: number, average: number) => ({
  quantity: money(quantity),
  average: money(average),
});
const five = holding(5, 185.5);
const quantities = (positions: readonly Position[], ratio: number, of: number, total: string) =>
  splitPositions(positions, money(ratio).div(of), money(total)).map((each) => each.quantity.toString());

describe("a stock split", () => {
  it.each([
    ["4:1, 5 at 185.50 become 20 at 46.375", five, holding(20, 46.375), "4"],
    ["1:5 reverse, 5 at 185.50 become 1 at 927.50", five, holding(1, 927.5), "0.2"],
    ["3:1 with an average that the broker rounds", five, holding(15, 61.83), "3"],
    ["3:2 of six", holding(6, 90), holding(9, 60), "1.5"],
    ["3:2 of five, the half share paid out in cash", five, holding(7, 123.67), "1.5"],
    ["1:10 of 55, the half share paid out in cash", holding(55, 18.5), holding(5, 185), "0.1"],
    ["1:10 of 55, rounded up", holding(55, 18.5), holding(6, 185), "0.1"],
    ["4:1 of parts of a share", holding(5.390835, 185.5), holding(21.56334, 46.375), "4"],
    ["1:50 of a penny stock", holding(5000, 0.31), holding(100, 15.5), "0.02"],
  ])("is seen: %s", (_name, before, now, ratio) => {
    expect(splitRatio(before, now)?.toString()).toBe(ratio);
  });

  it.each([
    ["a sale of two of five", five, holding(3, 185.5)],
    ["a purchase of five more at a like price", five, holding(10, 185.2)],
    ["a purchase of five more at half the price", five, holding(10, 139.125)],
    ["nothing", five, holding(5, 185.5)],
    ["everything gone", five, holding(0, 0)],
    ["a sale of two of a thousand", holding(1000, 185.5), holding(998, 185.5)],
    ["a purchase of one on top of a thousand", holding(1000, 185.5), holding(1001, 185.51)],
    ["a sale of a tenth of a penny stock", holding(1000, 0.1), holding(900, 0.1)],
    ["a sale that changes the broker's average, first in first out", holding(20, 75), holding(10, 50)],
  ])("is not %s", (_name, before, now) => {
    expect(splitRatio(before, now)).toBeUndefined();
  });

  it("keeps the money and the risk: (185.50 − 180.50) × 5 = (46.375 − 45.125) × 20 = 25", () => {
    const [after] = splitPositions([position], money(4), money(20));
    expect([after?.quantity, after?.entryPrice, after?.stop, after?.target].map(String)).toEqual([
      "20",
      "46.375",
      "45.125",
      "50",
    ]);
    expect(after?.entryPrice.minus(after.stop).times(after.quantity).toString()).toBe("25");
  });
});

describe("the shares after a split", () => {
  const third = { ...position, id: "p2" };

  it("of a ratio without an end are what the broker counts: 5 × (1 / 3) is 1.666666667", () => {
    expect(quantities([position], 1, 3, "1.666666667")).toEqual(["1.666666667"]);
    expect(quantities([{ ...position, quantity: money(6) }], 1, 3, "2")).toEqual(["2"]);
  });

  it("are all of the broker's: the last position takes what rounding leaves, one way or the other", () => {
    expect(quantities([position, third], 1, 3, "3.333333333")).toEqual(["1.666666667", "1.666666666"]);
    expect(quantities([position, third], 1, 10, "1.000000001")).toEqual(["0.5", "0.500000001"]);
    expect(quantities([{ ...position, quantity: money(55) }], 1, 10, "6")).toEqual(["6"]);
  });

  it("that were paid out in cash are still among them", () => {
    expect(quantities([{ ...position, quantity: money(55) }], 1, 10, "5")).toEqual(["5.5"]);
  });

  it("forgets refusals and a crossed price: both were of the prices of before", () => {
    const [after] = splitPositions([{ ...position, stopRefusals: 1, crossedSince: 9 }], money(4), money(20));
    expect([after?.stopRefusals, after?.crossedSince]).toEqual([0, null]);
  });
});
