import { z } from "zod";
import type { Gesture } from "../../commands/contract.ts";
import { deliveryId, type Delivery } from "./delivery.ts";
import { typedText } from "./typed-text.ts";

/** Names of our message shortcuts, as the manifest has them. */
export const WHY_SHORTCUT = "alphaflow:why";
export const JOURNAL_SHORTCUT = "alphaflow:journal";

/** Something done to a message: what it is, and the delivery that its command would be, still without its text. */
export interface Gestured {
  readonly gesture: Omit<Gesture, "actor">;
  readonly delivery: Delivery;
}

const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined);

const replyShape = z.object({
  user: z.string(),
  text: z.string(),
  ts: z.string(),
  thread_ts: z.string(),
  channel: z.string(),
  subtype: z.literal("thread_broadcast").optional(),
  // Whatever a bot wrote, ours or another's, is no note.
  bot_id: z.undefined().optional(),
});

const reactionShape = z.object({
  type: z.enum(["reaction_added", "reaction_removed"]),
  user: z.string(),
  reaction: z.string(),
  item: z.object({ type: z.literal("message"), channel: z.string(), ts: z.string() }),
  event_ts: z.string(),
});

const shortcutShape = z.object({
  callback_id: z.enum([WHY_SHORTCUT, JOURNAL_SHORTCUT]),
  user: z.object({ id: z.string(), username: optionalText, name: optionalText }),
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: optionalText, text: optionalText, bot_id: optionalText }),
  action_ts: optionalText,
  trigger_id: optionalText,
  response_url: optionalText,
});

/** A reply in a thread; undefined for all other messages, and for one that is said to the bot. */
export function readReply(event: unknown, botUserId: string | undefined): Gestured | undefined {
  const { data } = replyShape.safeParse(event);
  if (data === undefined || data.user === botUserId || data.ts === data.thread_ts) return undefined;
  const { channel, ts, thread_ts: threadTs, user, text } = data;
  // That one comes as a mention too, and is a command.
  if (botUserId !== undefined && text.includes(`<@${botUserId}`)) return undefined;
  return {
    gesture: { messageId: threadTs, replyId: ts, act: { kind: "reply", text: typedText(text) } },
    delivery: quiet(deliveryId("reply", [channel, ts, user]), { user, channel, threadTs }),
  };
}

/** A reaction that was put on a message or taken off. */
export function readReaction(event: unknown, botUserId: string | undefined): Gestured | undefined {
  const { data } = reactionShape.safeParse(event);
  if (data === undefined || data.user === botUserId) return undefined;
  const { type, user, reaction, item, event_ts: eventTs } = data;
  const taken = type === "reaction_removed";
  return {
    gesture: { messageId: item.ts, act: { kind: "reaction", emoji: reaction, taken } },
    delivery: quiet(deliveryId(type, [item.channel, item.ts, user, reaction, eventTs]), {
      user,
      channel: item.channel,
      threadTs: item.ts,
    }),
  };
}

/** "Why" or "Journal" from a message's menu; what an alert says counts only where we said it. */
export function readShortcut(body: unknown, botId: string | undefined): Gestured | undefined {
  const { data } = shortcutShape.safeParse(body);
  if (data === undefined) return undefined;
  const { callback_id: callback, user, channel, message } = data;
  const parts = [callback, channel.id, message.ts, user.id, data.action_ts, data.trigger_id];
  return {
    gesture: {
      messageId: message.thread_ts ?? message.ts,
      ...(botId !== undefined && message.bot_id === botId && message.text !== undefined
        ? { said: typedText(message.text) }
        : {}),
      act: { kind: callback === WHY_SHORTCUT ? "why" : "journal" },
    },
    delivery: {
      ...quiet(deliveryId("shortcut", parts), {
        user: user.id,
        channel: channel.id,
        threadTs: message.thread_ts,
      }),
      userName: user.username ?? user.name,
      responseUrl: data.response_url,
      triggerId: data.trigger_id,
    },
  };
}

function quiet(
  id: string,
  at: { readonly user: string; readonly channel: string; readonly threadTs: string | undefined },
): Delivery {
  return {
    id,
    text: "",
    userId: at.user,
    userName: undefined,
    channel: at.channel,
    threadTs: at.threadTs,
    startsThread: false,
    responseUrl: undefined,
    pressed: undefined,
    triggerId: undefined,
  };
}
