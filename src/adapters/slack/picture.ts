import type { types, webApi } from "@slack/bolt";
import type { Message, Picture } from "../../message.ts";
import type { Clock, Log, Pictures } from "../../ports.ts";
import { fit, mrkdwn, plain } from "./escape.ts";
import { explain, slackCode } from "./explain.ts";
import { render } from "./render.ts";

// docs.slack.dev/reference/block-kit/blocks/image-block
const ALT_TEXT = 2000;
/** Slack looks at an upload in its own time and refuses the block until it has (python-slack-sdk #1521). */
const LOOK_AGAIN_MS = [300, 700, 1500, 3000] as const;

export interface PictureParts {
  readonly web: webApi.WebClient;
  readonly pictures: Pictures;
  readonly clock: Clock;
  readonly log: Log;
}

/** A message that stands in Slack already. */
export interface Posted {
  readonly channel: string;
  readonly ts: string;
  /** The thread it stands in. */
  readonly threadTs?: string | undefined;
}

/**
 * Puts a message's picture into the message, which stands there already: whatever becomes of the picture, the text is said.
 * Where the block is refused the picture goes into the message's thread, and where no picture can go its alt text does. Never throws.
 */
export async function attachPicture(
  parts: PictureParts,
  posted: Posted,
  message: Message,
  picture: Picture,
): Promise<void> {
  const png = await parts.pictures.draw(picture.drawing);
  if (png !== undefined) {
    const file = { file: Buffer.from(png), filename: picture.name, title: picture.name };
    const fileId = await upload(parts, file);
    if (fileId !== undefined && (await showInMessage(parts, posted, message, imageBlock(fileId, picture))))
      return;
    if (
      fileId !== undefined &&
      (await showInThread(parts, posted, { ...file, initial_comment: fit(picture.alt, ALT_TEXT, mrkdwn) }))
    )
      return;
  }
  await edit(parts, posted, withAltText(message)).catch((error: unknown) =>
    parts.log.warn({ platform: "slack", picture: picture.name }, `its alt text is lost: ${explain(error)}`),
  );
}

/** The message with its alt text for those whom no picture can reach. */
export function withAltText(message: Message): Message {
  const { picture, ...rest } = message;
  return picture === undefined
    ? message
    : { ...rest, footer: [...(rest.footer ?? []).slice(0, 9), picture.alt] };
}

interface PictureFile {
  readonly file: Buffer;
  readonly filename: string;
  readonly title: string;
}

/**
 * Uploads it for the app alone: the block shows it to whoever sees the message. Without the upload's own alt text, which makes
 * Slack drop files silently (python-slack-sdk #1818); the block has its own.
 */
async function upload({ web, log }: PictureParts, file: PictureFile): Promise<string | undefined> {
  try {
    const { files } = await web.filesUploadV2({ ...file });
    return files[0]?.files?.[0]?.id;
  } catch (error) {
    log.warn({ platform: "slack", file: file.filename }, `a picture was not taken: ${explain(error)}`);
    return undefined;
  }
}

async function showInMessage(
  parts: PictureParts,
  posted: Posted,
  message: Message,
  image: types.KnownBlock,
): Promise<boolean> {
  for (const pauseMs of LOOK_AGAIN_MS) {
    await parts.clock.sleep(pauseMs);
    try {
      await edit(parts, posted, message, image);
      return true;
    } catch (error) {
      if (slackCode(error) === "invalid_blocks") continue;
      parts.log.warn({ platform: "slack" }, `a picture is not in its message: ${explain(error)}`);
      return false;
    }
  }
  parts.log.warn({ platform: "slack" }, "a picture is not in its message: Slack refuses the block");
  return false;
}

async function showInThread(
  { web, log }: PictureParts,
  { channel, ts, threadTs }: Posted,
  file: PictureFile & { readonly initial_comment: string },
): Promise<boolean> {
  try {
    await web.filesUploadV2({ ...file, channel_id: channel, thread_ts: threadTs ?? ts });
    return true;
  } catch (error) {
    log.warn({ platform: "slack", file: file.filename }, `a picture was not shared: ${explain(error)}`);
    return false;
  }
}

async function edit(
  { web }: PictureParts,
  { channel, ts }: Posted,
  message: Message,
  image?: types.KnownBlock,
): Promise<void> {
  await web.chat.update({ channel, ts, ...render(message, image) });
}

function imageBlock(fileId: string, { alt }: Picture): types.KnownBlock {
  const text = fit(alt, ALT_TEXT, plain);
  return { type: "image", slack_file: { id: fileId }, alt_text: text === "" ? "–" : text };
}
