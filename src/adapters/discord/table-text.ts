import type { Table } from "../../message.ts";
import { codeBlock, codeLine, cut, literal } from "./escape.ts";

/** An embed on a desktop shows so many monospaced characters in a line; beyond, columns fall out of line. */
const ALIGNED_WIDTH = 60;
const ROW_MAX = 400;

/**
 * A table in at most `limit` characters: aligned in a code block where an embed is wide enough for it, else one paragraph
 * a row. Rows that do not fit are counted in its last line. Empty where not even that fits.
 */
export function tableText(table: Table, limit: number): string {
  return alignedTable(table, limit) ?? listedTable(table, limit);
}

function alignedTable({ columns, rows }: Table, limit: number): string | undefined {
  const cells = rows.map((row) => columns.map((_column, index) => codeLine(row[index] ?? "")));
  const headers = columns.map(({ header }) => codeLine(header));
  const widths = headers.map((header, index) =>
    Math.max(width(header), ...cells.map((row) => width(row[index] ?? ""))),
  );
  if (widths.reduce((sum, each) => sum + each + 2, -2) > ALIGNED_WIDTH) return undefined;
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align))
      .join("  ")
      .trimEnd();
  const head = [line(headers), widths.map((each) => "─".repeat(each)).join("  ")];
  return fitting(cells.map(line), limit, (lines) => codeBlock([...head, ...lines]));
}

/** `**AAPL** · shares 5 · entry $185.50`: the first cell names the row. */
function listedTable({ columns, rows }: Table, limit: number): string {
  const lines = rows.map((row) => {
    const [name = "", ...rest] = columns.map((_column, index) => literal(codeLine(row[index] ?? "")));
    const told = rest.flatMap((text, index) =>
      text === "" ? [] : [`${literal(codeLine(columns[index + 1]?.header ?? ""))} ${text}`.trim()],
    );
    const strong = name === "" ? [] : [`**${cut(name, ROW_MAX / 4)}**`];
    return cut([...strong, ...told].join(" · "), ROW_MAX);
  });
  return fitting(lines, limit, (shown) => shown.join("\n"));
}

function fitting(lines: readonly string[], limit: number, lay: (shown: readonly string[]) => string): string {
  for (let shown = lines.length; shown >= 0; shown -= 1) {
    const text = lay([...lines.slice(0, shown), ...more(lines.length - shown)]);
    if (text.length <= limit) return text;
  }
  return "";
}

function more(left: number): readonly string[] {
  return left === 0 ? [] : [`… ${String(left)} more row${left === 1 ? "" : "s"}`];
}

function pad(text: string, to: number, align: "left" | "right" | undefined): string {
  const gap = " ".repeat(Math.max(0, to - width(text)));
  return align === "right" ? gap + text : text + gap;
}

function width(text: string): number {
  return Array.from(text).length;
}
