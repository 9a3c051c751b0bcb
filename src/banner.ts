import type { Config } from "./config.ts";

const VALUE_WIDTH = 48;

/** What the start shows: which part is real, which is the sandbox's, and which variable turns each into the real one. */
export function banner(config: Config, version: string): string {
  const { paperKeys, liveKeys } = config.alpaca;
  const sandbox = paperKeys === null && liveKeys === null;
  const chats = [
    "console",
    ...(config.slack === null ? [] : ["Slack"]),
    ...(config.discord === null ? [] : ["Discord"]),
  ];
  return [
    `AlphaFlow ${version}${sandbox ? " · SANDBOX: nothing here is real money" : " · PAPER unless /mode says LIVE"}`,
    line("broker", brokerText(config), unset(paperKeys, "ALPACA_API_KEY, ALPACA_SECRET_KEY")),
    line(
      "database",
      config.databaseUrl === null
        ? `embedded Postgres (PGlite) in ${config.dataDir}`
        : "Postgres (DATABASE_URL)",
      unset(config.databaseUrl, "DATABASE_URL"),
    ),
    line("chat", chats.join(", "), [
      ...unset(config.slack, "SLACK_BOT_TOKEN"),
      ...unset(config.discord, "DISCORD_TOKEN"),
    ]),
    line(
      "mail",
      config.mail === null ? "none" : config.mail.to.join(", "),
      unset(config.mail, "SMTP_URL, EMAIL_FROM, EMAIL_TO"),
    ),
    line("http", `http://${config.http.host}:${config.http.port}/api/positions/list`, []),
    "",
    sandbox
      ? "Try:  /strategy start quick_test AAPL,MSFT    then  /positions  ·  /trades  ·  /help"
      : "Type /help for the commands; the same words work in Slack and Discord.",
    "",
  ].join("\n");
}

function brokerText({ alpaca: { paperKeys, liveKeys } }: Config): string {
  if (paperKeys !== null)
    return liveKeys === null ? "Alpaca, paper" : "Alpaca, paper; live keys locked (see /mode)";
  return liveKeys === null
    ? "simulated broker and market, a minute a second"
    : "Alpaca live keys, locked: no order is placed";
}

/** The variable's name while it is not set. */
function unset(value: unknown, name: string): string[] {
  return value === null ? [name] : [];
}

/** One part, and behind an arrow what makes it the real one. */
function line(part: string, value: string, variables: readonly string[]): string {
  const arrow = variables.length === 0 ? "" : `  → ${variables.join(", ")}`;
  return `  ${part.padEnd(9)} ${arrow === "" ? value : value.padEnd(VALUE_WIDTH)}${arrow}`;
}
