import { DiscordjsErrorCodes, GatewayCloseCodes, RESTJSONErrorCodes } from "discord.js";
import type { DiscordConfig } from "./config.ts";
import { discordCode, httpStatus } from "./explain.ts";

const README = 'see "Set up Discord" in the README';
const TOKEN_REFUSED = `DISCORD_TOKEN: Discord refuses it (expected the bot token of the developer portal, Bot → Reset Token); ${README}`;

const WRONG_APPLICATION = `DISCORD_APPLICATION_ID: it is not the application of this DISCORD_TOKEN; ${README}`;
const WRONG_GUILD = `DISCORD_GUILD_ID: the bot is not in that server, or was invited without the scope applications.commands; ${README}`;
const INTENTS_REFUSED = `DISCORD_TOKEN: Discord allows this bot not the intent Guilds; ${README}`;
const CONTENT_REFUSED = `DISCORD_MESSAGE_CONTENT: found true, but Discord does not grant this bot the Message Content intent; switch it on in the developer portal (Bot → Privileged Gateway Intents), or leave the variable out; ${README}`;
const CLOSED_FOR_GOOD = "DISCORD_TOKEN: Discord closes this bot's connection for good";

/** Gateway close codes after which reconnecting is forbidden. */
const FINAL_CLOSES: ReadonlyMap<number, string> = new Map([
  [GatewayCloseCodes.AuthenticationFailed, TOKEN_REFUSED],
  [GatewayCloseCodes.DisallowedIntents, INTENTS_REFUSED],
  [GatewayCloseCodes.InvalidIntents, INTENTS_REFUSED],
  [GatewayCloseCodes.InvalidAPIVersion, CLOSED_FOR_GOOD],
  [GatewayCloseCodes.InvalidShard, CLOSED_FOR_GOOD],
  [GatewayCloseCodes.ShardingRequired, CLOSED_FOR_GOOD],
]);

/** The same, where the privileged intent was asked for. */
const CONTENT_CLOSES: ReadonlyMap<number, string> = new Map([
  [GatewayCloseCodes.DisallowedIntents, CONTENT_REFUSED],
]);

/** By Discord's JSON error code. */
const FINAL_ERRORS: ReadonlyMap<number | undefined, string> = new Map([
  [RESTJSONErrorCodes.UnknownApplication, WRONG_APPLICATION],
  [RESTJSONErrorCodes.NotAuthorizedToPerformThisActionOnThisApplication, WRONG_APPLICATION],
  [RESTJSONErrorCodes.UnknownGuild, WRONG_GUILD],
  [RESTJSONErrorCodes.MissingAccess, WRONG_GUILD],
]);

/** One line that names the variable, when this close code is final; undefined where reconnecting makes sense. */
export function refusedByClose(
  code: number,
  { messageContent }: Pick<DiscordConfig, "messageContent">,
): string | undefined {
  const ours = messageContent === true ? CONTENT_CLOSES.get(code) : undefined;
  return ours ?? FINAL_CLOSES.get(code);
}

/** One line that names the variable, when the same request is bound to be refused again. */
export function refusedByError(error: unknown): string | undefined {
  if (httpStatus(error) === 401 || isTokenInvalid(error)) return TOKEN_REFUSED;
  return FINAL_ERRORS.get(discordCode(error));
}

function isTokenInvalid(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === DiscordjsErrorCodes.TokenInvalid;
}
