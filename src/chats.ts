import { join } from "node:path";
import { createConsole } from "./adapters/console/console.ts";
import type { CommandBus } from "./commands/contract.ts";
import type { Config } from "./config.ts";
import type { Chat, Clock, Log, Pictures } from "./ports.ts";

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly userName: string;
  readonly onInterrupt: () => void;
}

/** The console, and the chats that are configured, not started yet. A chat that is not configured costs no start-up time. */
export async function openChats(
  config: Config,
  terminal: Terminal,
  shared: {
    readonly bus: CommandBus;
    readonly pictures: Pictures;
    readonly log: Log;
    readonly clock: Clock;
  },
): Promise<readonly Chat[]> {
  const roleIds = [...config.roles.admin, ...config.roles.trader, ...config.roles.viewer];
  const chats: Chat[] = [
    createConsole({
      input: terminal.input,
      output: terminal.output,
      ...shared,
      pictureFolder: join(config.dataDir, "pictures"),
      isTty: terminal.input.isTTY && terminal.output.isTTY,
      userName: terminal.userName,
      onInterrupt: terminal.onInterrupt,
    }),
  ];
  if (config.slack !== null) {
    const { createSlack } = await import("./adapters/slack/create-slack.ts");
    const { botToken, appToken, signingSecret, httpPort, channel, apiUrl } = config.slack;
    chats.push(
      createSlack({
        botToken,
        appToken: appToken ?? undefined,
        signingSecret: signingSecret ?? undefined,
        httpPort: httpPort ?? undefined,
        httpHost: config.http.host,
        channel,
        apiUrl: apiUrl ?? undefined,
        groupIds: roleIds.filter((id) => id.startsWith("S")),
        ...shared,
      }),
    );
  }
  if (config.discord !== null) {
    const { createDiscord } = await import("./adapters/discord/create-discord.ts");
    const { token, applicationId, guildId, channel, messageContent, apiUrl } = config.discord;
    chats.push(
      createDiscord({
        token,
        applicationId,
        guildId: guildId ?? undefined,
        channel,
        messageContent,
        apiUrl: apiUrl ?? undefined,
        ...shared,
      }),
    );
  }
  return chats;
}
