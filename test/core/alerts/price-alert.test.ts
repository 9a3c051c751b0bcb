import { describe, expect, it } from "vitest";
import { stepPriceAlert, type PriceAlert } from "../../../src/core/alerts/price-alert.ts";
import { money } from "../../../src/core/money.ts";

const alert = (over: Partial<PriceAlert>): PriceAlert => ({
  id: "a",
  symbol: "AAPL",
  side: "above",
  price: money("200"),
  note: null,
  setBy: "slack:U1",
  setByName: "ann",
  setAtMs: 0,
  armed: true,
  ...over,
});

describe("a price alert", () => {
  it.each([
    ["above", true, 199.99, "waits"],
    ["above", true, 200, "waits"],
    ["above", true, 200.01, "fires"],
    ["above", true, 250, "fires"],
    ["below", true, 200.01, "waits"],
    ["below", true, 200, "waits"],
    ["below", true, 199.99, "fires"],
    // Set while the price was beyond already: first it has to come back.
    ["above", false, 205, "waits"],
    ["above", false, 200, "arms"],
    ["above", false, 199, "arms"],
    ["below", false, 150, "waits"],
    ["below", false, 200, "arms"],
    ["below", false, 201, "arms"],
  ] as const)("%s 200, armed %s, at %s: %s", (side, armed, price, step) => {
    expect(stepPriceAlert(alert({ side, armed }), price)).toBe(step);
  });

  it("compares to the last digit", () => {
    expect(stepPriceAlert(alert({ price: money("0.30") }), 0.1 + 0.2)).toBe("fires");
    expect(stepPriceAlert(alert({ price: money("0.30") }), 0.3)).toBe("waits");
  });
});
