import type { Config } from "./config.ts";

/** What the start shows: which part is real, which is the sandbox's, and which variable turns each into the real one. */
export function banner(config: Config, version: string): string {
  const { paperKeys, liveKeys } = config.alpaca;
  const sandbox = paperKeys === null && liveKeys === null;
  const broker = sandbox
    ? "simulated broker and market, a minute a second      → ALPACA_API_KEY, ALPACA_SECRET_KEY"
    : paperKeys === null
      ? "Alpaca live keys, locked: no order is placed        → ALPACA_API_KEY, ALPACA_SECRET_KEY for paper"
      : `Alpaca${liveKeys === null ? " paper" : " paper, live keys present (/mode says what locks them)"}`;
  const database =
    config.databaseUrl === null
      ? `PGlite in ${config.dataDir}                                → DATABASE_URL`
      : "Postgres (DATABASE_URL)";
  const chats = [
    "console",
    ...(config.slack === null ? [] : ["Slack"]),
    ...(config.discord === null ? [] : ["Discord"]),
  ].join(", ");
  const more = [
    ...(config.slack === null ? ["SLACK_BOT_TOKEN"] : []),
    ...(config.discord === null ? ["DISCORD_TOKEN"] : []),
  ].join(", ");
  return [
    `AlphaFlow ${version}${sandbox ? " · SANDBOX: nothing here is real money" : " · PAPER unless /mode says LIVE"}`,
    `  broker    ${broker}`,
    `  database  ${database}`,
    `  chat      ${chats}${more === "" ? "" : `                                            → ${more}`}`,
    `  http      http://${config.http.host}:${config.http.port}`,
    "",
    sandbox
      ? "Try:  /strategy start quick_test AAPL,MSFT    then  /positions  ·  /trades  ·  /help"
      : "Type /help for the commands; the same words work in Slack and Discord.",
    "",
  ].join("\n");
}
