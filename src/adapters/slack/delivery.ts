import { createHash } from "node:crypto";
import { z } from "zod";
import { commandInMention, typedText } from "./typed-text.ts";

/** One command or press as Slack delivered it, in the words of the command bus, with all that an answer needs. */
export interface Delivery {
  /** Made of the payload's own parts, so the same however and however often Slack delivers it (Socket Mode, HTTP, again after a lost ack). */
  readonly id: string;
  readonly text: string;
  readonly userId: string;
  /** As the payload calls them; mentions do not. */
  readonly userName: string | undefined;
  readonly channel: string | null;
  readonly threadTs: string | undefined;
  /** True for a mention outside a thread: the thread begins with the answer. */
  readonly startsThread: boolean;
  /** Good for five messages in thirty minutes. */
  readonly responseUrl: string | undefined;
  readonly pressed: PressedMessage | undefined;
  /** Opens one form, within three seconds; a mention brings none. */
  readonly triggerId: string | undefined;
}

/** The confirmation, or the call for somebody, whose button was pressed. */
export interface PressedMessage {
  readonly ts: string | undefined;
  readonly label: string;
  readonly text: string;
  /** As Slack sent them; absent for ephemeral messages, whose content Slack does not repeat. */
  readonly blocks: readonly Block[] | undefined;
}

type Block = z.infer<typeof blockShape>;

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

const slashShape = z.object({
  command: z.string(),
  text: z.string().nullish(),
  user_id: z.string(),
  user_name: optionalText,
  team_id: optionalText,
  channel_id: optionalText,
  trigger_id: optionalText,
  response_url: optionalText,
});

const blockShape = z.looseObject({
  type: z.string(),
  elements: z.array(z.looseObject({ value: z.unknown().optional() })).optional(),
});

const pressShape = z.object({
  user: z.object({ id: z.string(), username: optionalText, name: optionalText }),
  channel: z.object({ id: z.string() }).nullish(),
  container: z
    .object({ message_ts: optionalText, channel_id: optionalText, thread_ts: optionalText })
    .nullish(),
  message: z
    .object({
      ts: optionalText,
      text: optionalText,
      thread_ts: optionalText,
      blocks: z.array(blockShape).nullish(),
    })
    .nullish()
    // A message of a shape not known yet must not make its button dead.
    .catch(null),
  trigger_id: optionalText,
  response_url: optionalText,
});

const buttonShape = z.object({
  action_id: optionalText,
  value: z.string(),
  action_ts: optionalText,
  text: z.object({ text: z.string() }).nullish(),
});

const mentionShape = z.object({
  user: z.string(),
  text: z.string(),
  ts: z.string(),
  thread_ts: optionalText,
  channel: z.string(),
});

/** Reads a slash command; undefined when it is none. */
export function readSlash(payload: unknown): Delivery | undefined {
  const { data } = slashShape.safeParse(payload);
  if (data === undefined) return undefined;
  const parts = [
    data.team_id,
    data.channel_id,
    data.user_id,
    data.command,
    data.text,
    data.trigger_id,
    data.response_url,
  ];
  return {
    id: deliveryId("slash", parts),
    text: typedText(`${data.command} ${data.text ?? ""}`),
    userId: data.user_id,
    userName: data.user_name,
    channel: data.channel_id ?? null,
    threadTs: undefined,
    startsThread: false,
    responseUrl: data.response_url,
    pressed: undefined,
    triggerId: data.trigger_id,
  };
}

/** Reads a button press; undefined when the pressed thing carries no command. */
export function readPress(body: unknown, action: unknown): Delivery | undefined {
  const press = pressShape.safeParse(body).data;
  const button = buttonShape.safeParse(action).data;
  if (press === undefined || button === undefined || button.value === "") return undefined;
  const channel = press.channel?.id ?? press.container?.channel_id;
  const messageTs = press.container?.message_ts ?? press.message?.ts;
  const parts = [
    channel,
    messageTs,
    press.user.id,
    button.action_id,
    button.value,
    button.action_ts,
    press.trigger_id,
  ];
  return {
    id: deliveryId("press", parts),
    text: button.value,
    userId: press.user.id,
    userName: press.user.username ?? press.user.name,
    channel: channel ?? null,
    threadTs: press.container?.thread_ts ?? press.message?.thread_ts,
    startsThread: false,
    responseUrl: press.response_url,
    pressed: isPressedOnce(button.value, press.message?.blocks ?? [])
      ? {
          ts: messageTs,
          label: button.text?.text ?? button.value,
          text: press.message?.text ?? "",
          blocks: press.message?.blocks ?? undefined,
        }
      : undefined,
    triggerId: press.trigger_id,
  };
}

/** Reads "@AlphaFlow positions"; undefined when nobody of flesh and blood wrote it. */
export function readMention(event: unknown, botUserId: string | undefined): Delivery | undefined {
  const { data } = mentionShape.safeParse(event);
  if (data === undefined) return undefined;
  return {
    // The message itself is the delivery: editing it later does not run it again.
    id: deliveryId("mention", [data.channel, data.ts, data.user]),
    text: commandInMention(data.text, botUserId),
    userId: data.user,
    userName: undefined,
    channel: data.channel,
    threadTs: data.thread_ts ?? data.ts,
    startsThread: data.thread_ts === undefined,
    responseUrl: undefined,
    pressed: undefined,
    triggerId: undefined,
  };
}

/** A confirmation, or a call for somebody: the first press that counts takes the buttons away. */
function isPressedOnce(pressed: string, blocks: readonly Block[]): boolean {
  const values = blocks.flatMap((block) => block.elements ?? []).map((element) => element.value);
  return [pressed, ...values].some(
    (value) => typeof value === "string" && /^\/?(?:confirm|ack)\b/.test(value),
  );
}

/** The same for the same parts, whatever way and however often they came. */
export function deliveryId(kind: string, parts: readonly unknown[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${kind}-${digest.slice(0, 32)}`;
}
