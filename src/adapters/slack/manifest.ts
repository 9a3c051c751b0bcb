import type { CommandSpec } from "../../commands/contract.ts";
import { JOURNAL_SHORTCUT, WHY_SHORTCUT } from "./gestures.ts";

const DESCRIPTION =
  "The trading bot in your channel: strategies, orders, stops and alerts at Alpaca, paper by default.";
// Slack: description 2,000, usage hint 1,000 characters; longer than this nobody reads in the picker.
const SUMMARY_LENGTH = 200;
const HINT_LENGTH = 150;

const EVENTS = [
  "app_home_opened",
  "app_mention",
  "message.channels",
  "message.groups",
  "reaction_added",
  "reaction_removed",
];

/** What the app may do; the doctor looks for each of them. */
export const BOT_SCOPES: readonly string[] = [
  "app_mentions:read",
  "channels:history",
  "channels:read",
  "chat:write",
  "chat:write.public",
  "commands",
  "files:write",
  "groups:history",
  "groups:read",
  "im:write",
  "reactions:read",
  "reactions:write",
  "usergroups:read",
  "users:read",
];

/**
 * The app manifest as JSON, to paste into Slack under "From a manifest": one slash command a first word, buttons, mentions, and
 * Socket Mode. With `requestUrl` (https://host/slack/events) the app is one over HTTP instead.
 */
export function slackManifest(commands: readonly CommandSpec[], requestUrl?: string): string {
  const address = requestUrl === undefined ? {} : { request_url: requestUrl };
  const manifest = {
    _metadata: { major_version: 1, minor_version: 1 },
    display_information: { name: "AlphaFlow", description: DESCRIPTION, background_color: "#14532d" },
    features: {
      app_home: {
        home_tab_enabled: true,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      shortcuts: [
        {
          name: "Why",
          type: "message",
          callback_id: WHY_SHORTCUT,
          description: "The last decisions behind this position, gate by gate",
        },
        {
          name: "Journal",
          type: "message",
          callback_id: JOURNAL_SHORTCUT,
          description: "Writes a note to this position's journal",
        },
      ],
      bot_user: { display_name: "AlphaFlow", always_online: true },
      slash_commands: slashCommands(commands, requestUrl),
    },
    oauth_config: { scopes: { bot: BOT_SCOPES } },
    settings: {
      event_subscriptions: { ...address, bot_events: EVENTS },
      interactivity: { is_enabled: true, ...address },
      org_deploy_enabled: false,
      socket_mode_enabled: requestUrl === undefined,
      token_rotation_enabled: false,
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

interface SlashCommand {
  readonly command: string;
  readonly description: string;
  readonly usage_hint?: string;
  readonly should_escape: boolean;
  readonly url?: string;
}

function slashCommands(commands: readonly CommandSpec[], requestUrl: string | undefined): SlashCommand[] {
  const words = [...new Set(commands.map(({ path }) => path[0]))];
  return words.map((word) => {
    const specs = commands.filter(({ path }) => path[0] === word);
    const hint = specs
      .map(usage)
      .filter((text) => text !== "")
      .join(" | ");
    return {
      command: `/${word}`,
      description: cut(specs.map(({ summary }) => summary).join("; "), SUMMARY_LENGTH),
      ...(hint === "" ? {} : { usage_hint: cut(hint, HINT_LENGTH) }),
      // Names and channels should arrive as they were typed.
      should_escape: false,
      ...(requestUrl === undefined ? {} : { url: requestUrl }),
    };
  });
}

function usage({ path, args }: CommandSpec): string {
  const words = args.map(({ name, required }) => (required ? name.toUpperCase() : `[${name}]`));
  return [...path.slice(1), ...words].join(" ");
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
