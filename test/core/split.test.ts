import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { splitRatio, type Holding } from "../../src/core/split.ts";

const holding = (quantity: number, average: number) => ({
  quantity: money(quantity),
  average: money(average),
});
const five = holding(5, 185.5);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

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
    ["1:100 reverse", holding(5000, 0.31), holding(50, 31), "0.01"],
    ["1:100 with a former average that the broker rounded", holding(5000, 0.31), holding(50, 31.49), "0.01"],
    ["1:500 of 1250, the half share paid out in cash", holding(1250, 0.4), holding(2, 200), "0.002"],
    ["100:1", holding(3, 5000), holding(300, 50), "100"],
    ["51:50, a dividend in shares", holding(100, 51), holding(102, 50), "1.02"],
    ["201:200 of 1000", holding(1000, 100.5), holding(1005, 100), "1.005"],
    ["5:4 of three, the part of a share kept", holding(3, 100), holding(3.75, 80), "1.25"],
    ["1:3 of two, rounded up", holding(2, 100), holding(1, 300), "0.333333"],
    ["2:3 of a thousand, the part of a share paid out", holding(1000, 30), holding(666, 45), "0.666667"],
  ])("is seen: %s", (_name, before, now, ratio) => {
    expect(splitRatio(before, now)?.toDecimalPlaces(6).toString()).toBe(ratio);
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
    ["a purchase of one at 90 beside one at 100", holding(1, 100), holding(2, 95)],
    ["a sale of the cheaper of two", holding(2, 100), holding(1, 110)],
    ["a sale of the much cheaper of two: 50 and 150", holding(2, 100), holding(1, 150)],
    ["a sale of the cheapest of three", holding(3, 100), holding(2, 125)],
    ["a share given on top of a 21:20", holding(10, 105), holding(11, 100)],
    ["a hundredth of a percent", holding(10_000, 100.01), holding(10_001, 100)],
  ])("is not %s", (_name, before, now) => {
    expect(splitRatio(before, now)).toBeUndefined();
  });

  /** 50 % to 200 % of the average. */
  const parts = [0.5, 0.6, 0.75, 0.9, 0.95, 0.99, 1.01, 1.1, 1.5, 2];
  const seen = (
    average: number,
    lots: (quantity: number, changed: number, price: number) => [Holding, Holding],
  ) =>
    upTo(20).flatMap((quantity) =>
      [1, 2, 5, 20].flatMap((changed) =>
        parts
          .map((part) => lots(quantity, changed, average * part))
          .filter(([before, now]) => splitRatio(before, now) !== undefined)
          .map(([before, now]) =>
            [before, now].map((each) => `${each.quantity.toString()}@${each.average.toString()}`).join(" → "),
          ),
      ),
    );

  it.each([0.8, 3.2, 100, 185.5])(
    "is not what a person buys at any price beside few shares at %d",
    (average) => {
      const purchase =
        (decimals: number) =>
        (quantity: number, bought: number, price: number): [Holding, Holding] => {
          const now = (quantity * average + bought * price) / (quantity + bought);
          return [holding(quantity, average), holding(quantity + bought, Number(now.toFixed(decimals)))];
        };
      expect([...seen(average, purchase(2)), ...seen(average, purchase(8))]).toEqual([]);
    },
  );

  it.each([3.2, 100, 185.5])(
    "is not what a person sells of few shares, whichever of them first, beside %d",
    (average) => {
      // Those that stay were bought at the average; those that go at any price from half to twice of it.
      const sale = (kept: number, sold: number, price: number): [Holding, Holding] => {
        const before = (kept * average + sold * price) / (kept + sold);
        return [holding(kept + sold, Number(before.toFixed(8))), holding(kept, average)];
      };
      expect(seen(average, sale)).toEqual([]);
    },
  );
});
