import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { ForeignOrderView } from "../../src/ports.ts";
import { busBench, TOM, VIV } from "../support/command-bus.ts";

const BID: ForeignOrderView = {
  brokerOrderId: "61e69015-8549-4bfd-b9c3-01e75843f47d",
  symbol: "AAPL",
  side: "buy",
  type: "limit",
  timeInForce: "gtc",
  quantity: money(10),
  filledQuantity: money(0),
  limitPrice: money(150),
  stopPrice: null,
  ignored: false,
};
const HELD = { symbol: "AAPL", quantity: money(7), currentPrice: money(185.5), ignored: false };

describe("/external", () => {
  it("lists what is held and what works at the broker, with buttons for what is undecided", async () => {
    const bench = busBench();
    bench.desk.externals = [{ ...HELD, symbol: "TSLA" }];
    bench.desk.foreignOrders = [BID, { ...BID, side: "sell", ignored: true }];
    const answer = await bench.say("/external", VIV);
    expect(answer.text).toBe(
      "1 holding and 2 orders that no run made; their symbols take no entries until that is decided.",
    );
    expect(answer.table?.rows).toEqual([
      ["TSLA", "held", "7", "$185.50", "–"],
      ["AAPL", "buy limit gtc", "10", "$150.00", "61e69015"],
      ["AAPL", "sell limit gtc (ignored)", "10", "$150.00", "61e69015"],
    ]);
    expect(answer.buttons?.slice(3)).toEqual([
      {
        label: "Cancel buy AAPL",
        command: `/external cancel AAPL order=${BID.brokerOrderId}`,
        style: "danger",
      },
      { label: "Ignore buy AAPL", command: `/external ignore AAPL order=${BID.brokerOrderId}` },
    ]);
  });

  it("cancels the order that is named, after a confirmation that says which", async () => {
    const bench = busBench();
    bench.desk.foreignOrders = [BID];
    const asked = await bench.say("/external cancel AAPL order=61e69015", TOM);
    expect(asked.text).toContain("Cancel at the broker BUY 10 AAPL limit $150.00 gtc");
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${bench.codeOf(asked)}`, TOM);
    expect(bench.desk.calls).toMatchObject([{ name: "decideForeign", args: ["cancel", "AAPL", "61e69015"] }]);
  });

  it("ignore without an order means all of the symbol, what is held and what works", async () => {
    const bench = busBench();
    bench.desk.externals = [HELD];
    bench.desk.foreignOrders = [BID];
    await bench.say("/external ignore AAPL", TOM);
    expect(bench.desk.calls).toMatchObject([
      { name: "decideForeign", args: ["ignore", "AAPL", null] },
      { name: "decideExternal", args: ["ignore", "AAPL", null] },
    ]);
  });

  it("adopts no order", async () => {
    const bench = busBench();
    expect(await bench.say("/external adopt AAPL order=61e69015", TOM)).toMatchObject({ refused: true });
    expect(bench.desk.calls).toEqual([]);
  });
});
