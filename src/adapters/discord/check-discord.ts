import { ApplicationFlags, Routes, type REST } from "discord.js";
import { z } from "zod";
import type { CommandSpec } from "../../commands/contract.ts";
import type { DiscordConfig } from "./config.ts";
import { discordCode, explain, httpStatus } from "./explain.ts";
import { registeredCommands } from "./register.ts";
import { createRest } from "./rest.ts";

/** One line of the doctor: what was looked at, what was found, and what to do when it is not right. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  /** Empty when there is nothing to fix. */
  readonly fix: string;
}

const named = z.object({
  id: z.string(),
  name: z.string().nullish(),
  username: z.string().nullish(),
  flags: z.number().nullish(),
});
/** Granted to a bot in many servers, or switched on for one in few. */
const READS_MESSAGES = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** Asks Discord about token, application, server, channel and commands; changes nothing and never throws. */
export async function checkDiscord(
  config: DiscordConfig,
  commands: readonly CommandSpec[],
): Promise<readonly Check[]> {
  const ask = async (route: `/${string}`): Promise<z.infer<typeof named>> =>
    named.parse(await withRest(config, (rest) => rest.get(route)));
  const { guildId } = config;
  const checks = [
    look(
      "Discord token",
      "DISCORD_TOKEN: copy the bot token of the developer portal (Bot → Reset Token)",
      async () => {
        const { username, id } = await ask(Routes.user());
        return `signed in as ${username ?? id}`;
      },
    ),
    look(
      "Discord application",
      "DISCORD_APPLICATION_ID: copy the Application ID of General Information",
      async () => {
        const { id } = await ask(Routes.oauth2CurrentApplication());
        if (id !== config.applicationId) throw new Mismatch(`the token belongs to application ${id}`);
        return "the token belongs to it";
      },
    ),
    look(
      "Discord replies",
      "switch on Message Content in the developer portal (Bot → Privileged Gateway Intents), or leave DISCORD_MESSAGE_CONTENT out",
      async () => {
        if (config.messageContent !== true)
          return "those that mention the bot are notes; DISCORD_MESSAGE_CONTENT=true takes every one in a card's thread, once the portal grants Message Content";
        const { flags } = await ask(Routes.oauth2CurrentApplication());
        if (((flags ?? 0) & READS_MESSAGES) === 0)
          throw new Mismatch("DISCORD_MESSAGE_CONTENT is true, but the intent is not granted");
        return "every one in a card's thread is a note";
      },
    ),
    ...(guildId === undefined
      ? []
      : [
          look(
            "Discord server",
            "DISCORD_GUILD_ID: copy the server's id and invite the bot to it",
            async () => {
              const { name } = await ask(Routes.guild(guildId));
              return `the bot is in ${name ?? guildId}`;
            },
          ),
        ]),
    look(
      "Discord channel",
      "DISCORD_CHANNEL: copy the channel's id and let the bot view it and its history, send messages, embed links, attach files, make and write threads, add reactions, and pin",
      async () => {
        const { name } = await ask(Routes.channel(config.channel));
        return `#${name ?? config.channel} can be seen`;
      },
    ),
    look(
      "Discord commands",
      "run `alphaflow register-commands`, or start the bot: it registers them",
      async () => {
        const { count, current } = await withRest(config, (rest) =>
          registeredCommands(config, commands, rest),
        );
        if (!current)
          throw new Mismatch(`the ${String(count)} registered commands are not those of this version`);
        return `${String(count)} are registered`;
      },
    ),
  ];
  return Promise.all(checks);
}

/** Discord answered, but not what the configuration says. */
class Mismatch extends Error {}

/** Each check asks on its own: a refused token makes a shared client forget it, and the others would blame that. */
async function withRest<T>(config: DiscordConfig, work: (rest: REST) => Promise<T>): Promise<T> {
  const rest = createRest(config);
  try {
    return await work(rest);
  } finally {
    rest.clearHashSweeper();
    rest.clearHandlerSweeper();
  }
}

async function look(name: string, fix: string, ask: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, text: await ask(), fix: "" };
  } catch (error) {
    return { name, ok: false, text: explain(error), fix: fixFor(error, fix) };
  }
}

function fixFor(error: unknown, fix: string): string {
  if (error instanceof Mismatch) return fix;
  if (httpStatus(error) === 401)
    return "DISCORD_TOKEN is refused: copy the bot token of the developer portal";
  return discordCode(error) === undefined ? "check the network, proxy and DISCORD_API_URL" : fix;
}
