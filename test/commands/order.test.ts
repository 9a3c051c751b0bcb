import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { clientOrderId } from "../../src/core/order.ts";
import { ANN, BOB, busBench, TOM, VIV, type BusBench } from "../support/command-bus.ts";
import { testOrder } from "../support/fake-desk.ts";

describe("/order", () => {
  it("shows price, stop, gates and the account before and after, and places on the press with the price that was shown", async () => {
    const bench = busBench();
    const { openRisk, exposure, buyingPower } = bench.desk.risk;
    const asked = await bench.say("/order buy AAPL 5 target=200 tif=day", TOM);
    expect(asked.title).toBe("Buy 5 AAPL? · PAPER");
    expect(asked.text).toBe("Buy 5 AAPL at market, about $185.50 a share ($927.50)?");
    const fields = Object.fromEntries((asked.fields ?? []).map(({ label, value }) => [label, value]));
    expect(fields["Stop"]).toBe("$180.50, -$25.00 when hit");
    expect(fields["Target"]).toBe("$200.00");
    const [riskBefore, riskAfter] = (fields["Open risk before → after"] ?? "").split(" → ").map(number);
    expect([riskBefore, riskAfter]).toEqual([openRisk, openRisk + 25]);
    const [exposureBefore, exposureAfter] = (fields["Exposure before → after"] ?? "")
      .split(" → ")
      .map(number);
    expect([exposureBefore, exposureAfter]).toEqual([exposure, exposure + 927.5]);
    const [powerBefore, powerAfter] = (fields["Buying power before → after"] ?? "").split(" → ").map(number);
    expect([powerBefore, powerAfter]).toEqual([buyingPower, buyingPower - 927.5]);
    expect(asked.footer).toContain("heat 0.06 → 0.08 of 25% ✓");
    expect(bench.desk.calls).toEqual([]);

    const code = bench.codeOf(asked);
    await bench.say(`/confirm ${code}`, TOM);
    await bench.say(`/confirm ${code}`, TOM);
    expect(bench.desk.calls).toMatchObject([
      {
        name: "placeOrder",
        // The delivery of the press, not that of the question.
        by: { actor: "slack:UTRADER", deliveryId: "d2" },
        args: [
          {
            side: "buy",
            symbol: "AAPL",
            size: { kind: "shares", amount: 5 },
            limit: null,
            stop: null,
            target: 200,
            trailPct: null,
            timeInForce: "day",
            seen: 185.5,
          },
        ],
      },
    ]);
  });

  it("takes dollars, a limit and a trailing stop", async () => {
    const bench = busBench();
    const asked = await bench.say("/order buy AAPL $5,000 limit=185 stop=180 trail=3% tif=gtc", TOM);
    expect(asked.text).toContain("at $185.00 or better");
    await bench.say(`/confirm ${bench.codeOf(asked)}`, TOM);
    expect(bench.desk.calls[0]?.args).toMatchObject([
      { size: { kind: "usd", amount: 5000 }, limit: 185, stop: 180, trailPct: 3, timeInForce: "gtc" },
    ]);
  });

  it.each([
    ["/order buy AAPL 1.5", "1.5: expected whole shares (5) or dollars ($5000)"],
    ["/order buy AAPL 0", "0: expected whole shares (5) or dollars ($5000)"],
    ["/order buy AAPL five", "five: expected whole shares (5) or dollars ($5000)"],
    ["/order buy AAPL 5 limit=0", "limit=0: expected a price above 0"],
    [
      "/order buy AAPL 5 stop=low target=-1",
      "stop=low: expected a price above 0; target=-1: expected a price above 0",
    ],
    ["/order buy AAPL 5 trail=80%", "trail=80%: expected a percentage above 0 and at most 50"],
    ["/order by AAPL 5", "did you mean buy?"],
    ["/order buy AAPL 5 tif=forever", "tif"],
  ])("refuses %s and says what would be right", async (words, text) => {
    const bench = busBench();
    const answer = await bench.say(words, TOM);
    expect(answer.text).toContain(text);
    expect(bench.desk.calls).toEqual([]);
  });

  it("is for traders", async () => {
    const bench = busBench();
    expect((await bench.say("/order buy AAPL 5", VIV)).text).toMatch(/trader/);
  });
});

describe("/orders", () => {
  it("shows type, time in force, limit and stop, and which orders are legs of a bracket", async () => {
    const bench = busBench();
    const entry = clientOrderId("af-k7q2-AAPL-sn3k40-e1");
    bench.desk.orders = [
      testOrder({
        clientOrderId: entry,
        side: "buy",
        purpose: "entry",
        type: "stop_limit",
        orderClass: "bracket",
        limitPrice: money("185.98"),
        stopPrice: money("185.88"),
      }),
      testOrder({ parentId: entry }),
    ];
    const { table } = await bench.say("/orders", TOM);
    const heads = (table?.columns ?? []).map(({ header }) => header);
    const cells = (table?.rows ?? []).map((row) =>
      ["for", "type", "limit", "stop"].map((header) => row[heads.indexOf(header)]),
    );
    expect(cells).toEqual([
      ["entry (bracket)", "stop limit gtc", "$185.98", "$185.88"],
      ["stop (leg)", "stop gtc", "–", "$180.50"],
    ]);
  });
});

const number = (text: string): number => Number(text.replaceAll(/[$,]/g, ""));

/** A desk on which a buy above so many dollars takes two people. */
function limited(limit: number, bench: BusBench = busBench()): BusBench {
  bench.desk.risk = {
    ...bench.desk.risk,
    limits: [
      {
        name: "two_person_order_usd",
        description: "",
        unit: "$",
        limit,
        used: null,
        left: null,
        where: null,
      },
    ],
  };
  return bench;
}

describe("a buy above two_person_order_usd", () => {
  it("is confirmed by a second trader on another platform, both named in one audit row", async () => {
    // Five shares at 185.50 cost 927.50.
    const bench = limited(927.49);
    const asked = await bench.say("/order buy AAPL 5", TOM);
    expect(asked.buttons).toEqual([]);
    expect(asked.footer).toContain("Another trader confirms within 60 s: /confirm C77771");
    expect(bench.ledger.alerts).toMatchObject([{ message: { buttons: [{ command: "/confirm C77771" }] } }]);
    expect((await bench.say("/confirm C77771", TOM)).text).toContain("A second trader must confirm this");
    expect((await bench.say("/confirm C77771", VIV)).text).toContain("needs the role trader");
    expect(bench.desk.calls).toEqual([]);
    await bench.say("/confirm C77771", BOB);
    expect((await bench.say("/confirm C77771", ANN)).text).toBe(
      "That code was used already by discord:42 (bob).",
    );
    expect(bench.desk.calls).toMatchObject([{ name: "placeOrder", by: { actor: "discord:42" } }]);
    expect(bench.ledger.audits.filter(({ outcome }) => outcome === "done")).toMatchObject([
      { detail: expect.stringContaining("asked by slack:UTRADER (tom), confirmed by discord:42 (bob)") },
    ]);
  });

  it.each([
    ["a buy at the value itself", limited(927.5), "/order buy AAPL 5"],
    ["a sale, however large", limited(1), "/order sell AAPL 5"],
    [
      "the one trader there is",
      limited(1, busBench({ admin: [], trader: ["UTRADER"], viewer: [] })),
      "/order buy AAPL 5",
    ],
  ])("is not %s: the requester confirms alone", async (_what, bench, command) => {
    await bench.say(`/confirm ${bench.codeOf(await bench.say(command, TOM))}`, TOM);
    expect(bench.desk.calls).toMatchObject([{ name: "placeOrder", by: { actor: "slack:UTRADER" } }]);
  });
});
