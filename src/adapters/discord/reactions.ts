import { Routes, type REST } from "discord.js";
import { z } from "zod";
import { ALREADY_HANDLED } from "../../commands/answers.ts";
import type { Actor, CommandBus } from "../../commands/contract.ts";
import type { Log } from "../../ports.ts";
import { explain } from "./explain.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

/** A MESSAGE_REACTION_ADD or …_REMOVE as Discord sent it, and a name that it has again when it is replayed. */
export interface HeardReaction {
  readonly deliveryId: string;
  readonly taken: boolean;
  readonly payload: unknown;
}

const memberShape = z.object({
  user: z
    .object({ username: z.string().nullish(), global_name: z.string().nullish(), bot: z.boolean().nullish() })
    .nullish(),
  nick: z.string().nullish(),
  roles: z.array(z.string()).nullish(),
});

const reactionShape = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  message_id: z.string(),
  guild_id: z.string(),
  /** Comes with an added reaction only. */
  member: memberShape.nullish(),
  emoji: z.object({ name: z.string().nullish() }),
});

/**
 * A reaction on a card as a tag in the journal; on anything else, or from anybody else, just a reaction. Discord gives no way
 * to whisper without an interaction, so what is refused is in the log and the audit. Never throws.
 */
export async function takeReaction(
  { bus, rest, log }: { readonly bus: CommandBus; readonly rest: REST; readonly log: Log },
  { deliveryId, taken, payload }: HeardReaction,
): Promise<void> {
  const { data } = reactionShape.safeParse(payload);
  const emoji = data?.emoji.name ?? "";
  if (data === undefined || emoji === "" || data.member?.user?.bot === true) return;
  try {
    const actor = await actorOf(rest, data);
    const { channel_id: channel, message_id: messageId } = data;
    const text = await bus.meaning({ actor, messageId, act: { kind: "reaction", emoji, taken } });
    if (text === undefined) return;
    const result = await bus.dispatch({ text, actor, channel, deliveryId });
    if (result !== ALREADY_HANDLED) log.info({ platform: "discord", deliveryId, command: text }, result.text);
  } catch (error) {
    log.warn({ platform: "discord", deliveryId }, `a reaction was not read: ${explain(error)}`);
  }
}

/** Whoever takes a reaction away comes without roles, which decide: then the member is asked for. */
async function actorOf(rest: REST, data: z.infer<typeof reactionShape>): Promise<Actor> {
  const member =
    data.member ??
    memberShape.parse(
      await rest.get(Routes.guildMember(data.guild_id, data.user_id), {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }),
    );
  return {
    platform: "discord",
    userId: data.user_id,
    name: member.nick ?? member.user?.global_name ?? member.user?.username ?? data.user_id,
    groupIds: member.roles ?? [],
  };
}
