import {
  ButtonStyle,
  ComponentType,
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIEmbed,
  type RawFile,
} from "discord.js";
import type { Button, Field, Message, Picture, Tone } from "../../message.ts";
import { cut, literal, showable, wholeHead } from "./escape.ts";
import { calledOf } from "./mentions.ts";
import { tableText } from "./table-text.ts";

const CONTENT_MAX = 2000;
const TITLE_MAX = 256;
const DESCRIPTION_MAX = 4096;
const FOOTER_MAX = 1000;
const FIELDS_MAX = 25;
const FIELD_NAME_MAX = 100;
const FIELD_VALUE_MAX = 1024;
/** All texts of a message's embeds together. */
const EMBED_TOTAL_MAX = 6000;
/** Fields leave room for the table. */
const FIELDS_TOTAL_MAX = 3000;
const BUTTONS_A_ROW = 5;
const ROWS_MAX = 5;
const LABEL_MAX = 80;
const CUSTOM_ID_MAX = 100;
/** What every server takes, whatever its level. */
const FILE_MAX_BYTES = 10 * 1024 * 1024;
/** Of an attachment's description. */
const ALT_MAX = 1024;
const NOTHING = "–";

const COLOR: Readonly<Record<Tone, number>> = {
  good: 0x2ecc71,
  bad: 0xe74c3c,
  warn: 0xf1c40f,
  neutral: 0x95a5a6,
};

/** A message body of Discord's API. Every key is there, so that an edit replaces all that was shown before. */
export interface Body {
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIActionRowComponent<APIButtonComponentWithCustomId>[];
  readonly allowed_mentions: {
    readonly parse: readonly [];
    readonly users?: readonly string[];
    readonly roles?: readonly string[];
  };
  readonly attachments?: readonly {
    readonly id: string;
    readonly filename: string;
    readonly description?: string;
  }[];
}

export interface Rendered {
  readonly body: Body;
  readonly files: readonly RawFile[];
  /** Buttons that Discord cannot carry: a command cut short would be another command, so they are left out. */
  readonly droppedButtons: readonly Button[];
}

/**
 * Any message within Discord's limits. The text is the content, literally; title, table, fields and small print are an embed,
 * and so is the picture. `png` is what the picture was drawn as; without it its alt text is small print.
 */
export function render(message: Message, png?: Uint8Array): Rendered {
  const { components, dropped } = renderButtons(message.buttons ?? []);
  const file = message.file === undefined ? undefined : renderFile(message.file);
  const image = message.picture === undefined ? undefined : renderPicture(message.picture, png);
  const notes = [
    ...(message.footer ?? []),
    ...(message.file !== undefined && file === undefined ? [TOO_LARGE] : []),
    ...(message.picture !== undefined && image === undefined ? [message.picture.alt] : []),
  ];
  const files = [file, image?.file].filter((each) => each !== undefined);
  const called = calledOf(message.mentions ?? []);
  const limit = CONTENT_MAX - (called.text === "" ? 0 : called.text.length + 1);
  const laid = layOut(message, limit, embedRest({ ...message, footer: notes }));
  const { description } = laid;
  const content = `${laid.content} ${called.text}`.trim();
  const embed = renderEmbed({ ...message, footer: notes }, description, image?.file.name);
  const empty = content.trim() === "" && embed === undefined && file === undefined;
  return {
    body: {
      content: empty ? NOTHING : content,
      embeds: embed === undefined ? [] : [embed],
      components,
      allowed_mentions:
        called.text === "" ? { parse: [] } : { parse: [], users: called.users, roles: called.roles },
      ...(files.length === 0
        ? {}
        : { attachments: files.map((each, index) => attachment(each, index, image)) }),
    },
    files,
    droppedButtons: dropped,
  };
}

function attachment(
  file: RawFile,
  index: number,
  image: RenderedPicture | undefined,
): NonNullable<Body["attachments"]>[number] {
  const described = image !== undefined && file === image.file ? { description: image.alt } : {};
  return { id: String(index), filename: file.name, ...described };
}

const TOO_LARGE = "The file is too large for Discord.";

/** Where text and table go; `limit` is the content's, `room` what the embed's other parts leave for a description. */
function layOut(
  message: Message,
  limit: number,
  room: number,
): { readonly content: string; readonly description: string } {
  const text = literal(message.text).trim();
  const fits = text.length <= limit;
  const content = fits ? text : wholeHead(text, breakBefore(text, limit));
  const rest = fits ? "" : text.slice(content.length).trim();
  if (message.table === undefined) return { content, description: cut(rest, room) };
  const above = cut(rest, Math.floor(room / 2));
  const table = tableText(message.table, room - above.length - 1);
  return { content, description: `${above}\n${table}`.trim() };
}

/** The end of the last whole line, else word, before `limit`. */
function breakBefore(text: string, limit: number): number {
  const line = text.lastIndexOf("\n", limit);
  if (line > limit / 2) return line;
  const word = text.lastIndexOf(" ", limit);
  return word > limit / 2 ? word : limit;
}

function renderEmbed(message: Message, description: string, image: string | undefined): APIEmbed | undefined {
  const { title, fields, footer } = embedParts(message);
  const wordless = title === "" && fields.length === 0 && footer === "" && description === "";
  if (wordless && image === undefined) return undefined;
  return {
    ...(title === "" ? {} : { title }),
    ...(description === "" ? {} : { description }),
    ...(fields.length === 0 ? {} : { fields: fields.map((field) => ({ ...field, inline: true })) }),
    ...(footer === "" ? {} : { footer: { text: footer } }),
    ...(image === undefined ? {} : { image: { url: `attachment://${image}` } }),
    color: COLOR[message.tone ?? "neutral"],
  };
}

function embedRest(message: Message): number {
  const { title, fields, footer } = embedParts(message);
  const used =
    title.length +
    footer.length +
    fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return Math.min(DESCRIPTION_MAX, EMBED_TOTAL_MAX - used);
}

interface EmbedParts {
  readonly title: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly footer: string;
}

function embedParts(message: Message): EmbedParts {
  return {
    title: cut(literal(message.title ?? "").trim(), TITLE_MAX),
    fields: renderFields(message.fields ?? []),
    // Footers know no markup.
    footer: cut(showable((message.footer ?? []).join("\n")).trim(), FOOTER_MAX),
  };
}

function renderFields(fields: readonly Field[]): EmbedParts["fields"] {
  const shown: { name: string; value: string }[] = [];
  let total = 0;
  for (const { label, value } of fields) {
    const field = {
      name: cut(literal(label).trim(), FIELD_NAME_MAX) || NOTHING,
      value: cut(literal(value).trim(), FIELD_VALUE_MAX) || NOTHING,
    };
    total += field.name.length + field.value.length;
    const left = fields.length - shown.length;
    if ((shown.length === FIELDS_MAX - 1 && left > 1) || total > FIELDS_TOTAL_MAX)
      return [...shown, { name: "…", value: `${String(left)} more` }];
    shown.push(field);
  }
  return shown;
}

function renderButtons(buttons: readonly Button[]): {
  readonly components: Body["components"];
  readonly dropped: readonly Button[];
} {
  const dropped: Button[] = [];
  const commands = new Set<string>();
  const kept: APIButtonComponentWithCustomId[] = [];
  for (const button of buttons) {
    const command = button.command.trim();
    const carried = command !== "" && command.length <= CUSTOM_ID_MAX && showable(command) === command;
    if (!carried || commands.has(command) || kept.length === BUTTONS_A_ROW * ROWS_MAX) {
      dropped.push(button);
      continue;
    }
    commands.add(command);
    kept.push({
      type: ComponentType.Button,
      style: styleOf(button),
      label: cut(showable(button.label).trim(), LABEL_MAX) || cut(command, LABEL_MAX),
      custom_id: command,
    });
  }
  const rows = Array.from({ length: Math.ceil(kept.length / BUTTONS_A_ROW) }, (_row, index) => ({
    type: ComponentType.ActionRow as const,
    components: kept.slice(index * BUTTONS_A_ROW, (index + 1) * BUTTONS_A_ROW),
  }));
  return { components: rows, dropped };
}

function styleOf({ style }: Button): APIButtonComponentWithCustomId["style"] {
  if (style === "primary") return ButtonStyle.Primary;
  return style === "danger" ? ButtonStyle.Danger : ButtonStyle.Secondary;
}

function renderFile({ name, mediaType, content }: NonNullable<Message["file"]>): RawFile | undefined {
  const data = Buffer.from(content, "utf8");
  if (data.byteLength > FILE_MAX_BYTES) return undefined;
  return { name: fileName(name), data, contentType: mediaType };
}

/** A picture as an attachment that the embed shows. */
interface RenderedPicture {
  readonly file: RawFile;
  readonly alt: string;
}

function renderPicture({ name, alt }: Picture, png: Uint8Array | undefined): RenderedPicture | undefined {
  if (png === undefined || png.byteLength > FILE_MAX_BYTES) return undefined;
  const data = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  return {
    file: { name: fileName(name), data, contentType: "image/png" },
    alt: cut(showable(alt).trim(), ALT_MAX) || NOTHING,
  };
}

function fileName(name: string): string {
  const safe = name.replaceAll(/[^\w.-]+/g, "_").slice(-100);
  return safe === "" ? "file" : safe;
}

/** What is left when Discord refuses a body for its form: the text, which is what matters. */
export function plainly(message: Message): Body {
  const content = cut(literal(message.text).trim(), CONTENT_MAX);
  return {
    content: content === "" ? NOTHING : content,
    embeds: [],
    components: [],
    allowed_mentions: { parse: [] },
  };
}
