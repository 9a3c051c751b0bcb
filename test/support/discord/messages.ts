import type { Upload } from "./body.ts";
import { isObject, listOf, textOf, type Json } from "./json.ts";
import { emptyMessage, invalidForm } from "./reply.ts";
import { snowflake } from "./snowflake.ts";
import { FLAG, type DiscordMessage, type DiscordUser } from "./types.ts";
import { attachmentProblems, messageProblems } from "./validate-message.ts";

/** Flags a bot may set: SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS. */
const SETTABLE_FLAGS = (1 << 2) | FLAG.ephemeral | (1 << 12);

/** Turns an accepted body into a message; throws the 400 of a refused one. */
export function createMessage(
  body: Json,
  files: readonly Upload[],
  at: { readonly channelId: string; readonly interactionId: string | null },
): DiscordMessage {
  check(body, files);
  const message: DiscordMessage = {
    id: snowflake(Date.now()),
    channelId: at.channelId,
    content: textOf(body["content"]),
    embeds: listOf(body["embeds"]),
    components: listOf(body["components"]),
    files: described(body, files),
    flags: Number(body["flags"] ?? 0) & SETTABLE_FLAGS,
    nonce: nonceOf(body["nonce"]),
    pings: pingsOf(body),
    edits: 0,
    deleted: false,
    interactionId: at.interactionId,
  };
  refuseEmpty(message);
  return message;
}

/** The payload of the MESSAGE_CREATE of what a person wrote. */
export function personMessage(
  user: DiscordUser,
  content: string,
  at: { readonly guildId: string; readonly channelId: string; readonly to?: string | undefined },
): Json {
  const { id, name, roles = [] } = user;
  return {
    id: snowflake(Date.now()),
    type: at.to === undefined ? 0 : 19,
    channel_id: at.channelId,
    guild_id: at.guildId,
    author: { id, username: name.toLowerCase(), discriminator: "0", global_name: name, avatar: null },
    member: { roles, nick: null, joined_at: "2024-01-01T00:00:00.000Z", deaf: false, mute: false, flags: 0 },
    content,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    pinned: false,
    flags: 0,
    ...(at.to === undefined
      ? {}
      : {
          message_reference: { type: 0, message_id: at.to, channel_id: at.channelId, guild_id: at.guildId },
        }),
  };
}

/** What is absent stays, null clears; ephemeral cannot be changed afterwards. */
export function editMessage(message: DiscordMessage, body: Json, files: readonly Upload[]): void {
  check(body, files);
  const next = {
    ...message,
    ...("content" in body ? { content: textOf(body["content"]) } : {}),
    ...("embeds" in body ? { embeds: listOf(body["embeds"]) } : {}),
    ...("components" in body ? { components: listOf(body["components"]) } : {}),
    ...(files.length > 0 ? { files: described(body, files) } : {}),
  };
  refuseEmpty(next);
  Object.assign(message, next, {
    flags: message.flags & ~FLAG.loading,
    edits: message.edits + 1,
    pings: pingsOf(body),
  });
}

/** The placeholder of a deferred answer. */
export function loadingMessage(channelId: string, interactionId: string, flags: unknown): DiscordMessage {
  const ephemeral = Number(flags ?? 0) & FLAG.ephemeral;
  return {
    id: snowflake(Date.now()),
    channelId,
    content: "",
    embeds: [],
    components: [],
    files: [],
    flags: FLAG.loading | ephemeral,
    nonce: null,
    pings: [],
    edits: 0,
    deleted: false,
    interactionId,
  };
}

/** The message object of the API. */
export function messageJson(message: DiscordMessage, applicationId: string): Json {
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.interactionId === null ? 0 : 20,
    content: message.content,
    embeds: message.embeds,
    components: message.components,
    attachments: message.files.map((file, index) => ({
      id: String(index),
      filename: file.name,
      size: file.bytes.length,
      url: "",
      proxy_url: "",
    })),
    flags: message.flags,
    author: {
      id: applicationId,
      username: "alphaflow",
      discriminator: "0",
      global_name: null,
      avatar: null,
      bot: true,
    },
    timestamp: new Date().toISOString(),
    edited_timestamp: message.edits > 0 ? new Date().toISOString() : null,
    tts: false,
    mention_everyone: message.pings.includes("everyone"),
    mentions: [],
    mention_roles: [],
    pinned: false,
    ...(message.nonce === null ? {} : { nonce: message.nonce }),
    ...(message.interactionId === null ? {} : { application_id: applicationId, webhook_id: applicationId }),
  };
}

/** The files with the alt texts that the body's `attachments` give them. */
function described(body: Json, files: readonly Upload[]): DiscordMessage["files"] {
  const attachments = listOf(body["attachments"]);
  return files.map((file, index) => {
    const description = attachments.find(({ id }) => String(id) === String(index))?.["description"];
    return typeof description === "string" ? { ...file, description } : file;
  });
}

function check(body: Json, files: readonly Upload[]): void {
  const problems = messageProblems(body);
  attachmentProblems(problems, body, files);
  if (!problems.none) throw invalidForm(problems);
}

function refuseEmpty(message: DiscordMessage): void {
  const blank = message.content.trim() === "";
  if (blank && message.embeds.length === 0 && message.files.length === 0 && message.components.length === 0)
    throw emptyMessage();
}

/** Only the content notifies, and only what `allowed_mentions` lets through; without it, everything does. */
function pingsOf(body: Json): readonly string[] {
  const content = textOf(body["content"]);
  const allowed = isObject(body["allowed_mentions"]) ? body["allowed_mentions"] : null;
  const parse = allowed === null ? ["everyone", "users", "roles"] : strings(allowed["parse"]);
  const pings: string[] = [];
  if (parse.includes("everyone"))
    for (const [, word] of content.matchAll(/@(everyone|here)/g)) pings.push(textOf(word));
  for (const [, sigil, id] of content.matchAll(/<@([!&]?)(\d+)>/g)) {
    const kind = sigil === "&" ? "roles" : "users";
    const listed = allowed !== null && strings(allowed[kind]).includes(textOf(id));
    if (parse.includes(kind) || listed) pings.push(textOf(id));
  }
  return pings;
}

function nonceOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
