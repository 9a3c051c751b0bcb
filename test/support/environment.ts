import type { AlpacaServer } from "./alpaca-server.ts";
import type { DiscordServer } from "./discord-server.ts";
import { ann } from "./discord/desk.ts";
import type { SlackServer } from "./slack-server.ts";

/** The environment of a bot on these stand-ins: Ann is an admin in Slack and a trader in Discord, and it ticks every second. */
export function environmentOf(
  alpaca: AlpacaServer,
  slack: SlackServer,
  discord: DiscordServer | null,
): Record<string, string> {
  return {
    ALPACA_API_KEY: alpaca.keyId,
    ALPACA_SECRET_KEY: alpaca.secret,
    ALPACA_TRADING_URL: alpaca.tradingUrl,
    ALPACA_DATA_URL: alpaca.dataUrl,
    ALPACA_TRADING_STREAM_URL: alpaca.tradingStreamUrl,
    ALPACA_DATA_STREAM_URL: alpaca.dataStreamUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_CHANNEL: slack.channel,
    SLACK_API_URL: slack.apiUrl,
    ...(discord === null
      ? {}
      : {
          DISCORD_TOKEN: discord.token,
          DISCORD_APPLICATION_ID: discord.applicationId,
          DISCORD_GUILD_ID: discord.guildId,
          DISCORD_CHANNEL: discord.channelId,
          DISCORD_API_URL: discord.apiUrl,
        }),
    ROLE_ADMIN: "U0ANN",
    ROLE_TRADER: ann.id,
    TICK_CRON: "* * * * * *",
  };
}
