import { MessageType, Routes, type REST } from "discord.js";
import { z } from "zod";
import { ALREADY_HANDLED } from "../../commands/answers.ts";
import type { Actor, Answer, CommandBus } from "../../commands/contract.ts";
import type { Log } from "../../ports.ts";
import { cut, literal } from "./escape.ts";
import { explain } from "./explain.ts";
import { nonceOf } from "./outlet.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

/** Put under a message that is in the journal now. */
const NOTED = "📝";
const CONTENT_MAX = 2000;

/** A MESSAGE_CREATE as Discord sent it, and who we are, so that our own mention is known. */
export interface HeardMessage {
  readonly botUserId: string;
  readonly payload: unknown;
}

const messageShape = z.object({
  id: z.string(),
  channel_id: z.string(),
  guild_id: z.string(),
  type: z.union([z.literal(MessageType.Default), z.literal(MessageType.Reply)]),
  content: z.string(),
  webhook_id: z.undefined().optional(),
  author: z.object({
    id: z.string(),
    username: z.string(),
    global_name: z.string().nullish(),
    bot: z.literal(false).optional(),
  }),
  member: z.object({ nick: z.string().nullish(), roles: z.array(z.string()) }),
  mentions: z.array(z.object({ id: z.string(), username: z.string(), global_name: z.string().nullish() })),
  message_reference: z.object({ message_id: z.string().nullish() }).nullish(),
});
type Said = z.infer<typeof messageShape>;

/**
 * What a person says in the thread of a card or an alert, or as a reply to one, as a note in the journal; everything else is
 * talk. Without the Message Content intent Discord tells only what mentions the bot, as a reply to it does. Never throws.
 */
export async function takeReply(
  { bus, rest, log }: { readonly bus: CommandBus; readonly rest: REST; readonly log: Log },
  { botUserId, payload }: HeardMessage,
): Promise<void> {
  const { data } = messageShape.safeParse(payload);
  if (data === undefined || data.author.id === botUserId) return;
  const said = wordsOf(data, botUserId);
  if (said === "") return;
  const deliveryId = `reply ${data.id}`;
  try {
    const actor = actorOf(data);
    const text = await meaningOf(bus, actor, data, said);
    if (text === undefined) return;
    const result: Answer = await bus.dispatch({ text, actor, channel: data.channel_id, deliveryId });
    if (result === ALREADY_HANDLED) return;
    if (result.refused === true || result.tone === "bad") await objectTo(rest, data, result.text);
    else
      await rest.put(Routes.channelMessageOwnReaction(data.channel_id, data.id, encodeURIComponent(NOTED)), {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
  } catch (error) {
    log.warn({ platform: "discord", deliveryId }, `what was said to a message: ${explain(error)}`);
  }
}

/** About the message that it answers, else about the one whose thread it is in: a thread has the id of its message. */
async function meaningOf(
  bus: CommandBus,
  actor: Actor,
  { channel_id: channel, message_reference: answered }: Said,
  said: string,
): Promise<string | undefined> {
  const act = { kind: "reply", text: said } as const;
  const answeredId = answered?.message_id ?? undefined;
  const direct =
    answeredId === undefined ? undefined : await bus.meaning({ actor, messageId: answeredId, act });
  return direct ?? (await bus.meaning({ actor, messageId: channel, act }));
}

/** What the person typed: without the mention of the bot, and with names where Discord has ids. */
function wordsOf({ content, mentions }: Said, botUserId: string): string {
  const names = new Map(mentions.map(({ id, username, global_name: name }) => [id, name ?? username]));
  return content
    .replaceAll(/<@!?(\d+)>/g, (mention, id: string) =>
      id === botUserId ? "" : names.has(id) ? `@${names.get(id) ?? ""}` : mention,
    )
    .trim();
}

function actorOf({ author, member }: Said): Actor {
  return {
    platform: "discord",
    userId: author.id,
    name: member.nick ?? author.global_name ?? author.username,
    groupIds: member.roles,
  };
}

/** Below the message that was not taken: without an interaction there is no way to say it to the person alone. */
async function objectTo(rest: REST, { channel_id: channel, id }: Said, why: string): Promise<void> {
  await rest.post(Routes.channelMessages(channel), {
    body: {
      content: cut(literal(why), CONTENT_MAX),
      message_reference: { message_id: id, fail_if_not_exists: false },
      allowed_mentions: { parse: [] },
      nonce: nonceOf(`objection ${id}`),
      enforce_nonce: true,
    },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
}
