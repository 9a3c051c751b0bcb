import { validate as validCron } from "node-cron";
import { z } from "zod";
import { UsageError } from "./core/errors.ts";

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

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const SANDBOX_TICK = "*/2 * * * * *";
const TICK = "5 * * * * *";

export type Environment = Readonly<Record<string, string | undefined>>;

const id = (what: string, pattern: RegExp, example: string): z.ZodType<string> =>
  z.string().regex(pattern, `expected ${what}, for example ${example}`);
const url = (schemes: readonly string[]): z.ZodType<string> =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.replace(":", "")),
      `expected an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
    );
const wholePort = (from: number): z.ZodType<number> => {
  const text = `expected a port number from ${from} to 65535`;
  return z.coerce.number({ error: text }).int(text).min(from, text).max(65_535, text);
};
const port = wholePort(1);
const yesNo = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(["true", "false", "1", "0", "yes", "no"], { error: "expected true or false" }))
  .transform((text) => text === "true" || text === "1" || text === "yes");
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);
const text = z.string();

const ADDRESS_EXAMPLE = "AlphaFlow <bot@example.com>";

/** `bot@example.com` or `AlphaFlow <bot@example.com>`; whether it exists, the mail server knows. */
function isAddress(written: string): boolean {
  const [, bracketed] = /^[^<>]*<([^<>]*)>$/.exec(written) ?? [];
  return /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(bracketed ?? written);
}

/** One check a variable. What holds between variables is checked after. */
const VARIABLES = {
  ALPACA_API_KEY: text,
  ALPACA_SECRET_KEY: text,
  ALPACA_PAPER: yesNo,
  ALPACA_LIVE_API_KEY: text,
  ALPACA_LIVE_SECRET_KEY: text,
  ALPACA_TRADING_URL: url(["http", "https"]),
  ALPACA_DATA_URL: url(["http", "https"]),
  ALPACA_TRADING_STREAM_URL: url(["ws", "wss"]),
  ALPACA_DATA_STREAM_URL: url(["ws", "wss"]),
  ALPACA_FEED: z.enum(["iex", "sip", "otc", "boats"], { error: "expected one of iex, sip, otc, boats" }),
  ALPHAFLOW_ALLOW_LIVE: text,
  ALPHAFLOW_LIVE_MAX_CAPITAL: z.coerce
    .number({ error: "expected dollars above 0, for example 5000" })
    .positive("expected dollars above 0, for example 5000"),
  SLACK_BOT_TOKEN: id("a bot token", /^xoxb-/, "xoxb-…"),
  SLACK_APP_TOKEN: id("an app-level token", /^xapp-/, "xapp-…"),
  SLACK_SIGNING_SECRET: text,
  SLACK_HTTP_PORT: port,
  SLACK_CHANNEL: id("a channel id, not a name", /^[CGD][A-Z0-9_]+$/, "C0123456789"),
  SLACK_API_URL: url(["http", "https"]),
  DISCORD_TOKEN: text,
  DISCORD_APPLICATION_ID: id("an application id of digits", /^\d+$/, "1100000000000000000"),
  DISCORD_GUILD_ID: id("a server id of digits", /^\d+$/, "1100000000000000000"),
  DISCORD_CHANNEL: id("a channel id of digits", /^\d+$/, "1100000000000000000"),
  DISCORD_API_URL: url(["http", "https"]),
  DATABASE_URL: url(["postgres", "postgresql"]),
  ALPHAFLOW_DATA_DIR: text,
  TICK_CRON: z
    .string()
    .refine(
      (expression) => validCron(expression) && expression.trim().split(/\s+/).length === 6,
      `expected a cron expression of six fields, seconds first, for example "${TICK}"`,
    ),
  ROLE_ADMIN: list,
  ROLE_TRADER: list,
  ROLE_VIEWER: list,
  HTTP_HOST: text,
  // 0 takes any free port; the start says which.
  HTTP_PORT: wholePort(0),
  HTTP_TOKEN: text,
  SMTP_URL: url(["smtp", "smtps"]),
  EMAIL_FROM: z.string().refine(isAddress, `expected a mail address, for example ${ADDRESS_EXAMPLE}`),
  EMAIL_TO: list.refine(
    (addresses) => addresses.length > 0 && addresses.every(isAddress),
    "expected mail addresses, comma-separated, for example ann@example.com,bob@example.com",
  ),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(", ")}` }),
} as const;

type Name = keyof typeof VARIABLES;

const SCHEMA = z.object(VARIABLES).partial();
type Values = z.output<typeof SCHEMA>;

/** Never shown, not even in part, whatever is wrong with them. */
const SECRETS: readonly string[] = [
  "ALPACA_API_KEY",
  "ALPACA_SECRET_KEY",
  "ALPACA_LIVE_API_KEY",
  "ALPACA_LIVE_SECRET_KEY",
  "SLACK_BOT_TOKEN",
  "SLACK_APP_TOKEN",
  "SLACK_SIGNING_SECRET",
  "DISCORD_TOKEN",
  "DATABASE_URL",
  "HTTP_TOKEN",
  "SMTP_URL",
];

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
  const needs = (one: Name, needed: Name, why: string): void => {
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
