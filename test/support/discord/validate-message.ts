import { isObject, listOf, textOf, type Json } from "./json.ts";
import type { Upload } from "./body.ts";
import { Problems } from "./problems.ts";

const CONTENT_MAX = 2000;
const EMBEDS_MAX = 10;
const EMBED_TOTAL_MAX = 6000;
const ROWS_MAX = 5;
const BUTTONS_MAX = 5;
const LINK_STYLE = 5;
const PREMIUM_STYLE = 6;

/** What Discord's documentation forbids in a message body, as its 400 would name it; empty when it is accepted. */
export function messageProblems(body: Json): Problems {
  const problems = new Problems();
  checkContent(problems, body);
  checkEmbeds(problems, body["embeds"]);
  checkComponents(problems, body["components"]);
  checkMentions(problems, body["allowed_mentions"]);
  checkNonce(problems, body);
  if (body["flags"] !== undefined && body["flags"] !== null && !Number.isInteger(body["flags"]))
    problems.add("flags", "NUMBER_TYPE_COERCE", "Value is not int.");
  return problems;
}

const DESCRIPTION_MAX = 1024;

/** Attachments must have their file and a description of at most 1,024; an embed's picture must be one of them or on the web. */
export function attachmentProblems(problems: Problems, body: Json, files: readonly Upload[]): void {
  listOf(body["attachments"]).forEach((attachment, index) => {
    const at = `attachments.${String(index)}`;
    const file = files[Number(attachment["id"])];
    if (file === undefined && files.length > 0)
      problems.add(at, "ATTACHMENT_NOT_FOUND", "Attachment data not found");
    problems.length(`${at}.description`, attachment["description"], 0, DESCRIPTION_MAX);
  });
  listOf(body["embeds"]).forEach((embed, index) => {
    const image = isObject(embed["image"]) ? textOf(embed["image"]["url"]) : "";
    if (image === "" || /^https?:\/\//.test(image)) return;
    const name = /^attachment:\/\/([\w.-]+)$/.exec(image)?.[1];
    if (!files.some((file) => file.name === name))
      problems.add(`embeds.${String(index)}.image.url`, "URL_TYPE_INVALID_SCHEME", "Not a well formed URL.");
  });
}

function checkContent(problems: Problems, body: Json): void {
  const content = body["content"];
  if (content === undefined || content === null) return;
  if (typeof content !== "string")
    problems.add("content", "STRING_TYPE_CONVERT", "Could not interpret as string.");
  else if (content.length > CONTENT_MAX)
    problems.add("content", "BASE_TYPE_MAX_LENGTH", `Must be ${String(CONTENT_MAX)} or fewer in length.`);
}

function checkEmbeds(problems: Problems, embeds: unknown): void {
  if (embeds === undefined || embeds === null) return;
  if (!Array.isArray(embeds))
    return problems.add("embeds", "LIST_TYPE_CONVERT", "Only iterables may be used.");
  if (embeds.length > EMBEDS_MAX)
    problems.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.");
  let total = 0;
  embeds.forEach((embed: unknown, index) => {
    const at = `embeds.${String(index)}`;
    if (!isObject(embed)) return problems.add(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used.");
    total += checkEmbed(problems, embed, at);
  });
  if (total > EMBED_TOTAL_MAX)
    problems.add(
      "embeds",
      "MAX_EMBED_SIZE_EXCEEDED",
      `Embed size exceeds maximum size of ${String(EMBED_TOTAL_MAX)}`,
    );
}

function checkEmbed(problems: Problems, embed: Json, at: string): number {
  const footer = isObject(embed["footer"]) ? embed["footer"] : {};
  let total = problems.length(`${at}.title`, embed["title"], 0, 256);
  total += problems.length(`${at}.description`, embed["description"], 0, 4096);
  total += problems.length(`${at}.footer.text`, footer["text"], 0, 2048);
  const color = embed["color"];
  if (color !== undefined && (!Number.isInteger(color) || Number(color) < 0 || Number(color) > 0xffffff))
    problems.add(`${at}.color`, "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.");
  const fields = embed["fields"] === undefined ? [] : embed["fields"];
  if (!Array.isArray(fields)) {
    problems.add(`${at}.fields`, "LIST_TYPE_CONVERT", "Only iterables may be used.");
    return total;
  }
  if (fields.length > 25)
    problems.add(`${at}.fields`, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
  listOf(fields).forEach((field, index) => {
    const fieldAt = `${at}.fields.${String(index)}`;
    total += problems.length(`${fieldAt}.name`, field["name"] ?? "", 1, 256);
    total += problems.length(`${fieldAt}.value`, field["value"] ?? "", 1, 1024);
  });
  const empty = total === 0 && embed["image"] === undefined && embed["thumbnail"] === undefined;
  if (empty) problems.add(`${at}.description`, "BASE_TYPE_REQUIRED", "This field is required");
  return total;
}

function checkComponents(problems: Problems, rows: unknown): void {
  if (rows === undefined || rows === null) return;
  if (!Array.isArray(rows))
    return problems.add("components", "LIST_TYPE_CONVERT", "Only iterables may be used.");
  if (rows.length > ROWS_MAX)
    problems.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
  const ids = new Set<string>();
  listOf(rows).forEach((row, rowIndex) => {
    const at = `components.${String(rowIndex)}`;
    if (row["type"] !== 1)
      return problems.add(`${at}.type`, "UNION_TYPE_CHOICES", "Value of field must be 1.");
    const buttons = listOf(row["components"]);
    if (buttons.length === 0 || buttons.length > BUTTONS_MAX)
      problems.add(`${at}.components`, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
    buttons.forEach((button, index) =>
      checkButton(problems, button, `${at}.components.${String(index)}`, ids),
    );
  });
}

function checkButton(problems: Problems, button: Json, at: string, ids: Set<string>): void {
  if (button["type"] !== 2)
    return problems.add(`${at}.type`, "UNION_TYPE_CHOICES", "Value of field must be 2.");
  const style = Number(button["style"]);
  if (!Number.isInteger(style) || style < 1 || style > PREMIUM_STYLE)
    problems.add(`${at}.style`, "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).");
  problems.length(`${at}.label`, button["label"] ?? "", 1, 80);
  if (style >= LINK_STYLE) return;
  problems.length(`${at}.custom_id`, button["custom_id"] ?? "", 1, 100);
  const id = textOf(button["custom_id"]);
  if (ids.has(id))
    problems.add(
      `${at}.custom_id`,
      "COMPONENT_CUSTOM_ID_DUPLICATED",
      "Component custom id cannot be duplicated",
    );
  ids.add(id);
}

function checkMentions(problems: Problems, mentions: unknown): void {
  if (mentions === undefined || mentions === null) return;
  if (!isObject(mentions))
    return problems.add("allowed_mentions", "DICT_TYPE_CONVERT", "Only dictionaries may be used.");
  const parse: unknown = mentions["parse"];
  const known =
    Array.isArray(parse) && parse.every((kind) => ["roles", "users", "everyone"].includes(textOf(kind)));
  if (parse !== undefined && !known)
    problems.add(
      "allowed_mentions.parse",
      "BASE_TYPE_CHOICES",
      "Value must be one of ('users', 'everyone', 'roles').",
    );
}

function checkNonce(problems: Problems, body: Json): void {
  const nonce = body["nonce"];
  if (nonce === undefined || nonce === null) return;
  if (typeof nonce === "string" && nonce.length > 25)
    problems.add("nonce", "NONCE_TYPE_TOO_LONG", "Nonce cannot be longer than 25 characters.");
  else if (typeof nonce !== "string" && !Number.isInteger(nonce))
    problems.add("nonce", "NONCE_TYPE_INVALID", "Nonce must be an integer or a string.");
}
