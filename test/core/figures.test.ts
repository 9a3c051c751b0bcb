import { describe, expect, it } from "vitest";
import { dollars, fixed, percentOf, signedDollars, signedPercent } from "../../src/core/figures.ts";
import { money } from "../../src/core/money.ts";

describe("money and percent for people", () => {
  it("never shows a minus before nothing", () => {
    expect([fixed(-0.004, 2), fixed(-0.006, 2), percentOf(-0.00004)]).toEqual(["0.00", "-0.01", "0.00%"]);
  });

  it.each([
    ["-27.5", "-$27.50"],
    ["13.1", "+$13.10"],
    ["0", "+$0.00"],
    ["-0", "+$0.00"],
    ["-0.004", "+$0.00"],
    ["-0.006", "-$0.01"],
    ["-1234.5", "-$1234.50"],
  ])("a profit of %s is %s", (amount, text) => {
    expect(signedDollars(money(amount))).toBe(text);
  });

  it.each([
    ["-2.9649595687331536388", "-2.96%"],
    ["1.2", "+1.20%"],
    ["-0.0049", "+0.00%"],
  ])("%s percent is %s", (percent, text) => {
    expect(signedPercent(money(percent))).toBe(text);
  });

  it.each([
    [185.5, "$185.50"],
    [-27.5, "-$27.50"],
    [1_234_567.891, "$1,234,567.89"],
    [0.1234, "$0.1234"],
    [-0.00001, "$0.0000"],
  ])("%f dollars are %s", (amount, text) => {
    expect(dollars(amount)).toBe(text);
  });

  it.each([
    [0.0213, "2.13%"],
    [-0.01, "-1.00%"],
    [-0.00001, "0.00%"],
  ])("the fraction %f is %s", (fraction, text) => {
    expect(percentOf(fraction)).toBe(text);
  });
});
