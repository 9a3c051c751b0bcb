/** Where the bot lives in Discord. Ids are snowflakes, as the developer portal and "Copy ID" show them. */
export interface DiscordConfig {
  readonly token: string;
  readonly applicationId: string;
  /** Commands are registered here, effective at once; globally when absent. */
  readonly guildId?: string | undefined;
  /** DISCORD_MESSAGE_CONTENT: the developer portal grants the privileged intent, so whatever is said in a thread can be a note. */
  readonly messageContent?: boolean | undefined;
  /** Channel of the alerts. */
  readonly channel: string;
  /** DISCORD_API_URL: the address before the version, https://discord.com/api unless given. */
  readonly apiUrl?: string | undefined;
}
