import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { render, plainly } from "../../../src/adapters/discord/render.ts";
import { literal } from "../../../src/adapters/discord/escape.ts";
import type { Message } from "../../../src/message.ts";
import { messageProblems } from "../../support/discord/validate-message.ts";

const ALERTS = [
  "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER",
  "SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER",
  "order rejected · BUY 0.5 BRK.B · insufficient buying power ($1,200.00 < $5,000.00) · ma_crossover · LIVE",
];

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3000 }),
  fc.string({ unit: "grapheme", maxLength: 5000 }),
  fc
    .array(
      fc.constantFrom(
        "@everyone",
        "<@123>",
        "<#4>",
        "```",
        "\\",
        "*",
        "_",
        "\n",
        " ",
        "\ud800",
        "😀",
        "](x)",
        "# ",
        "> ",
        "a",
      ),
      { maxLength: 2500 },
    )
    .map((parts) => parts.join("")),
);
const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    text: nasty,
    title: nasty,
    tone: fc.constantFrom("good", "bad", "warn", "neutral"),
    fields: fc.array(fc.record({ label: nasty, value: nasty }), { maxLength: 40 }),
    table: fc.record({
      columns: fc.array(fc.record({ header: nasty, align: fc.constantFrom("left", "right") }), {
        maxLength: 12,
      }),
      rows: fc.array(fc.array(nasty, { maxLength: 14 }), { maxLength: 80 }),
    }),
    footer: fc.array(nasty, { maxLength: 5 }),
    buttons: fc.array(
      fc.record({ label: nasty, command: fc.oneof(nasty, fc.constantFrom("/kill", "/halt", "/close AAPL")) }),
      { maxLength: 40 },
    ),
    file: fc.record({ name: nasty, mediaType: fc.constant("text/csv"), content: nasty }),
  },
  { requiredKeys: ["text"] },
);

describe("rendering", () => {
  it("never breaks a limit of Discord, whatever the message", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { body, files } = render(message);
        expect(messageProblems({ ...body }).toString()).toBe("");
        expect(body.content.trim() !== "" || body.embeds.length > 0 || files.length > 0).toBe(true);
        expect(messageProblems({ ...plainly(message) }).toString()).toBe("");
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("shares the room of an embed when every part of a message is as long as can be", () => {
    const long = "x".repeat(5000);
    const fields = Array.from({ length: 40 }, () => ({ label: long, value: long }));
    const rows = Array.from({ length: 200 }, () => [long, long]);
    const table = { columns: [{ header: "a" }, { header: "b" }], rows };
    const { body } = render({ text: long + long, title: long, fields, table, footer: [long] });
    expect(messageProblems({ ...body }).toString()).toBe("");
    expect(body.embeds[0]?.description).toContain("more rows");
  });

  it("leaves nothing in a text that Discord would take for a mention, a link or markup", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const unescaped = literal(text).replaceAll(/\\[\s\S]/g, "");
        expect(unescaped).not.toMatch(/@everyone|@here|<[@#:/]|[*`]|~~|\|\||\]\(/);
      }),
    );
  });

  it.each(ALERTS)("shows the contract text as it is: %s", (text) => {
    expect(render({ text }).body).toEqual({
      content: text,
      embeds: [],
      components: [],
      allowed_mentions: { parse: [] },
    });
  });

  it("aligns a table that an embed is wide enough for", () => {
    const columns = [{ header: "Symbol" }, { header: "Shares", align: "right" as const }];
    const rows = [
      ["AAPL", "5"],
      ["MSFT", "120"],
    ];
    const { body } = render({ text: "Two positions", table: { columns, rows } });
    expect(body.content).toBe("Two positions");
    expect(body.embeds[0]?.description).toBe(
      ["```", "Symbol  Shares", "──────  ──────", "AAPL         5", "MSFT       120", "```"].join("\n"),
    );
  });

  it("lists the rows of a wider table, whose columns Discord would break", () => {
    const columns = [{ header: "symbol" }, { header: "strategy" }, { header: "note" }];
    const rows = [
      ["AAPL", "multi_timeframe", "x".repeat(50)],
      ["MSFT", "*all*", ""],
    ];
    const { body } = render({ text: "Two", table: { columns, rows } });
    expect(body.embeds[0]?.description).toBe(
      `**AAPL** · strategy multi_timeframe · note ${"x".repeat(50)}\n**MSFT** · strategy \\*all\\*`,
    );
  });

  it.each([20, 80])("says how many rows of a long table are not shown (cells of %i)", (length) => {
    const rows = Array.from({ length: 300 }, (_row, index) => [`S${String(index)}`, "x".repeat(length)]);
    const { body } = render({ text: "Many", table: { columns: [{ header: "a" }, { header: "b" }], rows } });
    const shown = body.embeds[0]?.description ?? "";
    const lines = shown.split("\n").filter((line) => /^(\*\*)?S\d/.test(line));
    expect(lines).toHaveLength(300 - Number(/… (\d+) more rows/.exec(shown)?.[1]));
    expect(shown.length).toBeGreaterThan(3900);
  });

  it("carries a long text on in the embed, without losing a line", () => {
    const lines = Array.from({ length: 90 }, (_line, index) => `line ${String(index)} ${"x".repeat(40)}`);
    const { body } = render({ text: lines.join("\n") });
    expect(`${body.content}\n${body.embeds[0]?.description ?? ""}`).toBe(lines.join("\n"));
  });

  it("leaves out a button whose command Discord cannot carry, and names it", () => {
    const long = { label: "Long", command: `/note ${"x".repeat(100)}` };
    const short = { label: "Close", command: "/close AAPL", style: "danger" as const };
    const { body, droppedButtons } = render({ text: "t", buttons: [long, short, short] });
    expect(body.components).toEqual([
      { type: 1, components: [{ type: 2, style: 4, label: "Close", custom_id: "/close AAPL" }] },
    ]);
    expect(droppedButtons).toEqual([long, short]);
  });

  it("says so when a file is larger than Discord takes", () => {
    const file = { name: "a.csv", mediaType: "text/csv", content: "x".repeat(10 * 1024 * 1024 + 1) };
    const { body, files } = render({ text: "t", file });
    expect(files).toEqual([]);
    expect(body.embeds).toMatchObject([{ footer: { text: "The file is too large for Discord." } }]);
  });
});
