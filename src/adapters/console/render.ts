import type { Button, Field, Message, Picture, Table, Tone } from "../../message.ts";

export interface Screen {
  /** Characters a line; undefined where nobody looks (a pipe): then nothing is wrapped or cut. */
  readonly width?: number;
  readonly colour: boolean;
}

const COLOUR: Readonly<Record<Tone, string>> = { good: "32", bad: "31", warn: "33", neutral: "0" };
const BOLD = "1";
const DIM = "2";
const GAP = "  ";
const MIN_COLUMN = 4;

/** Any message as lines of plain text; ends without a newline. `pictureFile` is where its picture was written. */
export function renderMessage(message: Message, screen: Screen, pictureFile?: string): string {
  const {
    title,
    text,
    tone = "neutral",
    fields = [],
    table,
    footer = [],
    buttons = [],
    file,
    picture,
  } = message;
  const blocks: (readonly string[])[] = [
    [
      ...(title === undefined ? [] : [paint(plain(title), BOLD, screen)]),
      ...textLines(text, screen).map((line) => paint(line, COLOUR[tone], screen)),
    ],
    fieldLines(fields, screen),
    table === undefined ? [] : tableLines(table, screen),
    file === undefined ? [] : [`${plain(file.name)}:`, ...plain(file.content).trimEnd().split("\n")],
    picture === undefined ? [] : pictureLines(picture, screen, pictureFile),
    footer.flatMap((line) => textLines(line, screen).map((each) => paint(each, DIM, screen))),
    buttons.map(buttonLine),
  ];
  return blocks.flat().join("\n");
}

/** The file's name stays whole, so that it can be opened. */
function pictureLines({ alt }: Picture, screen: Screen, file: string | undefined): readonly string[] {
  const words = textLines(alt, screen).map((line) => paint(line, DIM, screen));
  return file === undefined ? words : [`picture: ${plain(file)}`, ...words];
}

/** A button is a command, and a terminal has a keyboard. */
function buttonLine({ label, command }: Button): string {
  return `→ ${plain(command)}  (${plain(label)})`;
}

function fieldLines(fields: readonly Field[], screen: Screen): readonly string[] {
  const labels = fields.map(({ label }) => plain(label));
  const width = Math.max(0, ...labels.map(lengthOf));
  return fields.flatMap(({ value }, index) => {
    const indent = width + GAP.length;
    const room = screen.width === undefined ? undefined : Math.max(20, screen.width - indent);
    const lines = textLines(value, { ...screen, ...(room === undefined ? {} : { width: room }) });
    return lines.map(
      (line, row) => `${pad(row === 0 ? (labels[index] ?? "") : "", width, "left")}${GAP}${line}`,
    );
  });
}

function tableLines({ columns, rows }: Table, screen: Screen): readonly string[] {
  const cells = [columns.map(({ header }) => header), ...rows].map((row) =>
    columns.map((_, index) => plain(row[index] ?? "").replaceAll("\n", " ")),
  );
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => lengthOf(row[index] ?? ""))));
  fit(widths, screen.width);
  const lines = cells.map((row) =>
    row
      .map((cell, index) =>
        pad(cut(cell, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.align ?? "left"),
      )
      .join(GAP)
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join(GAP);
  const [header = "", ...body] = lines;
  return [paint(header, BOLD, screen), rule, ...body];
}

/** Narrows the widest columns until the table fits the screen; columns below a few characters stay. */
function fit(widths: number[], screenWidth: number | undefined): void {
  if (screenWidth === undefined) return;
  const room = screenWidth - GAP.length * (widths.length - 1);
  let total = widths.reduce((sum, width) => sum + width, 0);
  while (total > room) {
    const widest = Math.max(...widths);
    if (widest <= MIN_COLUMN) return;
    widths[widths.indexOf(widest)] = widest - 1;
    total -= 1;
  }
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, width - 1))
        .join("")}…`;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, width - lengthOf(text)));
  return align === "right" ? `${blanks}${text}` : `${text}${blanks}`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function textLines(text: string, { width }: Screen): readonly string[] {
  const lines = plain(text).split("\n");
  return width === undefined ? lines : lines.flatMap((line) => wrap(line, width));
}

/** Breaks at blanks; a word longer than the line stays whole, so that it can be copied. */
function wrap(line: string, width: number): readonly string[] {
  const wrapped: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && lengthOf(longer) > width) {
      wrapped.push(current);
      current = word;
    } else current = longer;
  }
  return [...wrapped, current];
}

// oxlint-disable-next-line no-control-regex -- exactly these characters are meant
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text that cannot steer a terminal: no escape sequences, no cursor movements, no reversed direction. Newlines stay. */
export function plain(text: string): string {
  return text.replaceAll("\t", " ").replaceAll(UNSAFE, "");
}

function paint(text: string, code: string, screen: Screen): string {
  return screen.colour && code !== "0" && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
}
