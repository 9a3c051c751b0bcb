import { webApi } from "@slack/bolt";
import type { Log } from "../../ports.ts";
import { boltLog } from "./bolt-log.ts";
import { BOT_SCOPES } from "./manifest.ts";
import { explain, slackCode } from "./explain.ts";

const TIMEOUT_MS = 5000;

/** One line of the doctor: what was looked at, what was found, and what to do when it is not right. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  /** Empty when there is nothing to fix. */
  readonly fix: string;
}

export interface SlackCheckConfig {
  readonly botToken: string;
  readonly appToken?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly channel: string;
  readonly apiUrl?: string | undefined;
}

/** Asks Slack about the tokens and the channel; changes nothing and never throws. */
export async function checkSlack(config: SlackCheckConfig, log: Log): Promise<readonly Check[]> {
  const client = (token: string): webApi.WebClient =>
    new webApi.WebClient(token, {
      ...(config.apiUrl === undefined ? {} : { slackApiUrl: config.apiUrl }),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: TIMEOUT_MS,
      logger: boltLog(log),
    });
  const bot = client(config.botToken);
  const checks = [
    look(
      "Slack bot token",
      "SLACK_BOT_TOKEN: copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions",
      async () => {
        const { user, team } = await bot.auth.test();
        return `signed in as ${user ?? "the bot"} in ${team ?? "the workspace"}`;
      },
    ),
    transportCheck(config, client),
    look(
      "Slack channel",
      "SLACK_CHANNEL: give the channel's id (C…) and /invite @AlphaFlow there",
      async () => {
        const { channel } = await bot.conversations.info({ channel: config.channel });
        if (channel?.is_archived === true) throw new Error("the channel is archived");
        if (channel?.is_member === false && channel.is_private === true)
          throw new Error("the app is not in this private channel");
        return `#${channel?.name ?? config.channel} can be seen`;
      },
    ),
    look(
      "Slack scopes",
      "install the app again with the manifest that `alphaflow slack-manifest` prints",
      async () => {
        const { response_metadata: metadata } = await bot.auth.test();
        const given = new Set(metadata?.scopes ?? []);
        const missing = BOT_SCOPES.filter((scope) => !given.has(scope));
        if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
        return "all are there";
      },
    ),
  ];
  return Promise.all(checks);
}

async function transportCheck(
  { appToken, signingSecret }: SlackCheckConfig,
  client: (token: string) => webApi.WebClient,
): Promise<Check> {
  if (appToken !== undefined)
    return look(
      "Slack Socket Mode",
      "SLACK_APP_TOKEN: make an app-level token (xapp-…) with connections:write under Basic Information, and switch Socket Mode on",
      async () => {
        await client(appToken).apps.connections.open({});
        return "Slack opens a socket";
      },
    );
  const ok = signingSecret !== undefined;
  return {
    name: "Slack over HTTP",
    ok,
    text: ok
      ? "requests will be checked against the signing secret"
      : "neither an app token nor a signing secret is set",
    fix: ok ? "" : "set SLACK_APP_TOKEN, or SLACK_SIGNING_SECRET and SLACK_HTTP_PORT",
  };
}

async function look(name: string, fix: string, ask: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, text: await ask(), fix: "" };
  } catch (error) {
    const reachable = slackCode(error) !== undefined || (error instanceof Error && error.cause === undefined);
    return {
      name,
      ok: false,
      text: explain(error),
      fix: reachable ? fix : "check the network, proxy and SLACK_API_URL",
    };
  }
}
