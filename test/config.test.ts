import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";

const problemOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe("the configuration", () => {
  it("is the sandbox when nothing is set", () => {
    expect(readConfig({})).toMatchObject({
      alpaca: { paperKeys: null, liveKeys: null, paper: true, feed: "iex" },
      slack: null,
      discord: null,
      databaseUrl: null,
      mail: null,
      dataDir: "./data",
      tickCron: "*/2 * * * * *",
      http: { host: "127.0.0.1", port: 8000, token: null },
      liveMaxCapital: 5000,
      allowLive: null,
    });
  });

  it("ticks five seconds after the minute with Alpaca", () => {
    expect(readConfig({ ALPACA_API_KEY: "k", ALPACA_SECRET_KEY: "s" }).tickCron).toBe("5 * * * * *");
  });

  it("takes an empty value as not set", () => {
    expect(readConfig({ DATABASE_URL: "", SLACK_BOT_TOKEN: " " }).slack).toBeNull();
  });

  it.each([
    [
      "a key without its secret",
      { ALPACA_API_KEY: "k" },
      "ALPACA_SECRET_KEY: not set, but ALPACA_API_KEY is",
    ],
    ["a secret without its key", { ALPACA_SECRET_KEY: "s" }, "ALPACA_API_KEY: not set"],
    ["a live key without its secret", { ALPACA_LIVE_API_KEY: "k" }, "ALPACA_LIVE_SECRET_KEY: not set"],
    [
      "a bot token without a channel",
      { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" },
      "SLACK_CHANNEL: not set",
    ],
    [
      "a bot token with no way to listen",
      { SLACK_BOT_TOKEN: "xoxb-1", SLACK_CHANNEL: "C1" },
      "SLACK_APP_TOKEN: not set; expected xapp-… for Socket Mode",
    ],
    [
      "a mail server without a sender",
      { SMTP_URL: "smtp://m", EMAIL_TO: "a@b.c" },
      "EMAIL_FROM: not set, but SMTP_URL is",
    ],
    [
      "a mail server without recipients",
      { SMTP_URL: "smtp://m", EMAIL_FROM: "a@b.c" },
      "EMAIL_TO: not set, but SMTP_URL is",
    ],
    ["a recipient without a mail server", { EMAIL_TO: "a@b.c" }, "SMTP_URL: not set, but EMAIL_TO is"],
    ["a sender without a mail server", { EMAIL_FROM: "a@b.c" }, "SMTP_URL: not set, but EMAIL_FROM is"],
    [
      "a signing secret without a port",
      { SLACK_BOT_TOKEN: "xoxb-1", SLACK_CHANNEL: "C1", SLACK_SIGNING_SECRET: "x" },
      "SLACK_HTTP_PORT: not set",
    ],
    [
      "a Discord token without an application",
      { DISCORD_TOKEN: "t", DISCORD_CHANNEL: "1" },
      "DISCORD_APPLICATION_ID: not set",
    ],
    [
      "a channel name for an id",
      { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1", SLACK_CHANNEL: "#desk" },
      'SLACK_CHANNEL: found "#desk", expected a channel id, not a name',
    ],
    [
      "a cron expression that is none",
      { TICK_CRON: "every minute" },
      'TICK_CRON: found "every minute", expected a cron expression',
    ],
    ["a port that is none", { HTTP_PORT: "80000" }, 'HTTP_PORT: found "80000", expected a port number'],
    [
      "a mode that is neither",
      { ALPACA_PAPER: "maybe" },
      'ALPACA_PAPER: found "maybe", expected true or false',
    ],
    [
      "another database",
      { DATABASE_URL: "mysql://a:hunter22@b/c" },
      "DATABASE_URL: found a value that is not shown, expected an address that starts with postgres://",
    ],
    [
      "a capital of nothing",
      { ALPHAFLOW_LIVE_MAX_CAPITAL: "0" },
      'ALPHAFLOW_LIVE_MAX_CAPITAL: found "0", expected dollars above 0',
    ],
  ])("refuses %s in one line", (_name, environment, line) => {
    expect(problemOf(environment)).toContain(line);
    expect(problemOf(environment).split("\n")).toHaveLength(1);
  });

  it("reports everything that is wrong at once, and never a secret", () => {
    const problem = problemOf({
      SLACK_BOT_TOKEN: "xoxp-very-secret",
      HTTP_PORT: "x",
      ALPACA_API_KEY: "AKSECRET",
    });
    expect(problem.split("\n")).toHaveLength(5);
    expect(problem).not.toMatch(/very-secret|AKSECRET/);
  });

  it("takes addresses with and without the /v2 that the library adds", () => {
    const { alpaca } = readConfig({
      ALPACA_TRADING_URL: "http://127.0.0.1:1/v2/",
      ALPACA_DATA_URL: "http://127.0.0.1:2",
    });
    expect([alpaca.tradingUrl, alpaca.dataUrl]).toEqual(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
  });

  describe("of mail", () => {
    const mail = {
      SMTP_URL: "smtps://u:hunter2@m:465",
      EMAIL_FROM: "Bot <bot@m.example>",
      EMAIL_TO: "a@b.c, d@e.f",
    };

    it("is server, sender and recipients", () => {
      expect(readConfig(mail).mail).toEqual({
        url: "smtps://u:hunter2@m:465",
        from: "Bot <bot@m.example>",
        to: ["a@b.c", "d@e.f"],
      });
    });

    it.each([
      [
        "SMTP_URL",
        "http://u:hunter2@m",
        "SMTP_URL: found a value that is not shown, expected an address that starts with smtp://",
      ],
      ["EMAIL_FROM", "bot", 'EMAIL_FROM: found "bot", expected a mail address'],
      ["EMAIL_TO", "a@b.c,d", 'EMAIL_TO: found "a@b.c,d", expected mail addresses, comma-separated'],
      ["EMAIL_TO", ",", "EMAIL_TO: found"],
    ])("refuses %s=%s", (name, value, words) => {
      const problem = problemOf({ ...mail, [name]: value });
      expect(problem).toContain(words);
      expect(problem).not.toContain("hunter2");
    });
  });
});
