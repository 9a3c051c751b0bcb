import { valueAt } from "../core/column.ts";
import { emptySeries, type BarSeries } from "../core/bar-series.ts";
import { looksSound, valueFault } from "../core/bars.ts";
import { UsageError } from "../core/errors.ts";
import { DAY_MS, daysFromCivil, isCivilDate, isoTime } from "../core/iso-time.ts";

const COLUMNS = ["time", "open", "high", "low", "close", "volume"] as const;
const HEADER = COLUMNS.join(",");

const NEWLINE = 10;
const RETURN = 13;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;
const BYTE_ORDER_MARK = "\uFEFF";

/** 10^0 … 10^15: powers of ten that are exact doubles, so that one division of exact numbers rounds only once. */
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);

/**
 * Reads bars from CSV text: the header `time,open,high,low,close,volume`, then a bar a line, oldest first, times ISO-8601 UTC.
 * Throws a UsageError with line and column of the first thing wrong: `bars.csv line 17, column close: NaN is not a price`.
 * `name` is what the file is called in errors. The whole text is bytes or a string; bytes (as read from disk) are faster.
 */
export function parseCsv(name: string, text: string | Uint8Array): BarSeries {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const start = readHeader(name, bytes);
  const end = endOfText(bytes);
  const series = emptySeries(countLines(bytes, start, end));
  if (series.length === 0)
    throw new UsageError(`${name} line 2: no bars, expected at least one after the header`);
  let position = start;
  for (let row = 0; row < series.length; row += 1) {
    const next = readRow(bytes, position, end, series, row);
    if (next < 0 || !rowIsSound(series, row)) readRowSlowly(name, bytes, position, series, row);
    position = next < 0 ? nextLine(bytes, position, end) : next;
  }
  return series;
}

function readHeader(name: string, bytes: Uint8Array): number {
  const line = lineAt(bytes, 0).replace(BYTE_ORDER_MARK, "");
  if (line === HEADER) return nextLine(bytes, 0, bytes.length);
  const found = line.split(",");
  const wrong = COLUMNS.findIndex((column, index) => found[index] !== column);
  const column = wrong < 0 ? COLUMNS.length : wrong;
  const what = found[column] === undefined || line === "" ? "nothing" : `"${found[column].slice(0, 40)}"`;
  throw new UsageError(`${name} line 1, column ${column + 1}: found ${what}, expected the header ${HEADER}`);
}

/** Reads one row of the usual form into the series; the start of the next row, or -1 when anything is unusual. */
function readRow(bytes: Uint8Array, start: number, end: number, series: BarSeries, row: number): number {
  let at = readTime(bytes, start, series.time, row);
  at = readDecimal(bytes, at, end, series.open, row);
  at = readDecimal(bytes, at, end, series.high, row);
  at = readDecimal(bytes, at, end, series.low, row);
  at = readDecimal(bytes, at, end, series.close, row);
  at = readDecimal(bytes, at, end, series.volume, row);
  // The volume ends its line: a comma after it begins one value too many, on the last line, too.
  return at < 0 || bytes[at - 1] === COMMA ? -1 : at;
}

function rowIsSound({ time, open, high, low, close, volume }: BarSeries, row: number): boolean {
  if (row > 0 && valueAt(time, row) <= valueAt(time, row - 1)) return false;
  return looksSound(
    valueAt(open, row),
    valueAt(high, row),
    valueAt(low, row),
    valueAt(close, row),
    valueAt(volume, row),
  );
}

/** `2004-08-19T00:00:00Z,` at `at`; the position after the comma, or -1 when it is written otherwise. */
function readTime(bytes: Uint8Array, at: number, column: Float64Array, row: number): number {
  // "-" at 4 and 7, "T" at 10, ":" at 13 and 16, "Z" at 19, "," at 20.
  const framed =
    bytes[at + 4] === 45 &&
    bytes[at + 7] === 45 &&
    bytes[at + 10] === 84 &&
    bytes[at + 13] === 58 &&
    bytes[at + 16] === 58 &&
    bytes[at + 19] === 90 &&
    bytes[at + 20] === COMMA;
  if (!framed) return -1;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  const hour = twoDigits(bytes, at + 11);
  const minute = twoDigits(bytes, at + 14);
  const second = twoDigits(bytes, at + 17);
  // A pair that is not digits comes back far below zero.
  if (year < 0 || !isCivilDate(year, month, day)) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  column[row] = daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
  return at + 21;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? -1) - ZERO;
  const ones = (bytes[at + 1] ?? -1) - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -100_000 : tens * 10 + ones;
}

/** Digits with at most one point, 15 digits at most, ended by a comma or a line end; the position after it, or -1. */
function readDecimal(
  bytes: Uint8Array,
  start: number,
  end: number,
  column: Float64Array,
  row: number,
): number {
  if (start < 0) return -1;
  let at = start;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? -1;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits += 1;
    } else if (byte === DOT && point < 0) point = digits;
    else break;
  }
  if (digits === 0 || digits > 15) return -1;
  column[row] = point < 0 ? mantissa : mantissa / valueAt(POWERS, digits - point);
  if (at >= end) return end;
  if (bytes[at] === RETURN) at += 1;
  return bytes[at] === COMMA || bytes[at] === NEWLINE ? at + 1 : -1;
}

/** Reads a row of any permitted form (`1e3`, `09:30:00.250Z`, more than 15 digits), or throws with what is wrong in it. */
function readRowSlowly(name: string, bytes: Uint8Array, start: number, series: BarSeries, row: number): void {
  const line = row + 2;
  const text = lineAt(bytes, start);
  const fail = (column: string, what: string): never => {
    throw new UsageError(`${name} line ${line}, column ${column}: ${what}`);
  };
  const cells = text.split(",");
  if (text === "") fail("time", "the line is empty");
  for (const [index, column] of COLUMNS.entries()) {
    const cell = cells[index] ?? fail(column, `missing, expected ${HEADER}`);
    if (column === "time")
      series.time[row] =
        isoMs(cell) ?? fail(column, `${cell} is not an ISO-8601 time in UTC (2004-08-19T13:30:00Z)`);
    else
      series[column][row] =
        decimal(cell) ??
        fail(column, `${cell === "" ? "nothing" : cell} is not a ${column === "volume" ? column : "price"}`);
  }
  if (cells.length > COLUMNS.length)
    fail(String(COLUMNS.length + 1), `"${cells[COLUMNS.length]}" is one value too many`);
  const { time, open, high, low, close, volume } = series;
  const at = valueAt(time, row);
  const before = row === 0 ? Number.NEGATIVE_INFINITY : valueAt(time, row - 1);
  if (at === before) fail("time", `${isoTime(at)} is already on line ${line - 1}`);
  if (at < before) fail("time", `${isoTime(at)} is out of order: line ${line - 1} has ${isoTime(before)}`);
  const fault = valueFault(
    valueAt(open, row),
    valueAt(high, row),
    valueAt(low, row),
    valueAt(close, row),
    valueAt(volume, row),
  );
  if (fault !== undefined) fail(fault.column, fault.text);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
// An hour 24 would be the next day.
const ISO_UTC = /^\d{4}-\d\d-\d\d(?:T(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]00:?00))?$/;

function decimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

function isoMs(text: string): number | undefined {
  if (!ISO_UTC.test(text)) return undefined;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  // Date.parse takes 2023-02-30 for March 2nd.
  const ms = isCivilDate(year, month, day) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The text without empty lines at its end. */
function endOfText(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === NEWLINE || bytes[end - 1] === RETURN)) end -= 1;
  return end;
}

function countLines(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return 0;
  let lines = 1;
  for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, at + 1))
    lines += 1;
  return lines;
}

function nextLine(bytes: Uint8Array, start: number, end: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline < 0 || newline >= end ? end : newline + 1;
}

function lineAt(bytes: Uint8Array, start: number): string {
  const newline = bytes.indexOf(NEWLINE, start);
  const line = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    bytes.subarray(start, newline < 0 ? bytes.length : newline),
  );
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
