import { describe, expect, it } from "vitest";
import { sharesReserved } from "../../src/app/position-orders.ts";
import { money } from "../../src/core/money.ts";
import { clientOrderId } from "../../src/core/order.ts";
import { anOrder } from "../support/orders.ts";

const entry = clientOrderId("af-r1-AAPL-abc-e1");
const sell = (quantity: number, filled: number, parentId: typeof entry | null) =>
  anOrder({ side: "sell", quantity: money(quantity), filledQuantity: money(filled), parentId });

describe("shares that live orders may sell", () => {
  it.each([
    ["nothing", [], "0"],
    ["a stop of 5", [sell(5, 0, null)], "5"],
    ["two stops", [sell(5, 0, null), sell(10, 4, null)], "11"],
    ["both legs of a bracket once", [sell(5, 0, entry), sell(5, 0, entry)], "5"],
    // the target has sold 2, so 3 are left to it; the row of the stop still says 5
    ["the bigger leg, whichever comes first", [sell(5, 2, entry), sell(5, 0, entry)], "5"],
    ["a bracket beside a stop", [sell(5, 0, entry), sell(7, 0, null), sell(5, 0, entry)], "12"],
    ["no buys", [anOrder({ quantity: money(9) })], "0"],
  ])("are those of %s", (_, live, shares) => {
    expect(sharesReserved(live).toString()).toBe(shares);
  });
});
