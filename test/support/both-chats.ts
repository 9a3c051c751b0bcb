import { createDiscord } from "../../src/adapters/discord/create-discord.ts";
import { createSlack } from "../../src/adapters/slack/create-slack.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import type { CommandBus } from "../../src/commands/contract.ts";
import type { Chat } from "../../src/ports.ts";
import type { DiscordServer } from "./discord-server.ts";
import { fakePictures } from "./pictures.ts";
import { silentLog } from "./silent-log.ts";
import type { SlackServer } from "./slack-server.ts";

const noCommands: CommandBus = {
  commands: [],
  dispatch: () => Promise.resolve({ text: "" }),
  roleOf: () => undefined,
  meaning: () => Promise.resolve(undefined),
  home: () => Promise.resolve([]),
  suggest: () => Promise.resolve([]),
};

/** Slack and Discord, through Bolt and discord.js against the stand-ins, started; they know no commands. */
export async function startBothChats(slack: SlackServer, discord: DiscordServer): Promise<readonly Chat[]> {
  const common = { bus: noCommands, pictures: fakePictures(), log: silentLog, clock: systemClock };
  const { botToken, appToken, channel, apiUrl } = slack;
  const chats = [
    createSlack({ botToken, appToken, channel, apiUrl, groupIds: [], ...common }),
    createDiscord({
      token: discord.token,
      applicationId: discord.applicationId,
      guildId: discord.guildId,
      channel: discord.channelId,
      apiUrl: discord.apiUrl,
      ...common,
    }),
  ];
  for (const chat of chats) await chat.start();
  return chats;
}
