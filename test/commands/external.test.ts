import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { ForeignOrderView } from "../../src/ports.ts";
import { busBench, TOM, VIV } from "../support/command-bus.ts";

const BID: ForeignOrderView = {
  brokerOrderId: "61e69015-8549-4bfd-b9c3-01e75843f47d",
  symbol: "AAPL",
  kind: "share",
  side: "buy",
  type: "limit",
  timeInForce: "gtc",
  quantity: money(10),
  amount: null,
  filledQuantity: money(0),
  limitPrice: money(150),
  stopPrice: null,
  ignored: false,
};
const HELD = {
  symbol: "AAPL",
  quantity: money(7),
  currentPrice: money(185.5),
  value: money(1298.5),
  ignored: false,
};

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

  it("takes what shares are never called: pairs of coins and options", async () => {
    for (const [word, symbol] of [
      ["btcusd", "BTCUSD"],
      ["AAPL270115C00200000", "AAPL270115C00200000"],
    ] as const) {
      const bench = busBench();
      await bench.say(`/external ignore ${word}`, TOM);
      expect(bench.desk.calls).toMatchObject([{ name: "decideExternal", args: ["ignore", symbol, null] }]);
    }
  });

  it("cancels an order of several legs, which has no symbol, by the words of its own button", async () => {
    const bench = busBench();
    bench.desk.foreignOrders = [{ ...BID, symbol: "", kind: "option" }];
    const answer = await bench.say("/external", VIV);
    const [button] = answer.buttons ?? [];
    expect([button?.label, answer.table?.rows[0]?.[0]]).toEqual([
      "Cancel buy option strategy",
      "option strategy",
    ]);
    const asked = await bench.say(button?.command ?? "", TOM);
    expect(asked.text).toContain("BUY 10 option strategy limit $150.00 gtc");
    await bench.say(`/confirm ${bench.codeOf(asked)}`, TOM);
    expect(bench.desk.calls).toMatchObject([
      { name: "decideForeign", args: ["cancel", null, BID.brokerOrderId] },
    ]);
  });

  it("asks for the symbol where neither it nor an order is named", async () => {
    const bench = busBench();
    expect(await bench.say("/external cancel", TOM)).toMatchObject({ refused: true });
    expect(bench.desk.calls).toEqual([]);
  });
});
