import { z } from "zod";
import { UsageError } from "./core/errors.ts";
import { SECRETS, TICK, VARIABLES, type LogLevel, type VariableName } from "./variables.ts";

/** Who may do what: Slack user and user-group ids, Discord user and role ids. */
interface Roles {
  readonly admin: readonly string[];
  readonly trader: readonly string[];
  readonly viewer: readonly string[];
}

export interface AlpacaKeys {
  readonly keyId: string;
  readonly secretKey: string;
}

/** Everything the environment decides, checked and frozen. Secrets live here and in the adapters that need them, nowhere else. */
export interface Config {
  readonly alpaca: {
    readonly paperKeys: AlpacaKeys | null;
    readonly liveKeys: AlpacaKeys | null;
    /** ALPACA_PAPER: one of the locks on live trading. */
    readonly paper: boolean;
    readonly tradingUrl: string | null;
    readonly dataUrl: string | null;
    readonly tradingStreamUrl: string | null;
    readonly dataStreamUrl: string | null;
    readonly feed: "iex" | "sip" | "otc" | "boats";
  };
  /** ALPHAFLOW_ALLOW_LIVE: the account number real money may be traded on; null keeps live locked. */
  readonly allowLive: string | null;
  readonly liveMaxCapital: number;
  readonly slack: {
    readonly botToken: string;
    readonly appToken: string | null;
    readonly signingSecret: string | null;
    readonly httpPort: number | null;
    readonly channel: string;
    readonly apiUrl: string | null;
  } | null;
  readonly discord: {
    readonly token: string;
    readonly applicationId: string;
    readonly guildId: string | null;
    readonly channel: string;
    /** The developer portal grants the Message Content intent. */
    readonly messageContent: boolean;
    readonly apiUrl: string | null;
  } | null;
  /** E-mail; null when it is not configured. */
  readonly mail: { readonly url: string; readonly from: string; readonly to: readonly string[] } | null;
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly tickCron: string;
  readonly roles: Roles;
  readonly http: { readonly host: string; readonly port: number; readonly token: string | null };
  readonly logLevel: LogLevel;
}

const SANDBOX_TICK = "*/2 * * * * *";

export type Environment = Readonly<Record<string, string | undefined>>;

const SCHEMA = z.object(VARIABLES).partial();
type Values = z.output<typeof SCHEMA>;

/**
 * Environment → frozen Config. Every problem is reported at once, a line each: the variable, what was found, what is
 * expected. Throws UsageError.
 */
export function readConfig(environment: Environment): Config {
  const { values, given, problems } = readValues(environment);
  problems.push(...together(given));
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return Object.freeze(build(values));
}

function readValues(environment: Environment): {
  values: Values;
  given: ReadonlySet<string>;
  problems: string[];
} {
  // An empty value in .env is how people write "not set".
  const raw = Object.fromEntries(
    Object.keys(VARIABLES)
      .map((name) => [name, environment[name]?.trim() ?? ""] as const)
      .filter(([, value]) => value !== ""),
  );
  const parsed = SCHEMA.safeParse(raw);
  const problems = new Map<string, string>();
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0]);
    if (!problems.has(name)) problems.set(name, `${name}: found ${shown(name, raw[name] ?? "")}, ${message}`);
  }
  return { values: parsed.data ?? {}, given: new Set(Object.keys(raw)), problems: [...problems.values()] };
}

function shown(name: string, raw: string): string {
  return SECRETS.includes(name) ? "a value that is not shown" : JSON.stringify(raw.slice(0, 80));
}

/** Checks that concern more than one variable: half-given credentials, and what a platform needs to be useful. */
function together(given: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  // A value that is there but wrong has its own line already.
  const needs = (one: VariableName, needed: VariableName, why: string): void => {
    if (given.has(one) && !given.has(needed))
      problems.push(`${needed}: not set, but ${one} is; expected ${why}`);
  };
  needs("ALPACA_API_KEY", "ALPACA_SECRET_KEY", "the secret of that key (both or neither)");
  needs("ALPACA_SECRET_KEY", "ALPACA_API_KEY", "the key id of that secret (both or neither)");
  needs("ALPACA_LIVE_API_KEY", "ALPACA_LIVE_SECRET_KEY", "the secret of that key (both or neither)");
  needs("ALPACA_LIVE_SECRET_KEY", "ALPACA_LIVE_API_KEY", "the key id of that secret (both or neither)");
  needs("SLACK_BOT_TOKEN", "SLACK_CHANNEL", "the id of the channel for alerts");
  needs("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "the bot token (xoxb-…) of the same app");
  needs("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "the bot token (xoxb-…) of the same app");
  needs(
    "SLACK_HTTP_PORT",
    "SLACK_SIGNING_SECRET",
    "the signing secret that Slack's requests are checked with",
  );
  needs("SLACK_CHANNEL", "SLACK_BOT_TOKEN", "the bot token (xoxb-…) that may post there");
  needs("DISCORD_TOKEN", "DISCORD_APPLICATION_ID", "the application id of the bot");
  needs("DISCORD_TOKEN", "DISCORD_CHANNEL", "the id of the channel for alerts");
  needs("DISCORD_CHANNEL", "DISCORD_TOKEN", "the bot token");
  needs("DISCORD_GUILD_ID", "DISCORD_TOKEN", "the bot token");
  needs("DISCORD_APPLICATION_ID", "DISCORD_TOKEN", "the bot token");
  needs("SMTP_URL", "EMAIL_FROM", "the address that mails come from");
  needs("SMTP_URL", "EMAIL_TO", "the addresses that mails go to, comma-separated");
  needs("EMAIL_FROM", "SMTP_URL", "smtp://user:password@host:587 or smtps://…");
  needs("EMAIL_TO", "SMTP_URL", "smtp://user:password@host:587 or smtps://…");
  if (given.has("SLACK_BOT_TOKEN") && !given.has("SLACK_APP_TOKEN")) {
    if (!given.has("SLACK_SIGNING_SECRET"))
      problems.push(
        "SLACK_APP_TOKEN: not set; expected xapp-… for Socket Mode, or SLACK_SIGNING_SECRET and SLACK_HTTP_PORT for HTTP",
      );
    else if (!given.has("SLACK_HTTP_PORT"))
      problems.push("SLACK_HTTP_PORT: not set; expected the port at which Slack reaches /slack/events");
  }
  return problems;
}

function build(values: Values): Config {
  const paperKeys = keys(values.ALPACA_API_KEY, values.ALPACA_SECRET_KEY);
  const liveKeys = keys(values.ALPACA_LIVE_API_KEY, values.ALPACA_LIVE_SECRET_KEY);
  return {
    alpaca: {
      paperKeys,
      liveKeys,
      paper: values.ALPACA_PAPER ?? true,
      tradingUrl: bare(values.ALPACA_TRADING_URL),
      dataUrl: bare(values.ALPACA_DATA_URL),
      tradingStreamUrl: values.ALPACA_TRADING_STREAM_URL ?? null,
      dataStreamUrl: values.ALPACA_DATA_STREAM_URL ?? null,
      feed: values.ALPACA_FEED ?? "iex",
    },
    allowLive: values.ALPHAFLOW_ALLOW_LIVE ?? null,
    liveMaxCapital: values.ALPHAFLOW_LIVE_MAX_CAPITAL ?? 5_000,
    slack:
      values.SLACK_BOT_TOKEN === undefined || values.SLACK_CHANNEL === undefined
        ? null
        : {
            botToken: values.SLACK_BOT_TOKEN,
            appToken: values.SLACK_APP_TOKEN ?? null,
            signingSecret: values.SLACK_SIGNING_SECRET ?? null,
            httpPort: values.SLACK_HTTP_PORT ?? null,
            channel: values.SLACK_CHANNEL,
            apiUrl: values.SLACK_API_URL ?? null,
          },
    discord:
      values.DISCORD_TOKEN === undefined ||
      values.DISCORD_APPLICATION_ID === undefined ||
      values.DISCORD_CHANNEL === undefined
        ? null
        : {
            token: values.DISCORD_TOKEN,
            applicationId: values.DISCORD_APPLICATION_ID,
            guildId: values.DISCORD_GUILD_ID ?? null,
            channel: values.DISCORD_CHANNEL,
            messageContent: values.DISCORD_MESSAGE_CONTENT ?? false,
            apiUrl: values.DISCORD_API_URL ?? null,
          },
    mail:
      values.SMTP_URL === undefined || values.EMAIL_FROM === undefined || values.EMAIL_TO === undefined
        ? null
        : { url: values.SMTP_URL, from: values.EMAIL_FROM, to: values.EMAIL_TO },
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.ALPHAFLOW_DATA_DIR ?? "./data",
    tickCron: values.TICK_CRON ?? (paperKeys === null && liveKeys === null ? SANDBOX_TICK : TICK),
    roles: {
      admin: values.ROLE_ADMIN ?? [],
      trader: values.ROLE_TRADER ?? [],
      viewer: values.ROLE_VIEWER ?? [],
    },
    http: {
      host: values.HTTP_HOST ?? "127.0.0.1",
      port: values.HTTP_PORT ?? 8_000,
      token: values.HTTP_TOKEN ?? null,
    },
    logLevel: values.LOG_LEVEL ?? "info",
  };
}

/** Under what name bars of Alpaca are kept: feeds see different trades. */
export function barSource({ alpaca }: Config): string {
  return `alpaca ${alpaca.feed}`;
}

function keys(keyId: string | undefined, secretKey: string | undefined): AlpacaKeys | null {
  return keyId === undefined || secretKey === undefined ? null : { keyId, secretKey };
}

/** People paste addresses with the /v2 that the library adds itself. */
function bare(address: string | undefined): string | null {
  return address === undefined ? null : address.replace(/\/+$/, "").replace(/\/v2$/, "");
}

/** The variables whose values must never be printed: the log redacts them wherever they turn up. */
export function secretValues(environment: Environment): readonly string[] {
  return SECRETS.flatMap((name) => environment[name] ?? []).filter((value) => value.length >= 6);
}
