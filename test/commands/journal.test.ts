import { describe, expect, it } from "vitest";
import type { JournalRow } from "../../src/ports.ts";
import { ANN, busBench, TOM, VIV } from "../support/command-bus.ts";
import { T0, testPositionView, testTrade } from "../support/fake-desk.ts";

function entry(id: number, over: Partial<JournalRow> = {}): JournalRow {
  return {
    id,
    accountId: "paper",
    positionId: "p0",
    number: 11,
    symbol: "AAPL",
    strategyId: "momentum",
    kind: "note",
    text: `note ${id}`,
    actor: "slack:U1",
    name: "ann",
    platform: "slack",
    channel: "C1",
    deliveryId: `d${id}`,
    atMs: T0 + id,
    ...over,
  };
}

describe("/journal note", () => {
  it.each([
    ["/journal note 12 chased it", "chased it"],
    ["/journal note #12 stop=180 was too near, id=5", "stop=180 was too near, id=5"],
    ['/journal note 12 "quoted" and “typographic”', '"quoted" and “typographic”'],
    ["/journal note 12 first line\nsecond  line", "first line\nsecond  line"],
    ["/journal note 12 <!channel> @everyone *b* \u202eabc", "<!channel> @everyone *b* \u202eabc"],
  ])("keeps %j as it stands", async (text, note) => {
    const bench = busBench();
    await bench.say(text, TOM);
    expect(bench.desk.calls.map(({ name, args }) => [name, ...args])).toEqual([
      ["addNote", '{"number":12}', note, '{"platform":"slack","channel":"C1"}'],
    ]);
  });

  it("takes 10 kB, and is audited once with the beginning of it", async () => {
    const bench = busBench();
    await bench.say(`/journal note 12 ${"x".repeat(10_240)}`, TOM);
    expect(bench.desk.calls[0]?.args[1]).toHaveLength(10_240);
    expect(bench.ledger.audits).toHaveLength(1);
    expect(bench.ledger.audits[0]).toMatchObject({ actor: "slack:UTRADER (tom)", outcome: "done" });
    expect((await bench.say(`/journal note 12 ${"x".repeat(20_000)}`, TOM)).text).toBe(
      "that command has 20017 characters; 12000 are read at most",
    );
    expect((await bench.say(`/why ${"x".repeat(5_000)}`, TOM)).text).toContain("2000 are read at most");
  });

  it.each([
    ["/journal note", "id is missing: number of a trade or position, as /trades and /positions show it"],
    ["/journal note 12", "text is missing: the note"],
    [
      "/journal note AAPL good one",
      "AAPL is not the number of a trade; /trades and /positions show them, for example 12",
    ],
    ["/journal tag 12", "tags is missing: one tag or several with blanks between"],
    ["/journal", "/journal needs one of note, tag, untag, show, emoji"],
    ["/journal nte 12 x", "unknown /journal nte; did you mean /journal note?"],
  ])("answers %s with what would be right", async (text, error) => {
    const bench = busBench();
    expect((await bench.say(text, TOM)).text).toBe(error);
    expect(bench.desk.calls).toEqual([]);
  });

  it("is for traders", async () => {
    const bench = busBench();
    expect((await bench.say("/journal note 12 x", VIV)).text).toContain("needs the role trader");
    expect(bench.desk.calls).toEqual([]);
  });
});

describe("/journal tag and untag", () => {
  it("take several tags, and say who, when and where to the desk", async () => {
    const bench = busBench();
    await bench.say("/journal tag 12 fomo late-entry", ANN);
    await bench.say("/journal untag #12 fomo", ANN);
    const where = '{"platform":"slack","channel":"C1"}';
    expect(bench.desk.calls.map(({ args }) => args)).toEqual([
      ['{"number":12}', "tag", "fomo", "late-entry", where],
      ['{"number":12}', "untag", "fomo", where],
    ]);
    expect(bench.desk.calls[0]?.by).toEqual({ actor: "slack:UADMIN", name: "ann", deliveryId: "d1" });
  });
});

describe("/journal show", () => {
  it("shows a trade with its figures, tags and notes, newest first", async () => {
    const bench = busBench();
    bench.desk.trades = [testTrade()];
    bench.desk.tags.set("p0", ["fomo"]);
    bench.desk.journal = [entry(2), entry(1, { kind: "tag", text: "fomo" })];
    const answer = await bench.say("/journal show 11", VIV);
    expect(answer.title).toBe("#11 AAPL (momentum) · PAPER");
    expect(answer.text.split("\n\n")).toEqual([
      "2 entries · tags: fomo",
      "2026-07-31 15:00 UTC · #11 AAPL · ann (slack): note 2",
      "2026-07-31 15:00 UTC · #11 AAPL · ann (slack) tagged fomo",
    ]);
    expect(answer.fields).toEqual([
      { label: "State", value: "closed" },
      { label: "Bought", value: "5 @ $185.50" },
      { label: "Sold", value: "5 @ $180.00" },
      { label: "P&L", value: "-$27.50 (-2.96%)" },
      { label: "R", value: "-1.1R" },
      { label: "MAE", value: "-$30.00 (-1.2R)" },
      { label: "MFE", value: "+$12.50 (+0.5R)" },
      { label: "Slippage entry", value: "+$0.50 (5.4 bps against $185.40)" },
      { label: "Slippage exit", value: "+$2.50 (27.7 bps against $180.50)" },
      { label: "Fees", value: "not reported by the broker" },
      { label: "Held", value: "2h" },
      { label: "Exit", value: "stop-loss" },
      { label: "Entry reason", value: "moved +2.4% in 20 bars" },
    ]);
  });

  it("shows an open position", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView({ id: "p1", number: 12 })];
    expect((await bench.say("/journal show #12", VIV)).fields?.[0]).toEqual({
      label: "State",
      value: "open",
    });
  });

  it("shows what has a tag, and which tags there are", async () => {
    const bench = busBench();
    bench.desk.tags.set("p0", ["fomo"]);
    bench.desk.journal = [entry(2), entry(1, { positionId: "other" })];
    const answer = await bench.say("/journal show FOMO", VIV);
    expect(answer.text).toBe(
      "1 entry about what is tagged fomo.\n\n2026-07-31 15:00 UTC · #11 AAPL · ann (slack): note 2",
    );
    expect(answer.footer).toEqual(["Tags: fomo (1)"]);
    expect((await bench.say("/journal show nothing-has-this", VIV)).text).toContain("No journal entries");
  });

  it("cuts long notes on the screen and has them whole in the file, page by page", async () => {
    const bench = busBench();
    bench.desk.journal = Array.from({ length: 12 }, (_, index) => entry(index, { text: "y".repeat(10_000) }));
    const answer = await bench.say("/journal show", VIV);
    expect(answer.text).toContain("… (10000 characters; csv or json has all)");
    expect(answer.text.length).toBeLessThan(4_000);
    expect(answer.footer?.[0]).toBe("Page 1 of 3 · 1–5 of 12 · page=N for another");
    expect(answer.buttons?.[0]).toEqual({ label: "Older", command: "/journal show page=2" });
    const { file } = await bench.say("/journal show csv", VIV);
    expect(file?.content.match(/y{10000}/g)).toHaveLength(12);
  });

  it.each([
    ["/journal show 99", "no trade or position #99; /trades and /positions show the numbers"],
    [
      "/journal show a!b",
      "a!b is not the number of a trade; /trades and /positions show them, for example 12",
    ],
  ])("answers %s with what would be right", async (text, error) => {
    expect((await busBench().say(text, VIV)).text).toBe(error);
  });
});

describe("/performance by=", () => {
  it("is a table of groups with their definitions", async () => {
    const bench = busBench();
    bench.desk.groups = [
      {
        group: "Mon",
        trades: 2,
        wins: 1,
        pnl: 25,
        winRatePercent: 50,
        profitFactor: 2,
        expectancy: 12.5,
        averageR: 0.5,
      },
      {
        group: "Fri",
        trades: 1,
        wins: 1,
        pnl: 10,
        winRatePercent: 100,
        profitFactor: null,
        expectancy: 10,
        averageR: null,
      },
    ];
    const answer = await bench.say("/performance month by=weekday", VIV);
    expect(answer.title).toBe("Performance by weekday · PAPER");
    expect(answer.table?.rows).toEqual([
      ["Mon", "2", "50.0%", "+$25.00", "2.00", "+$12.50", "+0.50R"],
      ["Fri", "1", "100.0%", "+$10.00", "–", "+$10.00", "–"],
    ]);
    expect(answer.footer).toContain("Time of the entry in New York");
    bench.desk.groups = [];
    expect((await bench.say("/performance day by=tag", VIV)).text).toBe("No closed trades in the last day.");
    expect((await bench.say("/performance by=mood", VIV)).text).toContain("unknown by mood");
  });
});
