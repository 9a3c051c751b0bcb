import type { types } from "@slack/bolt";
import type { Button, Field, Message, Table, Tone } from "../../message.ts";
import { clean, code, escapeEntities, fit, mrkdwn, pieces, plain } from "./escape.ts";
import { tablePages } from "./table-text.ts";

/** A message as Slack takes it: `text` is the notification (escaped, otherwise exactly the message's), `blocks` what is shown. */
export interface SlackContent {
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

// docs.slack.dev/reference/block-kit; the sum over all blocks is undocumented, msg_blocks_too_long came at 13,172 (bolt-js #2509).
const ALL_BLOCKS = 12_000;
const SECTION_TEXT = 3000;
const TEXT_SECTIONS = 3;
const HEADER_TEXT = 150;
const SMALLEST_PAGE = 1200;
const FIELD_TEXT = 300;
const FIELDS_A_SECTION = 10;
const FIELD_SECTIONS = 3;
const CONTEXT_ELEMENTS = 10;
const CONTEXT_TEXT = 300;
const MENTIONS = 20;
const BUTTONS = 25;
const BUTTON_TEXT = 75;
const BUTTON_VALUE = 2000;
const BUTTON_BLOCK = 3500;
// chat.update refuses more than 4,000 bytes, counted after escaping.
const TOP_TEXT_BYTES = 3900;

const TONE_SIGN: Readonly<Record<Tone, string>> = { good: "🟢 ", bad: "🔴 ", warn: "🟠 ", neutral: "" };

/** Renders within every limit of Slack, whatever the message holds; an image goes above the buttons. */
export function render(message: Message, image?: types.KnownBlock): SlackContent {
  const sign = TONE_SIGN[message.tone ?? "neutral"];
  const title = plain(message.title ?? "");
  const head: types.KnownBlock[] = title === "" ? [] : [headerBlock(sign + title)];
  const tail = [
    ...(image === undefined ? [] : [image]),
    ...actionBlocks(message.buttons ?? []),
    ...footerBlocks(message.footer ?? []),
  ];
  let room = ALL_BLOCKS - size(head) - size(tail);
  const body: types.KnownBlock[] = [];
  const add = (block: types.KnownBlock): boolean => {
    const needed = size([block]);
    if (needed > room) return false;
    room -= needed;
    body.push(block);
    return true;
  };
  const called = mentionText(message.mentions ?? []);
  if (called !== "") add(section(called));
  textBlocks(title === "" ? sign + message.text : message.text).every(add);
  fieldBlocks(message.fields ?? []).every(add);
  if (message.table !== undefined) tableBlocks(message.table, room).every(add);
  const blocks = [...head, ...body, ...tail];
  const text = topText(message);
  return { text, blocks: blocks.length === 0 ? [section(mrkdwn(text))] : blocks };
}

/** A text file as a code block, cut to what one message holds: for where Slack takes no upload. */
export function renderFile(file: { readonly name: string; readonly content: string }): SlackContent {
  return {
    text: fit(file.name, TOP_TEXT_BYTES, escapeEntities, bytes),
    blocks: [section(fit(file.name, SECTION_TEXT, mrkdwn)), section(fit(file.content, SECTION_TEXT, fenced))],
  };
}

/** Small print under a message that is there already. */
export function contextBlock(line: string): types.ContextBlock {
  return { type: "context", elements: [markup(line)] };
}

function topText(message: Message): string {
  const text = [message.text, message.title ?? "", "AlphaFlow"].find(
    (candidate) => clean(candidate).trim() !== "",
  );
  const called = mentionText(message.mentions ?? []);
  const room = TOP_TEXT_BYTES - bytes(called) - 1;
  return `${fit(text ?? "", room, escapeEntities, bytes)} ${called}`.trimEnd();
}

/** `<@U123> <!subteam^S12>` for those of the people who are in Slack. The one place where markup is meant, so only ids are let in. */
function mentionText(mentions: readonly string[]): string {
  const written = mentions.slice(0, MENTIONS).flatMap((person) => {
    const [, id] = /^slack:([A-Z0-9]+)$/.exec(person) ?? [];
    if (id === undefined) return [];
    return [id.startsWith("S") ? `<!subteam^${id}>` : `<@${id}>`];
  });
  return written.join(" ");
}

function headerBlock(text: string): types.HeaderBlock {
  return { type: "header", text: { type: "plain_text", text: fit(text, HEADER_TEXT, plain), emoji: false } };
}

function textBlocks(text: string): types.SectionBlock[] {
  if (clean(text).trim() === "") return [];
  return pieces(text, SECTION_TEXT, TEXT_SECTIONS, mrkdwn)
    .filter((piece) => piece.trim() !== "")
    .map(section);
}

function fieldBlocks(fields: readonly Field[]): types.SectionBlock[] {
  const blocks: types.SectionBlock[] = [];
  for (let at = 0; at < fields.length && blocks.length < FIELD_SECTIONS; at += FIELDS_A_SECTION) {
    const shown = fields.slice(at, at + FIELDS_A_SECTION).map(({ label, value }) => {
      const name = fit(label.replaceAll("\n", " ").trim(), FIELD_TEXT / 3, mrkdwn);
      const bold = name.trim() === "" ? "" : `*${name.trim()}*\n`;
      const worth = fit(value, FIELD_TEXT, mrkdwn);
      return markup(bold + (worth.trim() === "" ? "–" : worth));
    });
    blocks.push({ type: "section", fields: shown });
  }
  const left = fields.length - FIELDS_A_SECTION * FIELD_SECTIONS;
  return left > 0 ? [...blocks, section(`… ${left} more`)] : blocks;
}

function tableBlocks(table: Table, room: number): types.SectionBlock[] {
  if (table.columns.length === 0 || table.rows.length === 0) return [];
  for (let pages = Math.max(1, Math.floor(room / SECTION_TEXT)); pages > 0; pages -= 1) {
    const blocks = tablePage(table, Math.min(SECTION_TEXT, room - 300), pages);
    // As JSON a page is longer than its text (line ends, quotes), so whether it fits shows only now.
    if (size(blocks) <= room) return blocks;
  }
  return tablePage(table, SMALLEST_PAGE, 1);
}

function tablePage(table: Table, limit: number, most: number): types.SectionBlock[] {
  const laid = tablePages(table, limit, most);
  const blocks = laid.pages.map(section);
  if (laid.left === 0) return blocks;
  return [...blocks, section(`… ${laid.left} more ${laid.left === 1 ? "row" : "rows"}, use csv`)];
}

function footerBlocks(footer: readonly string[]): types.ContextBlock[] {
  const lines = footer.filter((line) => clean(line).trim() !== "");
  if (lines.length === 0) return [];
  const shown = lines.slice(0, CONTEXT_ELEMENTS).map((line) => markup(fit(line, CONTEXT_TEXT, mrkdwn)));
  return [{ type: "context", elements: shown }];
}

function actionBlocks(buttons: readonly Button[]): types.ActionsBlock[] {
  const elements: types.Button[] = [];
  for (const { label, command, style } of buttons) {
    // A command is run as it stands: one that does not fit is left out, never cut.
    if (command === "" || command.length > BUTTON_VALUE || elements.length === BUTTONS) continue;
    const text = fit(plain(label) === "" ? command : label, BUTTON_TEXT, plain);
    const button: types.Button = {
      type: "button",
      action_id: `alphaflow:${elements.length}`,
      text: { type: "plain_text", text: text === "" ? "–" : text, emoji: false },
      value: command,
      ...(style === undefined ? {} : { style }),
    };
    if (size([{ type: "actions", elements: [...elements, button] }]) > BUTTON_BLOCK) break;
    elements.push(button);
  }
  return elements.length === 0 ? [] : [{ type: "actions", elements }];
}

/** One paragraph of mrkdwn, at most 3,000 characters. */
export function section(text: string): types.SectionBlock {
  return { type: "section", text: markup(text) };
}

// verbatim: Slack must not look for addresses, @names and #channels in what is plain text.
function markup(text: string): types.MrkdwnElement {
  return { type: "mrkdwn", text, verbatim: true };
}

function size(blocks: readonly types.KnownBlock[]): number {
  return blocks.reduce((sum, block) => sum + JSON.stringify(block).length + 1, 0);
}

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function fenced(raw: string): string {
  return `\`\`\`\n${code(raw)}\n\`\`\``;
}
