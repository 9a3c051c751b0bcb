import type { Json } from "./types.ts";

/** Whether an uploaded file may be shown in an image block. */
type Showable = (fileId: string) => boolean;

/** Everything Slack's documentation forbids in a message's text and blocks, in words; empty when it would be taken. */
export function problemsOf(
  content: { readonly text?: unknown; readonly blocks?: unknown },
  showable: Showable = () => false,
): readonly string[] {
  const found: string[] = [];
  if (content.text !== undefined && typeof content.text !== "string") found.push("text is no string");
  const blocks = content.blocks ?? [];
  if (!Array.isArray(blocks)) return [...found, "blocks is no array"];
  if (blocks.length > 50) found.push(`${blocks.length} blocks, at most 50`);
  const actionIds: string[] = [];
  for (const [index, block] of blocks.entries()) {
    if (!isJson(block)) found.push(`block ${index} is no object`);
    else
      found.push(
        ...blockProblems(block, actionIds, showable).map(
          (problem) => `block ${index} (${String(block["type"])}): ${problem}`,
        ),
      );
  }
  if (new Set(actionIds).size !== actionIds.length) found.push("an action_id comes twice");
  const whole = JSON.stringify(blocks).length;
  if (whole > 13_000) found.push(`msg_blocks_too_long: ${whole} characters`);
  return found;
}

export function blockProblems(block: Json, actionIds: string[], showable: Showable): readonly string[] {
  const id = block["block_id"];
  const named =
    id === undefined || (typeof id === "string" && id.length <= 255) ? [] : ["block_id is too long"];
  switch (block["type"]) {
    case "header":
      return [...named, ...textProblems(block["text"], 150, ["plain_text"])];
    case "section":
      return [...named, ...sectionProblems(block)];
    case "context":
      return [
        ...named,
        ...listProblems(block["elements"], 10, (element) =>
          textProblems(element, 3000, ["plain_text", "mrkdwn"]),
        ),
      ];
    case "actions":
      return [
        ...named,
        ...listProblems(block["elements"], 25, (element) => buttonProblems(element, actionIds)),
      ];
    case "image":
      return [...named, ...imageProblems(block, showable)];
    case "divider":
      return named;
    default:
      return [`unsupported type`];
  }
}

/** docs.slack.dev/reference/block-kit/blocks/image-block and …/composition-objects/slack-file-object */
function imageProblems(block: Json, showable: Showable): readonly string[] {
  const { alt_text: alt, image_url: url, slack_file: file, title } = block;
  const found = title === undefined ? [] : [...textProblems(title, 2000, ["plain_text"])];
  if (typeof alt !== "string" || alt === "") found.push("alt_text is missing");
  else if (alt.length > 2000) found.push(`alt_text of ${alt.length} characters, at most 2000`);
  if ((url === undefined) === (file === undefined)) found.push("either image_url or slack_file");
  if (url !== undefined && (typeof url !== "string" || url.length > 3000)) found.push("image_url");
  if (file === undefined) return found;
  const id = isJson(file) && file["url"] === undefined ? file["id"] : undefined;
  if (typeof id !== "string" || !/^F[A-Z0-9]{8,}$/.test(id)) return [...found, "slack_file has no good id"];
  return showable(id) ? found : [...found, "invalid slack file"];
}

function sectionProblems(block: Json): readonly string[] {
  const { text, fields } = block;
  if (text === undefined && fields === undefined) return ["neither text nor fields"];
  return [
    ...(text === undefined ? [] : textProblems(text, 3000, ["plain_text", "mrkdwn"])),
    ...(fields === undefined
      ? []
      : listProblems(fields, 10, (field) => textProblems(field, 2000, ["plain_text", "mrkdwn"]))),
  ];
}

function buttonProblems(element: unknown, actionIds: string[]): readonly string[] {
  if (!isJson(element) || element["type"] !== "button") return ["an element is no button"];
  const found = [...textProblems(element["text"], 75, ["plain_text"])];
  const { action_id: actionId, value, style } = element;
  if (typeof actionId !== "string" || actionId === "" || actionId.length > 255)
    found.push("action_id must have 1 to 255 characters");
  else actionIds.push(actionId);
  if (value !== undefined && (typeof value !== "string" || value.length > 2000))
    found.push("value is longer than 2000");
  if (style !== undefined && style !== "primary" && style !== "danger")
    found.push(`style ${JSON.stringify(style)}`);
  return found;
}

export function textProblems(text: unknown, limit: number, types: readonly string[]): readonly string[] {
  if (!isJson(text)) return ["text is no text object"];
  const found: string[] = [];
  const { type, text: words } = text;
  if (typeof type !== "string" || !types.includes(type)) found.push(`text type ${String(type)}`);
  if (typeof words !== "string" || words.length < 1) found.push("text must be more than 0 characters");
  else if (words.length > limit) found.push(`text of ${words.length} characters, at most ${limit}`);
  const allowed = type === "mrkdwn" ? ["type", "text", "verbatim"] : ["type", "text", "emoji"];
  for (const key of Object.keys(text)) if (!allowed.includes(key)) found.push(`text has ${key}`);
  return found;
}

function listProblems(
  list: unknown,
  most: number,
  each: (element: unknown) => readonly string[],
): readonly string[] {
  if (!Array.isArray(list) || list.length === 0) return ["no elements"];
  const found = list.flatMap((element: unknown) => each(element));
  return list.length > most ? [...found, `${list.length} elements, at most ${most}`] : found;
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
