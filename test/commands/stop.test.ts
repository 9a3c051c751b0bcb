import { describe, expect, it } from "vitest";
import { busBench, TOM, VIV } from "../support/command-bus.ts";
import { testPositionView } from "../support/fake-desk.ts";

describe("/stop", () => {
  it("to breakeven needs no confirmation: the entry price cannot be mistyped", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    const answer = await bench.say("/stop aapl BREAKEVEN momentum", TOM);
    expect(bench.desk.calls).toMatchObject([
      { name: "moveStop", args: ["AAPL", "momentum", { kind: "breakeven" }] },
    ]);
    expect(answer.title).toBe("Stop raised · PAPER");
  });

  it("to a price shows entry, price and the risk before and after, and waits for the code", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    const preview = await bench.say("/stop AAPL $187.50", TOM);
    expect(bench.desk.calls).toEqual([]);
    expect(preview).toMatchObject({
      title: "Raise the stop of AAPL? · PAPER",
      text: "Raise the stop of 1 position to $187.50? momentum: entry $185.50, price $191.50, stop $180.50.",
      // 5 × (191.50 − 180.50) = 55, and 5 × (191.50 − 187.50) = 20.
      fields: [{ label: "At risk before → after", value: "$55.00 → $20.00" }],
    });
    await bench.say(`/confirm ${bench.codeOf(preview)}`, TOM);
    expect(bench.desk.calls).toMatchObject([
      { name: "moveStop", args: ["AAPL", undefined, { kind: "price", price: 187.5 }] },
    ]);
  });

  it.each(["break-even", "-5", "0", "12x"])("names what %s should have been", async (word) => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    const answer = await bench.say(`/stop AAPL ${word}`, TOM);
    expect(answer.text).toContain("is no stop: say breakeven, or a price in dollars such as 187.50");
    expect(bench.desk.calls).toEqual([]);
  });

  it("is for traders, and says when nothing is open", async () => {
    const bench = busBench();
    expect((await bench.say("/stop AAPL breakeven", VIV)).text).toContain("needs the role trader");
    expect((await bench.say("/stop AAPL 180", TOM)).text).toBe(
      "there is no open position in AAPL to raise a stop of",
    );
    expect(bench.desk.calls).toEqual([]);
  });
});

describe("/close part=", () => {
  it("halves what is sold and what is risked less in the preview, and says so to the desk", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    const preview = await bench.say("/close AAPL part=half", TOM);
    expect(preview).toMatchObject({
      text: "Sell 50% of 1 position at market for about +$15.00?",
      fields: [{ label: "Open risk before → after", value: "$55.00 → $27.50" }],
    });
    await bench.say(`/confirm ${bench.codeOf(preview)}`, TOM);
    expect(bench.desk.calls).toMatchObject([{ name: "closePositions", args: ["AAPL", undefined, 0.5] }]);
  });

  it.each(["0.25", "25%", ".25"])("takes %s for a quarter", async (word) => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    await bench.say(`/confirm ${bench.codeOf(await bench.say(`/close AAPL part=${word}`, TOM))}`, TOM);
    expect(bench.desk.calls).toMatchObject([{ args: ["AAPL", undefined, 0.25] }]);
  });

  it.each(["1", "0", "110%", "most"])("refuses part=%s", async (word) => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    expect((await bench.say(`/close AAPL part=${word}`, TOM)).text).toContain(
      `part=${word} is no part of a position: say half`,
    );
    expect(bench.desk.calls).toEqual([]);
  });
});
