import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { checkSlack } from "../../../src/adapters/slack/check-slack.ts";
import { slackManifest } from "../../../src/adapters/slack/manifest.ts";
import type { CommandSpec } from "../../../src/commands/contract.ts";
import { recordingLog } from "../../support/slack/desk.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

function command(path: CommandSpec["path"], args: CommandSpec["args"] = []): CommandSpec {
  return {
    path,
    summary: `does ${path.join(" ")}`,
    examples: [],
    args,
    role: () => "viewer",
    run: () => Promise.reject(new Error("not run here")),
  };
}

const manifestShape = z.object({
  features: z.object({
    slash_commands: z.array(
      z.strictObject({
        command: z.string().regex(/^\/[a-z-]{1,31}$/),
        description: z.string().min(1).max(2000),
        usage_hint: z.string().max(1000).optional(),
        should_escape: z.boolean(),
        url: z.string().optional(),
      }),
    ),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    socket_mode_enabled: z.boolean(),
    interactivity: z.object({ is_enabled: z.boolean(), request_url: z.string().optional() }),
    event_subscriptions: z.object({ bot_events: z.array(z.string()), request_url: z.string().optional() }),
  }),
});

const commands = [
  command(["positions"], [{ name: "filter", kind: "text", required: false, description: "" }]),
  command(["strategy", "start"], [{ name: "id", kind: "strategy", required: true, description: "" }]),
  command(["strategy", "stop"]),
];

describe("the app manifest", () => {
  it("has one slash command a first word, buttons, mentions and Socket Mode", () => {
    const manifest = manifestShape.parse(JSON.parse(slackManifest(commands)));
    expect(manifest.features.slash_commands.map(({ command: name }) => name)).toEqual([
      "/positions",
      "/strategy",
    ]);
    expect(manifest.features.slash_commands[1]).toMatchObject({
      usage_hint: "start ID | stop",
      should_escape: false,
    });
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: true,
      interactivity: { is_enabled: true },
      event_subscriptions: {
        bot_events: expect.arrayContaining([
          "app_home_opened",
          "app_mention",
          "message.channels",
          "reaction_added",
        ]),
      },
    });
    expect(manifest.oauth_config.scopes.bot).toEqual(
      expect.arrayContaining([
        "commands",
        "chat:write",
        "app_mentions:read",
        "usergroups:read",
        "files:write",
      ]),
    );
  });

  it("names the request address everywhere for an app over HTTP", () => {
    const address = "https://bot.example.com/slack/events";
    const manifest = manifestShape.parse(JSON.parse(slackManifest(commands, address)));
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: false,
      interactivity: { request_url: address },
      event_subscriptions: { request_url: address },
    });
    expect(manifest.features.slash_commands.every(({ url }) => url === address)).toBe(true);
  });
});

describe("the doctor's look at Slack", () => {
  let slack: SlackServer;

  beforeEach(async () => {
    slack = await startSlackServer();
  });

  afterEach(async () => {
    await slack.close();
  });

  const config = () => ({
    botToken: slack.botToken,
    appToken: slack.appToken,
    channel: slack.channel,
    apiUrl: slack.apiUrl,
  });

  it("finds everything right", async () => {
    const checks = await checkSlack(config(), recordingLog());
    expect(checks.map(({ name, ok, fix }) => [name, ok, fix])).toEqual([
      ["Slack bot token", true, ""],
      ["Slack Socket Mode", true, ""],
      ["Slack channel", true, ""],
      ["Slack scopes", true, ""],
    ]);
  });

  it("names the scopes that an older installation lacks", async () => {
    slack.scopes.delete("im:write");
    const checks = await checkSlack(config(), recordingLog());
    expect(checks.at(-1)).toMatchObject({ name: "Slack scopes", ok: false, text: "missing: im:write" });
    expect(checks.at(-1)?.fix).toContain("slack-manifest");
  });

  it("names the variable for each thing that is wrong, and no token", async () => {
    const wrong = { ...config(), appToken: "xapp-wrong-1", channel: "C0NOWHERE" };
    const [bot, socket, channel] = await checkSlack(wrong, recordingLog());
    expect(bot).toMatchObject({ ok: true });
    expect(socket).toMatchObject({ ok: false, text: "invalid_auth" });
    expect(socket?.fix).toContain("SLACK_APP_TOKEN");
    expect(channel).toMatchObject({ ok: false });
    expect(channel?.fix).toContain("SLACK_CHANNEL");
    expect(JSON.stringify([bot, socket, channel])).not.toContain("xapp-wrong-1");
  });

  it("tells a network that is down from a token that is wrong", async () => {
    await slack.goDown();
    const checks = await checkSlack(config(), recordingLog());
    expect(checks.every(({ ok, fix }) => !ok && fix.includes("network"))).toBe(true);
    await slack.comeBack();
  });
});
