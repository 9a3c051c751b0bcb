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
});
