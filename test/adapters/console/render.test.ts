import { describe, expect, it } from "vitest";
import { plain, renderMessage } from "../../../src/adapters/console/render.ts";
import type { Message } from "../../../src/message.ts";

const PIPE = { colour: false };

const POSITIONS: Message = {
  title: "Positions · PAPER",
  text: "1 open position.",
  tone: "good",
  fields: [
    { label: "Run", value: "k7q2" },
    { label: "Stop-loss", value: "2 × ATR(14)" },
  ],
  table: {
    columns: [{ header: "symbol" }, { header: "shares", align: "right" }, { header: "P&L", align: "right" }],
    rows: [
      ["AAPL", "5", "+$30.00"],
      ["MSFT", "120", "-$1.00"],
    ],
  },
  footer: ["small print"],
  buttons: [{ label: "Confirm", command: "/confirm K7QD2X" }],
};

describe("a message on the console", () => {
  it("is aligned plain text, buttons as commands to type", () => {
    expect(renderMessage(POSITIONS, PIPE).split("\n")).toEqual([
      "Positions · PAPER",
      "1 open position.",
      "Run        k7q2",
      "Stop-loss  2 × ATR(14)",
      "symbol  shares      P&L",
      "──────  ──────  ───────",
      "AAPL         5  +$30.00",
      "MSFT       120   -$1.00",
      "small print",
      "→ /confirm K7QD2X  (Confirm)",
    ]);
  });

  it("shows its file", () => {
    const file = { name: "trades.csv", mediaType: "text/csv", content: "symbol,pnl\nAAPL,1\n" };
    expect(renderMessage({ text: "1 trade.", file }, PIPE)).toBe("1 trade.\ntrades.csv:\nsymbol,pnl\nAAPL,1");
  });

  it("fits a narrow terminal: text is wrapped, wide columns are cut", () => {
    const message: Message = {
      text: "one two three four five six seven eight nine ten eleven twelve",
      table: {
        columns: [{ header: "gate" }, { header: "figures" }],
        rows: [["day_loss", "x".repeat(80)]],
      },
    };
    const lines = renderMessage(message, { width: 40, colour: false }).split("\n");
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines.at(-1)).toBe(`day_loss  ${"x".repeat(29)}…`);
  });

  it("cuts and wraps nothing in a pipe", () => {
    const message: Message = {
      text: "word ".repeat(100),
      table: { columns: [{ header: "a" }], rows: [["x".repeat(300)]] },
    };
    expect(renderMessage(message, PIPE).split("\n")).toHaveLength(4);
  });

  it("has colours only where they are wanted", () => {
    // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
    expect(renderMessage(POSITIONS, PIPE)).not.toMatch(/\u001b/);
    expect(renderMessage(POSITIONS, { colour: true })).toContain("\u001b[32m1 open position.\u001b[0m");
  });

  it.each([
    ["\u001b]0;owned\u0007text", "]0;ownedtext"],
    ["\u001b[2J\u001b[1;1Hfake", "[2J[1;1Hfake"],
    ["a\rb", "ab"],
    ["a\u009b31mb", "a31mb"],
    ["\u202egnp.exe", "gnp.exe"],
    ["a\tb\nc", "a b\nc"],
  ])("cannot steer the terminal with %j", (text, safe) => {
    expect(plain(text)).toBe(safe);
    const everywhere: Message = {
      title: text,
      text,
      fields: [{ label: text, value: text }],
      table: { columns: [{ header: text }], rows: [[text]] },
      footer: [text],
      buttons: [{ label: text, command: text }],
      file: { name: text, mediaType: "text/plain", content: text },
    };
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(renderMessage(everywhere, PIPE)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
