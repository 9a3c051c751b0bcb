import { describe, expect, it } from "vitest";
import type { Message } from "../../src/message.ts";
import { busBench, VIV, ANN } from "../support/command-bus.ts";
import { testDecision, testOrder, testPositionView, testTrade } from "../support/fake-desk.ts";
import { clientOrderId } from "../../src/core/order.ts";

const commandsOf = ({ buttons = [] }: Message, ...labels: readonly string[]) =>
  buttons.filter(({ label }) => labels.includes(label)).map(({ label, command }) => [label, command]);

function bench(count: number) {
  const made = busBench();
  const indexes = Array.from({ length: count }, (_, index) => index);
  made.desk.trades = indexes.map((index) => testTrade({ positionId: `p${index}`, number: index + 1 }));
  made.desk.positions = indexes.map((index) =>
    testPositionView({ id: `p${index}`, symbol: `S${index}`, number: index + 1 }),
  );
  made.desk.orders = indexes.map((index) => testOrder({ clientOrderId: clientOrderId(`af-${index}`) }));
  made.desk.decisions = indexes.map((index) => testDecision({ text: `decision ${index}` }));
  return made;
}

describe("a long answer", () => {
  it("shows its newest rows, says where it is, and has buttons to the rest and to the file", async () => {
    const answer = await bench(40).say("/trades momentum", VIV);
    expect(answer.text).toBe("40 trades, 0 won, P&L -$1100.00.");
    expect(answer.table?.rows.map(([name]) => name)).toEqual(
      Array.from({ length: 15 }, (_, index) => `#${index + 1}`),
    );
    expect(answer.footer).toEqual(["Page 1 of 3 · 1–15 of 40 · page=N for another"]);
    expect(answer.buttons).toEqual([
      { label: "Older", command: "/trades momentum page=2" },
      { label: "CSV", command: "/trades momentum format=csv" },
    ]);
  });

  it("turns forth and back by its own buttons, and the last page ends with the last row", async () => {
    const made = bench(40);
    const second = await made.say("/trades 38 momentum page=2", VIV);
    expect(commandsOf(second, "Newer", "Older")).toEqual([
      ["Newer", "/trades 38 momentum page=1"],
      ["Older", "/trades 38 momentum page=3"],
    ]);
    const last = await made.say("/trades 38 momentum page=3", VIV);
    expect(last.table?.rows).toHaveLength(8);
    expect(commandsOf(last, "Newer", "Older")).toEqual([["Newer", "/trades 38 momentum page=2"]]);
    expect((await made.say("/trades 38 momentum page=99", VIV)).footer).toEqual(last.footer);
  });

  it("has neither page nor buttons when it is short", async () => {
    const answer = await bench(3).say("/trades", VIV);
    expect([answer.footer, answer.buttons]).toEqual([[], []]);
  });

  it.each([
    ["/positions", VIV, 15, ["Next", "/positions page=2"], "positions.csv"],
    ["/orders", ANN, 15, ["Older", "/orders page=2"], "orders.csv"],
    ["/why AAPL", VIV, 0, ["Older", "/why AAPL page=2"], "decisions.csv"],
  ] as const)("%s is one too, with everything in its file", async (command, actor, rows, turn, name) => {
    const made = bench(40);
    const page = await made.say(command, actor);
    // Decisions are told in the text.
    expect(page.table?.rows ?? []).toHaveLength(rows);
    expect(commandsOf(page, "Next", "Older")).toEqual([turn]);
    const { file } = await made.say(`${command} csv`, actor);
    expect(file?.name).toBe(name);
    expect(file?.content.trimEnd().split("\r\n")).toHaveLength(41);
    const json: unknown = JSON.parse((await made.say(`${command} json`, actor)).file?.content ?? "");
    expect(json).toHaveLength(40);
  });

  it("puts what the broker holds beyond our own after the last position, over page breaks too", async () => {
    const made = bench(14);
    made.desk.externals = ["X1", "X2", "X3"].map((symbol) => ({
      symbol,
      quantity: testTrade().quantity,
      currentPrice: null,
      value: null,
      ignored: false,
    }));
    const symbols = async (page: number) =>
      (await made.say(`/positions page=${page}`, VIV)).table?.rows.map(([symbol]) => symbol);
    expect((await symbols(1))?.slice(-2)).toEqual(["S13", "X1"]);
    expect(await symbols(2)).toEqual(["X2", "X3"]);
  });

  it("finds trades by tag, and keeps the tag over its pages", async () => {
    const made = bench(40);
    for (const { positionId } of made.desk.trades.slice(0, 20)) made.desk.tags.set(positionId, ["fomo"]);
    const answer = await made.say("/trades tag=#FOMO", VIV);
    expect(answer.text).toContain("20 trades");
    expect(commandsOf(answer, "Older")).toEqual([["Older", "/trades tag=#FOMO page=2"]]);
    expect((await made.say("/trades AAPL tag=none", VIV)).text).toBe("No closed trades of AAPL in #none.");
  });
});
