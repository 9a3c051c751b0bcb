import { csvText, type Row } from "../core/csv-text.ts";
import type { Button, Message } from "../message.ts";
import type { Args, ArgSpec, CommandSpec } from "./contract.ts";
import { commandName } from "./usage.ts";

/** Rows a page: as many as every platform shows whole, whatever is in them. */
const PAGE_ROWS = 15;
/** Rows a file: what the chats take. Longer histories: `alphaflow export`. */
export const FILE_ROWS = 20_000;
/** Discord carries a button's command in 100 characters; the rest is for what platforms add. */
const COMMAND_LENGTH = 95;

export const PAGE: ArgSpec = {
  name: "page",
  kind: "integer",
  required: false,
  named: true,
  description: "which page (1)",
  min: 1,
  max: 1_000_000,
};

export const FORMAT: ArgSpec = {
  name: "format",
  kind: "choice",
  required: false,
  description: "csv or json: all of it as a file",
  choices: ["csv", "json"],
};

/** A part of a long list. */
export interface Page {
  /** From 1. */
  readonly number: number;
  readonly pages: number;
  /** Rows before this page. */
  readonly offset: number;
  readonly limit: number;
  readonly total: number;
}

/** The page that was asked for of `total` rows; beyond the end it is the last one. */
export function pageOf({ values }: Args, total: number, rows = PAGE_ROWS): Page {
  const pages = Math.max(1, Math.ceil(total / rows));
  const number = Math.min(pages, Number(values["page"] ?? 1));
  const offset = (number - 1) * rows;
  return { number, pages, offset, limit: Math.min(rows, Math.max(0, total - offset)), total };
}

/** How the pages before and after this one are called: history runs back, other lists run on. */
const TURNS = {
  history: { before: "Newer", after: "Older" },
  list: { before: "Previous", after: "Next" },
} as const;

/** What a page has below its table: which it is, and buttons to the others and to the file. Empty for a list of one page. */
export function pageParts(
  spec: CommandSpec,
  args: Args,
  page: Page,
  kind: keyof typeof TURNS,
): { readonly footer: readonly string[]; readonly buttons: readonly Button[] } {
  if (page.pages === 1) return { footer: [], buttons: [] };
  const turn = TURNS[kind];
  const to = (number: number): string =>
    commandText(spec, { ...args.values, page: String(number) }, ["format"]);
  const wanted = [
    ...(page.number > 1 ? [{ label: turn.before, command: to(page.number - 1) }] : []),
    ...(page.number < page.pages ? [{ label: turn.after, command: to(page.number + 1) }] : []),
    ...(args.values["format"] === undefined
      ? [{ label: "CSV", command: commandText(spec, { ...args.values, format: "csv" }, ["page"]) }]
      : []),
  ];
  const last = page.offset + page.limit;
  return {
    footer: [
      `Page ${page.number} of ${page.pages} · ${page.offset + 1}–${last} of ${page.total} · page=N for another`,
    ],
    buttons: wanted.filter(({ command }) => command.length <= COMMAND_LENGTH),
  };
}

/** The command that gives these values, as a person could type it. */
function commandText(spec: CommandSpec, values: Args["values"], without: readonly string[]): string {
  const words = spec.args.flatMap((arg) => {
    const value = values[arg.name];
    if (value === undefined || without.includes(arg.name)) return [];
    // A number or the id of a strategy cannot be taken for anything else; every other word is named.
    const bare = arg.named !== true && (arg.required || arg.kind === "integer" || arg.kind === "strategy");
    return [bare ? value : `${arg.name}=${/\s/.test(value) ? `"${value}"` : value}`];
  });
  return [commandName(spec), ...words].join(" ");
}

/** The rows as a file of the format that was asked for, nothing when none was. */
export function fileOf(
  { values }: Args,
  name: string,
  columns: readonly string[],
  rows: readonly Row[],
): Pick<Message, "file"> {
  const { format } = values;
  if (format === undefined) return {};
  return {
    file:
      format === "csv"
        ? { name: `${name}.csv`, mediaType: "text/csv", content: csvText(columns, rows) }
        : { name: `${name}.json`, mediaType: "application/json", content: jsonLines(rows) },
  };
}

/** A JSON array, a row a line: whole for programs, and readable. */
function jsonLines(rows: readonly Row[]): string {
  return rows.length === 0 ? "[]\n" : `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;
}

/** Says that a file does not hold everything, and what does. */
export function fileLimit({ values }: Args, total: number, all: string): readonly string[] {
  return values["format"] === undefined || total <= FILE_ROWS
    ? []
    : [`The file holds the first ${FILE_ROWS} of ${total}; all of them: ${all}`];
}
