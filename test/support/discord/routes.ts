import { bodyObject, type RequestBody } from "./body.ts";
import { isObject, listOf, textOf, type Json } from "./json.ts";
import { createMessage, editMessage, loadingMessage, messageJson } from "./messages.ts";
import type { RateLimit } from "./rate-limit.ts";
import {
  acknowledged,
  deadToken,
  invalidForm,
  missingAccess,
  missingPermissions,
  refusal,
  Reply,
  unauthorized,
  unknown,
} from "./reply.ts";
import { snowflake } from "./snowflake.ts";
import {
  CALLBACK,
  FLAG,
  INTERACTION,
  type DiscordMessage,
  type DiscordUser,
  type Interaction,
} from "./types.ts";
import { modalProblems } from "./validate-modal.ts";
import { choicesProblems, commandProblems } from "./validate-commands.ts";

/** What the REST side reads and changes. */
export interface Guildhall {
  readonly token: string;
  readonly applicationId: string;
  readonly guildId: string;
  readonly guildName: string;
  /** Channel ids; false where the bot may not look. */
  readonly channels: Map<string, boolean>;
  /** Names of threads by their id, which is that of the message they were made from. */
  readonly threads: Map<string, string>;
  readonly pins: Set<string>;
  /** What the bot was given beside View Channel and Send Messages. */
  readonly may: { threads: boolean; pins: boolean };
  readonly messages: DiscordMessage[];
  /** What the bot put under messages. */
  readonly reactions: { readonly messageId: string; readonly emoji: string }[];
  /** Of the application, as the developer portal has set them. */
  flags: number;
  readonly members: Map<string, DiscordUser>;
  readonly interactions: Interaction[];
  readonly commands: Map<string, readonly Json[]>;
  readonly limit: RateLimit;
  readonly firstAnswerMs: number;
  readonly tokenLifeMs: number;
  gatewayUrl(): string;
}

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: RequestBody;
}

type Route = (hall: Guildhall, request: RestRequest, ids: readonly string[]) => Reply;

/** Callbacks and webhooks carry their token in the path; everything else needs the bot's. */
const OPEN = /^\/(interactions|webhooks)\//;

const ROUTES: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ["GET", /^\/gateway$/, (hall) => new Reply(200, { url: hall.gatewayUrl() })],
  ["GET", /^\/gateway\/bot$/, gatewayBot],
  ["GET", /^\/users\/@me$/, (hall) => new Reply(200, botUser(hall))],
  ["GET", /^\/(?:oauth2\/)?applications\/@me$/, application],
  ["GET", /^\/guilds\/(\d+)$/, guild],
  ["GET", /^\/guilds\/(\d+)\/members\/(\d+)$/, member],
  ["GET", /^\/channels\/(\d+)$/, channel],
  ["GET", /^\/applications\/(\d+)\/commands$/, readCommands],
  ["PUT", /^\/applications\/(\d+)\/commands$/, writeCommands],
  ["GET", /^\/applications\/(\d+)\/guilds\/(\d+)\/commands$/, readCommands],
  ["PUT", /^\/applications\/(\d+)\/guilds\/(\d+)\/commands$/, writeCommands],
  ["POST", /^\/channels\/(\d+)\/messages$/, postMessage],
  ["GET", /^\/channels\/(\d+)\/messages$/, listMessages],
  ["GET", /^\/channels\/(\d+)\/messages\/(\d+)$/, readMessage],
  ["PATCH", /^\/channels\/(\d+)\/messages\/(\d+)$/, patchMessage],
  ["POST", /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/, startThread],
  ["PUT", /^\/channels\/(\d+)\/messages\/pins\/(\d+)$/, pinMessage],
  ["PUT", /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/, addReaction],
  ["POST", /^\/interactions\/(\d+)\/([^/]+)\/callback$/, callback],
  ["GET", /^\/webhooks\/(\d+)\/([^/]+)\/messages\/(@original|\d+)$/, readAnswer],
  ["PATCH", /^\/webhooks\/(\d+)\/([^/]+)\/messages\/(@original|\d+)$/, patchAnswer],
  ["DELETE", /^\/webhooks\/(\d+)\/([^/]+)\/messages\/(@original|\d+)$/, deleteAnswer],
  ["POST", /^\/webhooks\/(\d+)\/([^/]+)$/, followUp],
];

export function route(hall: Guildhall, request: RestRequest): Reply {
  if (!OPEN.test(request.path) && request.authorization !== `Bot ${hall.token}`) throw unauthorized();
  for (const [method, path, handler] of ROUTES) {
    const match = path.exec(request.path);
    if (match !== null && method === request.method) return handler(hall, request, match.slice(1));
  }
  throw refusal(404, 0, "404: Not Found");
}

function gatewayBot(hall: Guildhall): Reply {
  const session_start_limit = { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 };
  return new Reply(200, { url: hall.gatewayUrl(), shards: 1, session_start_limit });
}

export function botUser(hall: Guildhall): Json {
  return {
    id: hall.applicationId,
    username: "alphaflow",
    discriminator: "0",
    global_name: null,
    avatar: null,
    bot: true,
    flags: 0,
  };
}

function application(hall: Guildhall): Reply {
  const base = { id: hall.applicationId, name: "alphaflow", icon: null, description: "", bot_public: false };
  return new Reply(200, {
    ...base,
    bot_require_code_grant: false,
    verify_key: "",
    flags: hall.flags,
    bot: botUser(hall),
  });
}

function guild(hall: Guildhall, _request: RestRequest, [id]: readonly string[]): Reply {
  if (id !== hall.guildId) throw unknown.guild();
  return new Reply(200, { id, name: hall.guildName, roles: [], emojis: [], features: [] });
}

function member(hall: Guildhall, _request: RestRequest, [guildId, userId = ""]: readonly string[]): Reply {
  if (guildId !== hall.guildId) throw unknown.guild();
  const user = hall.members.get(userId);
  if (user === undefined) throw refusal(404, 10007, "Unknown Member");
  return new Reply(200, memberJson(user));
}

export function memberJson({ id, name, roles = [] }: DiscordUser): Json {
  return {
    user: { id, username: name, discriminator: "0", global_name: name, avatar: null },
    roles,
    nick: null,
    joined_at: "2024-01-01T00:00:00.000Z",
    deaf: false,
    mute: false,
    flags: 0,
  };
}

function channel(hall: Guildhall, _request: RestRequest, [id = ""]: readonly string[]): Reply {
  seeChannel(hall, id);
  return new Reply(200, { id, type: 0, guild_id: hall.guildId, name: "desk" });
}

function seeChannel(hall: Guildhall, id: string): void {
  const visible = hall.channels.get(id);
  if (visible === undefined) throw unknown.channel();
  if (!visible) throw missingAccess();
}

function commandScope(hall: Guildhall, [applicationId, guildId]: readonly string[]): string {
  if (applicationId !== hall.applicationId)
    throw refusal(403, 20012, "You are not authorized to perform this action on this application");
  if (guildId !== undefined && guildId !== hall.guildId) throw missingAccess();
  return guildId ?? "global";
}

function readCommands(hall: Guildhall, _request: RestRequest, ids: readonly string[]): Reply {
  return new Reply(200, hall.commands.get(commandScope(hall, ids)) ?? []);
}

function writeCommands(hall: Guildhall, request: RestRequest, ids: readonly string[]): Reply {
  const scope = commandScope(hall, ids);
  const problems = commandProblems(request.body.json);
  if (!problems.none) throw invalidForm(problems);
  // Discord answers with its defaults filled in, and drops what is at its default from options.
  const stored = listOf(request.body.json).map((command) => ({
    id: snowflake(Date.now()),
    application_id: hall.applicationId,
    version: snowflake(Date.now()),
    default_member_permissions: command["default_member_permissions"] ?? null,
    type: command["type"] ?? 1,
    name: command["name"],
    name_localizations: null,
    description: command["description"],
    description_localizations: null,
    ...(scope === "global" ? { dm_permission: true, contexts: null } : { guild_id: scope }),
    integration_types: [0],
    nsfw: false,
    ...(listOf(command["options"]).length > 0
      ? { options: listOf(command["options"]).map(storedOption) }
      : {}),
  }));
  hall.commands.set(scope, stored);
  return new Reply(200, stored);
}

function storedOption(option: Json): Json {
  const { required, options, autocomplete, ...rest } = option;
  return {
    ...rest,
    name_localizations: null,
    description_localizations: null,
    ...(required === true ? { required } : {}),
    ...(autocomplete === true ? { autocomplete } : {}),
    ...(listOf(options).length > 0 ? { options: listOf(options).map(storedOption) } : {}),
  };
}

function postMessage(hall: Guildhall, request: RestRequest, [channelId = ""]: readonly string[]): Reply {
  seeChannel(hall, channelId);
  const taken = hall.limit.take(channelId, Date.now());
  if ("reply" in taken) throw taken.reply;
  const body = bodyObject(request.body);
  const message = createMessage(body, request.body.files, { channelId, interactionId: null });
  const twin = hall.messages.find(
    (known) => known.channelId === channelId && known.nonce !== null && known.nonce === message.nonce,
  );
  if (body["enforce_nonce"] === true && twin !== undefined)
    return new Reply(200, messageJson(twin, hall.applicationId), taken.headers);
  hall.messages.push(message);
  return new Reply(200, messageJson(message, hall.applicationId), taken.headers);
}

function listMessages(hall: Guildhall, request: RestRequest, [channelId = ""]: readonly string[]): Reply {
  seeChannel(hall, channelId);
  const shown = hall.messages.filter((message) => message.channelId === channelId && !message.deleted);
  return new Reply(
    200,
    shown
      .reverse()
      .slice(0, Math.min(100, Number(request.query.get("limit") ?? 50)))
      .map((message) => messageJson(message, hall.applicationId)),
  );
}

function findMessage(hall: Guildhall, channelId: string, id: string): DiscordMessage {
  seeChannel(hall, channelId);
  const message = hall.messages.find(
    (known) => known.channelId === channelId && known.id === id && !known.deleted,
  );
  if (message === undefined) throw unknown.message();
  return message;
}

function readMessage(
  hall: Guildhall,
  _request: RestRequest,
  [channelId = "", id = ""]: readonly string[],
): Reply {
  return new Reply(200, messageJson(findMessage(hall, channelId, id), hall.applicationId));
}

function patchMessage(
  hall: Guildhall,
  request: RestRequest,
  [channelId = "", id = ""]: readonly string[],
): Reply {
  const message = findMessage(hall, channelId, id);
  const taken = hall.limit.take(channelId, Date.now(), "edits");
  if ("reply" in taken) throw taken.reply;
  editMessage(message, bodyObject(request.body), request.body.files);
  return new Reply(200, messageJson(message, hall.applicationId), taken.headers);
}

function startThread(
  hall: Guildhall,
  request: RestRequest,
  [channelId = "", id = ""]: readonly string[],
): Reply {
  findMessage(hall, channelId, id);
  if (!hall.may.threads) throw missingPermissions();
  if (hall.threads.has(id)) throw refusal(400, 160004, "A thread has already been created for this message");
  const { name, auto_archive_duration: archive } = bodyObject(request.body);
  if (typeof name !== "string" || name.length < 1 || name.length > 100)
    throw refusal(400, 50035, "Invalid Form Body: name must have 1 to 100 characters");
  if (archive !== undefined && ![60, 1440, 4320, 10080].includes(Number(archive)))
    throw refusal(400, 50035, "Invalid Form Body: auto_archive_duration");
  hall.threads.set(id, name);
  hall.channels.set(id, true);
  return new Reply(201, { id, type: 11, guild_id: hall.guildId, parent_id: channelId, name });
}

function pinMessage(
  hall: Guildhall,
  _request: RestRequest,
  [channelId = "", id = ""]: readonly string[],
): Reply {
  findMessage(hall, channelId, id);
  if (!hall.may.pins) throw missingPermissions();
  hall.pins.add(id);
  return new Reply(204);
}

function addReaction(
  hall: Guildhall,
  _request: RestRequest,
  [channelId = "", messageId = "", emoji = ""]: readonly string[],
): Reply {
  seeChannel(hall, channelId);
  hall.reactions.push({ messageId, emoji });
  return new Reply(204);
}

function callback(hall: Guildhall, request: RestRequest, [id, token]: readonly string[]): Reply {
  const interaction = hall.interactions.find((known) => known.id === id && known.token === token);
  if (interaction === undefined) throw unknown.interaction();
  if (interaction.callback !== null) throw acknowledged();
  const ageMs = Date.now() - interaction.sentAtMs;
  if (interaction.tokenDead || ageMs > hall.firstAnswerMs) throw unknown.interaction();
  const body = bodyObject(request.body);
  const type = Number(body["type"]);
  const data = isObject(body["data"]) ? body["data"] : {};
  applyCallback(hall, interaction, type, data, request);
  interaction.callback = type;
  interaction.firstAnswerMs = ageMs;
  if (request.query.get("with_response") !== "true") return new Reply(204);
  const shown = interaction.original;
  const resource = shown === null ? { type } : { type, message: messageJson(shown, hall.applicationId) };
  return new Reply(200, {
    interaction: { id, type: interaction.type, response_message_id: shown?.id },
    resource,
  });
}

function applyCallback(
  hall: Guildhall,
  interaction: Interaction,
  type: number,
  data: Json,
  request: RestRequest,
): void {
  const allowed: Readonly<Record<number, readonly number[]>> = {
    [INTERACTION.command]: [CALLBACK.message, CALLBACK.deferredMessage, CALLBACK.modal],
    // A modal cannot be answered with another one.
    [INTERACTION.modal]: [CALLBACK.message, CALLBACK.deferredMessage],
    [INTERACTION.component]: [
      CALLBACK.message,
      CALLBACK.deferredMessage,
      CALLBACK.deferredUpdate,
      CALLBACK.update,
      CALLBACK.modal,
    ],
    [INTERACTION.autocomplete]: [CALLBACK.choices],
  };
  if (allowed[interaction.type]?.includes(type) !== true)
    throw refusal(
      400,
      50035,
      `callback type ${String(type)} cannot answer interaction type ${String(interaction.type)}`,
    );
  const { channelId, id: interactionId } = interaction;
  switch (type) {
    case CALLBACK.message:
      interaction.original = createMessage(data, request.body.files, { channelId, interactionId });
      hall.messages.push(interaction.original);
      break;
    case CALLBACK.deferredMessage:
      interaction.original = loadingMessage(channelId, interactionId, data["flags"]);
      hall.messages.push(interaction.original);
      break;
    case CALLBACK.update:
      if (interaction.original !== null) editMessage(interaction.original, data, request.body.files);
      break;
    case CALLBACK.modal: {
      const problems = modalProblems(data);
      if (!problems.none) throw invalidForm(problems);
      interaction.modal = data;
      break;
    }
    case CALLBACK.choices: {
      const problems = choicesProblems(data);
      if (!problems.none) throw invalidForm(problems);
      interaction.choices = listOf(data["choices"]).map((choice) => ({
        name: textOf(choice["name"]),
        value: textOf(choice["value"]),
      }));
      break;
    }
  }
}

/** The interaction behind a webhook address: it must be acknowledged and its token alive. */
function answered(hall: Guildhall, [applicationId, token]: readonly string[]): Interaction {
  const interaction = hall.interactions.find((known) => known.token === token);
  if (applicationId !== hall.applicationId || interaction === undefined) throw unknown.webhook();
  if (interaction.tokenDead || Date.now() - interaction.sentAtMs > hall.tokenLifeMs) throw deadToken();
  if (interaction.callback === null) throw unknown.webhook();
  return interaction;
}

function findAnswer(interaction: Interaction, id: string): DiscordMessage {
  const message =
    id === "@original" ? interaction.original : interaction.followups.find((known) => known.id === id);
  if (message === undefined || message === null || message.deleted) throw unknown.message();
  return message;
}

function readAnswer(hall: Guildhall, _request: RestRequest, ids: readonly string[]): Reply {
  return new Reply(200, messageJson(findAnswer(answered(hall, ids), ids[2] ?? ""), hall.applicationId));
}

function patchAnswer(hall: Guildhall, request: RestRequest, ids: readonly string[]): Reply {
  const interaction = answered(hall, ids);
  const message = findAnswer(interaction, ids[2] ?? "");
  // An interaction's webhook has a bucket of its own.
  const taken = hall.limit.take(`webhook ${interaction.id}`, Date.now(), "edits");
  if ("reply" in taken) return taken.reply;
  editMessage(message, bodyObject(request.body), request.body.files);
  return new Reply(200, messageJson(message, hall.applicationId), taken.headers);
}

function deleteAnswer(hall: Guildhall, _request: RestRequest, ids: readonly string[]): Reply {
  findAnswer(answered(hall, ids), ids[2] ?? "").deleted = true;
  return new Reply(204);
}

function followUp(hall: Guildhall, request: RestRequest, ids: readonly string[]): Reply {
  const interaction = answered(hall, ids);
  const body = bodyObject(request.body);
  const { original, channelId, id: interactionId } = interaction;
  // The first follow-up to an answer that is still "thinking" becomes that answer.
  if (original !== null && (original.flags & FLAG.loading) !== 0) {
    editMessage(original, body, request.body.files);
    return new Reply(200, messageJson(original, hall.applicationId));
  }
  const message = createMessage(body, request.body.files, { channelId, interactionId });
  interaction.followups.push(message);
  hall.messages.push(message);
  return new Reply(200, messageJson(message, hall.applicationId));
}
