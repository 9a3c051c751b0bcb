import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { types } from "@slack/bolt";
import type { Message } from "../../../src/message.ts";
import { render, renderFile } from "../../../src/adapters/slack/render.ts";
import { problemsOf } from "../../support/slack/problems.ts";

function firstText(blocks: readonly types.KnownBlock[], at = 0): string {
  const block = blocks[at];
  return block?.type === "section" || block?.type === "header" ? (block.text?.text ?? "") : "";
}

function codeBlocks(blocks: readonly types.KnownBlock[]): readonly string[] {
  return blocks.map((_block, at) => firstText(blocks, at)).filter((text) => text.startsWith("```"));
}

const hostile = [
  "<!channel>",
  "```",
  "&",
  "<",
  ">",
  "\u202E",
  "\u0000",
  "\uD800",
  "*x* _y_",
  "\n",
  '"',
  "\\",
  "😀",
  "|",
];
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.constantFrom(...hostile), { maxLength: 40 }).map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom("a", "&", "\n", '"', "é", "😀", "`"), fc.integer({ min: 1, max: 20_000 }))
    .map(([char, count]) => char.repeat(count)),
  fc.constantFrom("", " ", "\n\n"),
);
const field = fc.record({ label: text, value: text });
const button = fc.record({
  label: text,
  command: text,
  style: fc.constantFrom("primary" as const, "danger" as const),
});
const table = fc.record({
  columns: fc.array(fc.record({ header: text, align: fc.constantFrom("left" as const, "right" as const) }), {
    maxLength: 12,
  }),
  rows: fc.array(fc.array(text, { maxLength: 12 }), { maxLength: 200 }),
});
const message: fc.Arbitrary<Message> = fc.record(
  {
    title: text,
    text,
    tone: fc.constantFrom("good" as const, "bad" as const, "warn" as const, "neutral" as const),
    fields: fc.array(field, { maxLength: 60 }),
    table,
    footer: fc.array(text, { maxLength: 30 }),
    buttons: fc.array(button, { maxLength: 60 }),
  },
  { requiredKeys: ["text"] },
);

describe("rendering for Slack", () => {
  it("never breaks a limit, whatever the message holds", () => {
    fc.assert(
      fc.property(message, (any) => {
        const content = render(any);
        expect(problemsOf(content)).toEqual([]);
        expect(content.text.trim()).not.toBe("");
        expect(Buffer.byteLength(content.text, "utf8")).toBeLessThanOrEqual(4000);
      }),
      { numRuns: 300 },
    );
  });

  it("never lets a mention or a link through", () => {
    fc.assert(
      fc.property(message, (any) => {
        expect(
          JSON.stringify({ ...render(any), buttons: [] }).replace(/"value":"(?:[^"\\]|\\.)*"/g, ""),
        ).not.toMatch(/<[!@#]/);
      }),
      { numRuns: 200 },
    );
  });

  it("never breaks a limit with a file as text", () => {
    fc.assert(
      fc.property(text, text, (name, content) => {
        expect(
          problemsOf(renderFile({ name: name.trim() === "" ? "a.csv" : `${name}.csv`, content })),
        ).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("shows title, tone, text, fields, footer and buttons in their places", () => {
    const { text: top, blocks } = render({
      title: "AAPL stopped out",
      text: "SELL 5 AAPL @ $180.00",
      tone: "bad",
      fields: [{ label: "P&L", value: "-$27.50" }],
      footer: ["key fill-7"],
      buttons: [
        { label: "Chart", command: "/chart AAPL" },
        { label: "Close", command: "/close AAPL", style: "danger" },
      ],
    });
    expect(top).toBe("SELL 5 AAPL @ $180.00");
    expect(blocks.map(({ type }) => type)).toEqual(["header", "section", "section", "actions", "context"]);
    expect(blocks[0]).toMatchObject({ text: { type: "plain_text", text: "🔴 AAPL stopped out" } });
    expect(blocks[2]).toMatchObject({ fields: [{ type: "mrkdwn", text: "*P&L*\n-$27.50" }] });
    expect(blocks[3]).toMatchObject({
      elements: [
        { value: "/chart AAPL", text: { text: "Chart" } },
        { value: "/close AAPL", style: "danger" },
      ],
    });
  });

  it("keeps names with underscores and lone stars as they are", () => {
    const words = "BUY 5 AAPL · multi_timeframe · min_alignment=0.66 · 2 * 3 · ~5 min";
    expect(firstText(render({ text: words }).blocks)).toBe(words);
  });

  it("aligns a table in a code block, numbers to the right", () => {
    const { blocks } = render({
      text: "Positions",
      table: {
        columns: [{ header: "symbol" }, { header: "P&L", align: "right" }],
        rows: [
          ["AAPL", "$12.50"],
          ["BRK.B", "-$1,227.50"],
        ],
      },
    });
    expect(codeBlocks(blocks)).toEqual([
      [
        "```",
        "symbol         P&L",
        "──────  ──────────",
        "AAPL        $12.50",
        "BRK.B   -$1,227.50",
        "```",
      ].join("\n"),
    ]);
  });

  it("says how many rows found no room, and none is counted twice", () => {
    const rows = Array.from({ length: 1000 }, (_row, index) => [`row-${index}`, "x".repeat(30)]);
    const { blocks } = render({
      text: "Trades",
      table: { columns: [{ header: "id" }, { header: "note" }], rows },
    });
    const shown =
      codeBlocks(blocks)
        .join("\n")
        .match(/row-\d+/g) ?? [];
    const left = Number(/… (\d+) more rows, use csv/.exec(firstText(blocks, blocks.length - 1))?.[1]);
    expect(shown).toEqual(rows.slice(0, shown.length).map(([id]) => id));
    expect(shown.length).toBeGreaterThan(100);
    expect(left).toBe(1000 - shown.length);
  });

  it("never runs a command that was cut: one that is too long has no button", () => {
    const { blocks } = render({
      text: "x",
      buttons: [{ label: "long", command: `/order ${"1".repeat(2000)}` }],
    });
    expect(blocks.map(({ type }) => type)).toEqual(["section"]);
  });

  it("shows no more buttons than Slack takes", () => {
    const buttons = Array.from({ length: 40 }, (_button, index) => ({ label: "x", command: `/x ${index}` }));
    const content = render({ text: "x", buttons });
    expect(problemsOf(content)).toEqual([]);
    expect(content.blocks[1]).toMatchObject({ type: "actions", elements: { length: 25 } });
  });

  it("shows 10 kB of text over several sections and marks the cut", () => {
    const { text: top, blocks } = render({ text: "line of words & more\n".repeat(1500) });
    expect(top.endsWith("…")).toBe(true);
    expect(blocks.length).toBeGreaterThan(1);
    expect(firstText(blocks, blocks.length - 1).endsWith("…")).toBe(true);
  });
});
