/** A field of a file that other programs read: numbers stay numbers, a list is written with blanks between. */
export type Cell = string | number | null | readonly string[];

/** Named fields in the order of the columns. */
export type Row = Readonly<Record<string, Cell>>;

/**
 * What a spreadsheet takes for the beginning of a formula, full-width look-alikes and leading blanks included (OWASP, "CSV
 * injection"). Tabs and line ends at the start are skipped by some and show what comes after.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * One line of RFC 4180, with its CRLF. Text that would be a formula gets an apostrophe in front, which spreadsheets show as
 * text; numbers never do, so that -27.5 can be summed. Nothing is an empty field.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvField).join(",")}\r\n`;
}

function csvField(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = typeof cell === "string" ? cell : cell.join(" ");
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A whole file in memory: the header from the first row; for what may be long, write line by line. */
export function csvText(columns: readonly string[], rows: readonly Row[]): string {
  return [csvLine(columns), ...rows.map((row) => csvLine(columns.map((column) => row[column] ?? null)))].join(
    "",
  );
}
