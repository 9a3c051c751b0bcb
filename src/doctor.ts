import { createAlpaca } from "./adapters/alpaca/create-alpaca.ts";
import { queueRights } from "./adapters/postgres/queue-rights.ts";
import { checkDiscord } from "./adapters/discord/check-discord.ts";
import { checkSlack, type Check } from "./adapters/slack/check-slack.ts";
import { checkMail } from "./adapters/mail/create-mailer.ts";
import { commands } from "./commands/index.ts";
import { readConfig, type AlpacaKeys, type Config, type Environment } from "./config.ts";
import { ownStrategies } from "./core/strategies/index.ts";
import type { Log } from "./ports.ts";
import { openConfiguredLedger } from "./wire.ts";

/** Checks configuration, roles, database, Alpaca, Slack, Discord and mail one by one. Yields each as it is known; never throws for what it checks. */
export async function* examine(
  environment: Environment,
  log: Log,
  migrationsDir: string,
): AsyncGenerator<Check> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    for (const line of messageOf(error).split("\n"))
      yield { name: "configuration", ok: false, text: line, fix: "set it in the environment or in .env" };
    return;
  }
  yield { name: "configuration", ok: true, text: "every variable that is set is well-formed", fix: "" };
  yield checkRoles(config);
  yield* checkOwnStrategies();
  const database = await checkDatabase(config, log, migrationsDir);
  yield database;
  if (database.ok && config.databaseUrl !== null) yield await checkQueue(config.databaseUrl, log);
  yield* checkAlpaca(config, log);
  if (config.slack === null)
    yield { name: "slack", ok: true, text: "not configured (SLACK_BOT_TOKEN turns it on)", fix: "" };
  else {
    const { appToken, signingSecret, apiUrl, botToken, channel } = config.slack;
    yield* await checkSlack(
      {
        botToken,
        channel,
        appToken: appToken ?? undefined,
        signingSecret: signingSecret ?? undefined,
        apiUrl: apiUrl ?? undefined,
      },
      log,
    );
  }
  if (config.discord === null)
    yield { name: "discord", ok: true, text: "not configured (DISCORD_TOKEN turns it on)", fix: "" };
  else {
    const { guildId, apiUrl, ...rest } = config.discord;
    yield* await checkDiscord(
      { ...rest, guildId: guildId ?? undefined, apiUrl: apiUrl ?? undefined },
      commands,
    );
  }
  yield await checkMailServer(config);
}

async function checkMailServer({ mail }: Config): Promise<Check> {
  const name = "mail";
  if (mail === null)
    return {
      name,
      ok: true,
      text: "not configured (SMTP_URL, EMAIL_FROM and EMAIL_TO turn it on)",
      fix: "",
    };
  const wrong = await checkMail(mail);
  return wrong === ""
    ? { name, ok: true, text: `the server takes mails to ${mail.to.join(", ")}`, fix: "" }
    : {
        name,
        ok: false,
        text: wrong,
        fix: "check SMTP_URL: smtp://user:password@host:587, or smtps://…:465",
      };
}

function checkRoles(config: Config): Check {
  const { admin, trader, viewer } = config.roles;
  const count = admin.length + trader.length + viewer.length;
  const chatting = config.slack !== null || config.discord !== null;
  if (chatting && admin.length === 0)
    return {
      name: "roles",
      ok: false,
      text:
        count === 0
          ? "nobody has a role: the bot will refuse everyone in Slack and Discord"
          : "nobody is admin: a halt or kill could be lifted at the console only",
      fix: "set ROLE_ADMIN to Slack or Discord user ids, comma-separated",
    };
  return {
    name: "roles",
    ok: true,
    text: `${admin.length} admin, ${trader.length} trader, ${viewer.length} viewer ids`,
    fix: "",
  };
}

function* checkOwnStrategies(): Generator<Check> {
  const { loaded, leftOut } = ownStrategies();
  const name = "own strategies";
  for (const { file, reason } of leftOut)
    yield {
      name,
      ok: false,
      text: `${file} is left out: ${reason}`,
      fix: `mend or remove strategies/${file}`,
    };
  if (leftOut.length > 0 && loaded.length === 0) return;
  const ids = loaded.map(({ strategy }) => strategy.id).join(", ");
  yield {
    name,
    ok: true,
    text: ids === "" ? "none (files in strategies/ are read at the start)" : ids,
    fix: "",
  };
}

async function checkDatabase(config: Config, log: Log, migrationsDir: string): Promise<Check> {
  try {
    const ledger = await openConfiguredLedger(config, [], `doctor:${process.pid}`, log, migrationsDir);
    await ledger.ping();
    const { description } = ledger;
    await ledger.close();
    return { name: "database", ok: true, text: `${description}: reachable, migrated`, fix: "" };
  } catch (error) {
    return {
      name: "database",
      ok: false,
      text: messageOf(error),
      fix: config.databaseUrl === null ? "see ALPHAFLOW_DATA_DIR" : "see DATABASE_URL",
    };
  }
}

/** Studies and their workers meet in a schema of their own, which is made with the first use: what is missing shows before. */
async function checkQueue(databaseUrl: string, log: Log): Promise<Check> {
  const name = "studies";
  try {
    return { name, ...(await queueRights({ databaseUrl, owner: `doctor:${process.pid}`, log })) };
  } catch (error) {
    return { name, ok: false, text: messageOf(error), fix: "see DATABASE_URL" };
  }
}

async function* checkAlpaca(config: Config, log: Log): AsyncGenerator<Check> {
  const { paperKeys, liveKeys } = config.alpaca;
  if (paperKeys === null && liveKeys === null) {
    yield {
      name: "alpaca",
      ok: true,
      text: "not configured: simulated broker and market (ALPACA_API_KEY and ALPACA_SECRET_KEY turn Alpaca on)",
      fix: "",
    };
    return;
  }
  if (paperKeys !== null)
    yield await checkAccount(
      "alpaca paper",
      "ALPACA_API_KEY and ALPACA_SECRET_KEY",
      config,
      paperKeys,
      true,
      log,
    );
  if (liveKeys !== null)
    yield await checkAccount(
      "alpaca live",
      "ALPACA_LIVE_API_KEY and ALPACA_LIVE_SECRET_KEY",
      config,
      liveKeys,
      false,
      log,
    );
  yield await checkData(config, paperKeys ?? liveKeys, log);
}

function alpacaOf(
  config: Config,
  keys: AlpacaKeys,
  paper: boolean,
  log: Log,
): ReturnType<typeof createAlpaca> {
  const { tradingUrl, dataUrl, tradingStreamUrl, feed } = config.alpaca;
  return createAlpaca({ ...keys, paper, tradingUrl, dataUrl, tradingStreamUrl, feed, log });
}

async function checkAccount(
  name: string,
  variables: string,
  config: Config,
  keys: AlpacaKeys,
  paper: boolean,
  log: Log,
): Promise<Check> {
  try {
    const account = await alpacaOf(config, keys, paper, log).broker.account();
    if (account.tradingBlocked)
      return {
        name,
        ok: false,
        text: `account ${account.accountNumber} is blocked from trading`,
        fix: "see the Alpaca dashboard",
      };
    return {
      name,
      ok: true,
      text: `account ${account.accountNumber}, equity $${account.equity.toFixed(2)}`,
      fix: "",
    };
  } catch (error) {
    return {
      name,
      ok: false,
      text: messageOf(error),
      fix: `check ${variables}${config.alpaca.tradingUrl === null ? "" : " and ALPACA_TRADING_URL"}`,
    };
  }
}

async function checkData(config: Config, keys: AlpacaKeys | null, log: Log): Promise<Check> {
  const name = "alpaca data";
  if (keys === null)
    return { name, ok: false, text: "no keys", fix: "set ALPACA_API_KEY and ALPACA_SECRET_KEY" };
  try {
    const price = (await alpacaOf(config, keys, true, log).market.latestPrices(["SPY"])).get("SPY");
    return {
      name,
      ok: true,
      text:
        price === undefined
          ? `feed ${config.alpaca.feed}: answers`
          : `feed ${config.alpaca.feed}: SPY at $${price.price.toFixed(2)}`,
      fix: "",
    };
  } catch (error) {
    return {
      name,
      ok: false,
      text: messageOf(error),
      fix: "check ALPACA_FEED (iex is free) and ALPACA_DATA_URL",
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
