import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addNote, changeTags } from "../../src/app/journal.ts";
import { performanceBy } from "../../src/app/reports.ts";
import { exportJournal, exportTrades } from "../../src/app/export.ts";
import type { Position } from "../../src/core/position.ts";
import type { By } from "../../src/ports.ts";
import { samplePosition, sampleTrade } from "../contracts/ledger-samples.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const WHERE = { platform: "slack", channel: "C1" };
const by = (deliveryId: string): By => ({ actor: "slack:U1", name: "ann", deliveryId });

let ground: EngineGround;
let made = 0;

beforeAll(async () => {
  ground = await openEngineGround();
  await ground.running.stop();
}, 60_000);
afterAll(() => ground.close());

async function closedPosition(): Promise<Position> {
  made += 1;
  const id = `p${made}`;
  const position = await ground.ledger.insertPosition(
    samplePosition({
      id,
      accountId: "paper",
      entryOrderId: `e-${id}`,
      status: "closed",
      quantity: samplePosition({ id, accountId: "", entryOrderId: "" }).soldQuantity,
    }),
  );
  await ground.ledger.saveTrade(sampleTrade(position, { exitTime: Date.now() + made }));
  return position;
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

describe("the journal", () => {
  it("writes a note once a delivery, by number or by id", async () => {
    const { engine } = ground.running;
    const { id, number } = await closedPosition();
    const answers = [
      await addNote(engine, { number }, " chased it \n", WHERE, by("n1")),
      await addNote(engine, { number }, "chased it", WHERE, by("n1")),
      await addNote(engine, { positionId: id }, "from a thread", WHERE, by("n2")),
    ];
    expect(answers.map((answer) => answer.text)).toEqual(
      Array.from({ length: 3 }, () => `noted on #${number} AAPL (ma_crossover)`),
    );
    const rows = await ground.ledger.journal({ accountId: "paper", positionId: id, limit: 9 });
    expect(rows.map(({ text, name, platform, channel }) => [text, name, platform, channel])).toEqual([
      ["from a thread", "ann", "slack", "C1"],
      ["chased it", "ann", "slack", "C1"],
    ]);
  });

  it.each([
    ["an empty note", "  \n ", "a note needs words"],
    ["10,241 bytes", "x".repeat(10_241), "that note has 10241 bytes; 10240 are kept at most"],
    [
      "2,561 characters of four bytes",
      "\u{1f600}".repeat(2_561),
      "that note has 10244 bytes; 10240 are kept at most",
    ],
  ])("refuses %s", async (_name, note, text) => {
    const { number } = await closedPosition();
    expect(await addNote(ground.running.engine, { number }, note, WHERE, by(`r-${_name}`))).toEqual({
      kind: "refused",
      text,
    });
  });

  it("knows no trade of another number or account", async () => {
    const { ledger, running } = ground;
    await ledger.ensureAccount({ id: "live", mode: "live", broker: "Alpaca", accountNumber: null });
    const other = await ledger.insertPosition(
      samplePosition({ id: "other", accountId: "live", entryOrderId: "e-other" }),
    );
    for (const about of [{ number: 999_999 }, { number: other.number }, { positionId: "other" }])
      expect((await addNote(running.engine, about, "x", WHERE, by(JSON.stringify(about)))).kind).toBe(
        "refused",
      );
  });

  it("tags and untags, lower case and without #, and a repeated delivery brings nothing back", async () => {
    const { engine } = ground.running;
    const { id, number } = await closedPosition();
    const about = { number };
    const tagged = await changeTags(
      engine,
      about,
      { kind: "tag", tags: ["#FOMO", "späte", "fomo"] },
      WHERE,
      by("t1"),
    );
    expect(tagged.text).toBe(`#${number} AAPL (ma_crossover) is tagged fomo, späte`);
    await changeTags(engine, about, { kind: "untag", tags: ["fomo"] }, WHERE, by("t2"));
    await changeTags(engine, about, { kind: "tag", tags: ["fomo"] }, WHERE, by("t1"));
    expect((await ground.ledger.tagsOf([id])).get(id)).toEqual(["späte"]);
    const wrong = await changeTags(engine, about, { kind: "untag", tags: ["fomo"] }, WHERE, by("t3"));
    expect(wrong).toEqual({
      kind: "refused",
      text: `#${number} AAPL (ma_crossover) has no tag fomo; it has späte`,
    });
    const bad = await changeTags(engine, about, { kind: "tag", tags: ["<!channel>"] }, WHERE, by("t4"));
    expect(bad.text).toContain("is not a tag");
    const kinds = (await ground.ledger.journal({ accountId: "paper", positionId: id, limit: 9 })).map(
      (row) => row.kind,
    );
    expect(kinds).toEqual(["untag", "tag"]);
  });

  it("keeps the tags of two people who tag at once", async () => {
    const { engine } = ground.running;
    const { id, number } = await closedPosition();
    await Promise.all(
      ["a", "b", "c", "d"].map((tag) =>
        changeTags(engine, { number }, { kind: "tag", tags: [tag] }, WHERE, by(`at-once-${tag}`)),
      ),
    );
    expect((await ground.ledger.tagsOf([id])).get(id)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the history", () => {
  it("is exported whole however long it is, each trade once, with its tags", async () => {
    const { ledger, running } = ground;
    const extra = 2_100;
    for (let index = 0; index < extra; index += 1) await closedPosition();
    const { id, number } = await closedPosition();
    await changeTags(running.engine, { number }, { kind: "tag", tags: ["last"] }, WHERE, by("x1"));
    const lines = (await textOf(exportTrades(ledger, { accountId: "paper" }, "csv"))).trimEnd().split("\r\n");
    const all = await ledger.tradeTotals({ accountId: "paper" });
    expect(all.trades).toBeGreaterThan(extra);
    expect(lines).toHaveLength(all.trades + 1);
    expect(new Set(lines).size).toBe(lines.length);
    const tagged: unknown = JSON.parse(
      await textOf(exportTrades(ledger, { accountId: "paper", tag: "last" }, "json")),
    );
    expect(tagged).toMatchObject([{ position_id: id, number, tags: ["last"], pnl: -27.5 }]);
    expect(await textOf(exportTrades(ledger, { accountId: "paper", symbol: "NONE" }, "json"))).toBe("[]\n");
    expect(await textOf(exportTrades(ledger, { accountId: "paper", symbol: "NONE" }, "csv"))).toMatch(
      /^symbol,[^\n]*\r\n$/,
    );
    const journal: unknown = JSON.parse(
      await textOf(exportJournal(ledger, { accountId: "paper", tag: "last" }, "json")),
    );
    expect(journal).toMatchObject([{ number, kind: "tag", text: "last", actor: "slack:U1", channel: "C1" }]);
  }, 120_000);

  it("is summed up by tag", async () => {
    const groups = await performanceBy(ground.running.engine, "all", "tag");
    expect(groups.find(({ group }) => group === "last")).toMatchObject({ trades: 1, wins: 0, pnl: -27.5 });
    expect(groups.find(({ group }) => group === "untagged")?.trades).toBeGreaterThan(2_000);
  });
});
