import { listOf, textOf, type Json } from "./json.ts";
import { snowflake } from "./snowflake.ts";
import type { DiscordMessage, DiscordUser, Interaction } from "./types.ts";
import { OPTION } from "./validate-commands.ts";

export interface Place {
  readonly applicationId: string;
  readonly guildId: string;
  readonly channelId: string;
}

/** The payload of an INTERACTION_CREATE as the documentation describes it. */
export function makeInteraction(
  place: Place,
  user: DiscordUser,
  type: number,
  data: Json,
  more: { readonly message?: Json; readonly sentAtMs?: number } = {},
): Interaction {
  const { message, sentAtMs = Date.now() } = more;
  const id = snowflake(sentAtMs);
  const token = `token-${id}-${Math.random().toString(36).slice(2)}`;
  const permissions = "2147483647";
  const payload = {
    id,
    application_id: place.applicationId,
    type,
    data,
    guild_id: place.guildId,
    guild: { id: place.guildId, locale: "en-US", features: [] },
    channel_id: place.channelId,
    channel: { id: place.channelId, type: 0, guild_id: place.guildId, name: "desk", permissions },
    member: {
      user: { id: user.id, username: user.name, discriminator: "0", global_name: user.name, avatar: null },
      roles: user.roles ?? [],
      nick: null,
      avatar: null,
      joined_at: "2024-01-01T00:00:00.000Z",
      deaf: false,
      mute: false,
      flags: 0,
      permissions,
    },
    token,
    version: 1,
    ...(message === undefined ? {} : { message }),
    app_permissions: permissions,
    locale: "en-US",
    guild_locale: "en-US",
    entitlements: [],
    authorizing_integration_owners: { "0": place.guildId },
    context: 0,
    attachment_size_limit: 10_485_760,
  };
  return {
    id,
    token,
    type,
    channelId: place.channelId,
    payload,
    sentAtMs,
    callback: null,
    firstAnswerMs: null,
    choices: null,
    modal: null,
    original: null,
    followups: [],
    tokenDead: false,
  };
}

type Values = Readonly<Record<string, string | number>>;

/**
 * The data of a slash command, checked as Discord's own client does: the command must be registered, every option
 * known, of its type, within its choices and bounds, and no required one missing. Throws on what nobody could send.
 */
export function slashData(commands: readonly Json[], words: string, values: Values, focused?: string): Json {
  const [name = "", sub] = words.split(" ");
  const command = commands.find((candidate) => candidate["name"] === name);
  if (command === undefined) throw new Error(`/${name} is not registered`);
  const base = { id: textOf(command["id"]), name, type: 1 };
  const nested = listOf(command["options"]).filter((option) => option["type"] === OPTION.subcommand);
  if (nested.length === 0) {
    if (sub !== undefined) throw new Error(`/${name} has no subcommands`);
    return { ...base, options: optionData(listOf(command["options"]), values, words, focused) };
  }
  const subcommand = nested.find((option) => option["name"] === sub);
  if (subcommand === undefined) throw new Error(`/${words} is not registered`);
  const options = optionData(listOf(subcommand["options"]), values, words, focused);
  return { ...base, options: [{ name: sub, type: OPTION.subcommand, options }] };
}

function optionData(
  specs: readonly Json[],
  values: Values,
  words: string,
  focused?: string,
): readonly Json[] {
  for (const spec of specs)
    if (spec["required"] === true && focused === undefined && values[textOf(spec["name"])] === undefined)
      throw new Error(`/${words}: the option ${textOf(spec["name"])} is required`);
  return Object.entries(values).map(([name, value]) => {
    const spec = specs.find((candidate) => candidate["name"] === name);
    if (spec === undefined) throw new Error(`/${words} has no option ${name}`);
    if (name === focused) {
      if (spec["autocomplete"] !== true) throw new Error(`/${words}: ${name} has no autocomplete`);
      return { name, type: Number(spec["type"]), value, focused: true };
    }
    checkValue(spec, value, `/${words}: ${name}`);
    return { name, type: Number(spec["type"]), value };
  });
}

function checkValue(spec: Json, value: string | number, what: string): void {
  const choices = listOf(spec["choices"]);
  if (choices.length > 0 && !choices.some((choice) => choice["value"] === value))
    throw new Error(`${what} must be one of ${choices.map((choice) => textOf(choice["value"])).join(", ")}`);
  if (spec["type"] === OPTION.string && typeof value !== "string") throw new Error(`${what} must be text`);
  if (spec["type"] !== OPTION.integer) return;
  if (!Number.isInteger(value)) throw new Error(`${what} must be an integer`);
  const { min_value: min, max_value: max } = spec;
  if ((typeof min === "number" && Number(value) < min) || (typeof max === "number" && Number(value) > max))
    throw new Error(`${what} is out of bounds`);
}

/** The data of a button press; throws when the message does not show that button. */
export function pressData(message: DiscordMessage, customId: string): Json {
  const shown = message.components
    .flatMap((row) => listOf(row["components"]))
    .map((button) => button["custom_id"]);
  if (!shown.includes(customId))
    throw new Error(`no button "${customId}" on the message; there are: ${shown.join(", ")}`);
  return { component_type: 2, custom_id: customId, id: 1 };
}
