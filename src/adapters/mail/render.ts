import { isoTime } from "../../core/iso-time.ts";
import type { Message, Table } from "../../message.ts";
import type { PendingAlert } from "../../ports.ts";

/** Mail programs show about this much of a subject. */
const SUBJECT_MAX = 120;
const GAP = "  ";

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** An alert as a plain text mail; a button is a command, which one gives in the chat. */
export function renderMail({ message, atMs, key }: PendingAlert): MailText {
  const { title, text, fields = [], table, footer = [], buttons = [], file, picture } = message;
  const blocks = [
    title === undefined ? "" : title,
    text,
    fields.map(({ label, value }) => `${label}: ${value}`).join("\n"),
    table === undefined ? "" : tableText(table),
    picture === undefined ? "" : picture.alt,
    file === undefined ? "" : `${file.name}:\n${file.content.trimEnd()}`,
    buttons.map(({ label, command }) => `${label}: type ${command} in the chat`).join("\n"),
    [...footer, `${isoTime(Math.floor(atMs / 1000) * 1000)} · ${key}`].join("\n"),
  ];
  return { subject: subjectOf(message), text: `${blocks.filter((block) => block !== "").join("\n\n")}\n` };
}

/** `[AlphaFlow] KILL SWITCH: all runs stopped …`, one line without control characters: it becomes a header. */
function subjectOf({ title, text }: Message): string {
  const [first = ""] = text.split("\n");
  const words = `[AlphaFlow] ${title === undefined ? first : `${title}: ${first}`}`;
  const line = words.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length <= SUBJECT_MAX ? line : `${line.slice(0, SUBJECT_MAX - 1)}…`;
}

function tableText({ columns, rows }: Table): string {
  const lines = [columns.map(({ header }) => header), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((row) => (row[index] ?? "").length)));
  return lines
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}
