import { validate as validCron } from "node-cron";
import { z } from "zod";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Once a minute, when its bars are there. */
export const TICK = "5 * * * * *";

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
export const VARIABLES = {
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
  DISCORD_MESSAGE_CONTENT: yesNo,
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

export type VariableName = keyof typeof VARIABLES;

/** Never shown, not even in part, whatever is wrong with them. */
export const SECRETS: readonly string[] = [
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
