import type { Table } from "../../message.ts";
import { clean, code } from "./escape.ts";

const CELL_WIDTH = 36;
const LINE_WIDTH = 400;

/** A table as monospaced pages: each is a mrkdwn code block of at most `pageLimit` characters under the repeated header. */
export interface TablePages {
  readonly pages: readonly string[];
  /** Rows that found no room on any page. */
  readonly left: number;
}

/** Lays the table out on at most `most` pages. Cells are one line each, cut at 36 characters. */
export function tablePages(table: Table, pageLimit: number, most: number): TablePages {
  const rows = table.rows.map((row) => table.columns.map((_column, index) => cell(row[index] ?? "")));
  const headers = table.columns.map((column) => cell(column.header));
  const widths = headers.map((header, index) =>
    Math.max(length(header), ...rows.map((row) => length(row[index] ?? ""))),
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((text, index) => pad(text, widths[index] ?? 0, table.columns[index]?.align));
    return code(cutTo(padded.join("  ").trimEnd(), LINE_WIDTH));
  };
  const head = [line(headers), cutTo(widths.map((width) => "─".repeat(width)).join("  "), LINE_WIDTH)];
  const pages: string[] = [];
  let page = [...head];
  let placed = 0;
  for (const row of rows) {
    const next = line(row);
    if (fenced([...page, next]).length > pageLimit) {
      if (pages.length === most - 1) break;
      pages.push(fenced(page));
      page = [...head];
    }
    page.push(next);
    placed += 1;
  }
  return { pages: [...pages, fenced(page)], left: rows.length - placed };
}

function fenced(lines: readonly string[]): string {
  return `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

function cell(text: string): string {
  return cutTo(clean(text).replace(/\s+/g, " ").trim(), CELL_WIDTH);
}

function cutTo(text: string, width: number): string {
  const chars = Array.from(text);
  return chars.length <= width ? text : `${chars.slice(0, width - 1).join("")}…`;
}

function pad(text: string, width: number, align: "left" | "right" | undefined): string {
  const gap = " ".repeat(Math.max(0, width - length(text)));
  return align === "right" ? gap + text : text + gap;
}

function length(text: string): number {
  return Array.from(text).length;
}
