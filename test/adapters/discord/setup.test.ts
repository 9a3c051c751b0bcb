import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkDiscord } from "../../../src/adapters/discord/check-discord.ts";
import { discordCommands } from "../../../src/adapters/discord/command-table.ts";
import type { DiscordConfig } from "../../../src/adapters/discord/config.ts";
import { registerCommands } from "../../../src/adapters/discord/register.ts";
import { apiBase } from "../../../src/adapters/discord/rest.ts";
import { ann, openDesk, specs, type Desk } from "../../support/discord/desk.ts";
import { commandProblems } from "../../support/discord/validate-commands.ts";

let desk: Desk;
let config: DiscordConfig;
beforeEach(async () => {
  desk = await openDesk();
  const { token, applicationId, guildId, channelId: channel, apiUrl } = desk.discord;
  config = { token, applicationId, guildId, channel, apiUrl };
});
afterEach(async () => desk.close());

const puts = (): number => desk.discord.requestsTo("PUT", /\/commands$/).length;

describe("registering commands", () => {
  it("happens at the start, and not again while they are the same", async () => {
    await desk.chat.start();
    expect(puts()).toBe(1);
    await desk.another().start();
    expect(puts()).toBe(1);
    expect(desk.discord.commands().map((command) => command["name"])).toEqual([
      "strategy",
      "positions",
      "trades",
      "risk",
      "halt",
      "kill",
      "order",
    ]);
  });

  it("tells whether something changed, and how many there are", async () => {
    expect(await registerCommands(config, specs)).toEqual({ changed: true, count: 6 });
    expect(await registerCommands(config, specs)).toEqual({ changed: false, count: 6 });
  });

  it.each([
    ["a description", specs.map((spec) => ({ ...spec, summary: `${spec.summary}!` }))],
    ["a removed command", specs.slice(1)],
    [
      "an argument that became required",
      specs.map((spec) => ({ ...spec, args: spec.args.map((arg) => ({ ...arg, required: true })) })),
    ],
    [
      "a bound",
      specs.map((spec) => ({
        ...spec,
        args: spec.args.map((arg) => (arg.max === undefined ? arg : { ...arg, max: 50 })),
      })),
    ],
  ])("notices %s", async (_what, changed) => {
    await registerCommands(config, specs);
    expect((await registerCommands(config, changed)).changed).toBe(true);
    expect((await registerCommands(config, changed)).changed).toBe(false);
  });

  it("is global without a server", async () => {
    await registerCommands({ ...config, guildId: undefined }, specs);
    expect(desk.discord.commands("global")).toHaveLength(6);
    expect(desk.discord.commands("guild")).toHaveLength(0);
  });

  it("makes what Discord accepts: subcommands, bare commands under their own name, typed options, required ones first", () => {
    const made = discordCommands(specs);
    expect(commandProblems(made).toString()).toBe("");
    expect(made.find(({ name }) => name === "risk")).toMatchObject({
      options: [
        { type: 1, name: "show", options: [] },
        { type: 1, name: "set", options: [{ type: 3, name: "params", required: true, autocomplete: true }] },
      ],
    });
    expect(made.find(({ name }) => name === "trades")).toMatchObject({
      options: [
        { type: 4, name: "n", min_value: 1, max_value: 100 },
        { type: 3, name: "strategy", autocomplete: true },
        { type: 3, name: "symbol", autocomplete: true },
      ],
    });
    expect(made.every((command) => !("default_member_permissions" in command))).toBe(true);
  });

  it.each([
    ["DISCORD_TOKEN", { token: "MTEwMDAwMDAwMDAwMDAwMDAwMQ.wrong.secret-part" }],
    ["DISCORD_APPLICATION_ID", { applicationId: "1100000000000000099" }],
    ["DISCORD_GUILD_ID", { guildId: "1100000000000000099" }],
  ])("stops the start with one line when %s is wrong", async (variable, wrong) => {
    const starting = desk.another(wrong).start();
    await expect(starting).rejects.toThrow(new RegExp(`^${variable}: [^\\n]+$`));
    await expect(starting).rejects.not.toThrow(/secret-part/);
  });
});

describe("the doctor", () => {
  it("finds everything in order", async () => {
    await registerCommands(config, specs);
    const checks = await checkDiscord(config, specs);
    expect(checks.map(({ name, ok, text, fix }) => `${name}: ${String(ok)}, ${text}${fix}`)).toEqual([
      "Discord token: true, signed in as alphaflow",
      "Discord application: true, the token belongs to it",
      "Discord replies: true, those that mention the bot are notes; DISCORD_MESSAGE_CONTENT=true takes every one in a card's thread, once the portal grants Message Content",
      "Discord server: true, the bot is in The desk",
      "Discord channel: true, #desk can be seen",
      "Discord commands: true, 6 are registered",
    ]);
  });

  it.each([
    ["a wrong token", { token: "MTEwMDAwMDAwMDAwMDAwMDAwMQ.wrong.secret-part" }, 5, /^DISCORD_TOKEN/],
    [
      "a wrong application",
      { applicationId: "1100000000000000099" },
      2,
      /DISCORD_APPLICATION_ID|register-commands/,
    ],
    ["a wrong server", { guildId: "1100000000000000099" }, 2, /DISCORD_GUILD_ID|register-commands/],
    ["an unknown channel", { channel: "1100000000000000099" }, 1, /^DISCORD_CHANNEL/],
    ["a channel that it may not see", { channel: "1100000000000000004" }, 1, /^DISCORD_CHANNEL/],
    ["an address where nothing listens", { apiUrl: "http://127.0.0.1:9/api" }, 5, /^check the network/],
  ])("says what to do about %s", async (_what, wrong, count, fix) => {
    await registerCommands(config, specs);
    const failed = (await checkDiscord({ ...config, ...wrong }, specs)).filter(({ ok }) => !ok);
    expect(failed).toHaveLength(count);
    for (const check of failed) expect(check.fix).toMatch(fix);
    expect(JSON.stringify(failed)).not.toContain("secret-part");
  });

  it("says whether replies can be read where DISCORD_MESSAGE_CONTENT is set", async () => {
    const replies = async () =>
      (await checkDiscord({ ...config, messageContent: true }, specs)).find(
        ({ name }) => name === "Discord replies",
      );
    expect(await replies()).toMatchObject({ ok: false, fix: expect.stringContaining("Message Content") });
    desk.discord.grantMessageContent();
    expect(await replies()).toMatchObject({ ok: true, text: "every one in a card's thread is a note" });
  });

  it("says that commands of another version are registered", async () => {
    await registerCommands(config, specs.slice(1));
    const failed = (await checkDiscord(config, specs)).filter(({ ok }) => !ok);
    expect(failed).toMatchObject([
      { name: "Discord commands", fix: expect.stringContaining("register-commands") },
    ]);
  });
});

describe("DISCORD_API_URL", () => {
  it.each([
    [undefined, "https://discord.com/api"],
    ["http://127.0.0.1:8/api", "http://127.0.0.1:8/api"],
    ["http://127.0.0.1:8/api/", "http://127.0.0.1:8/api"],
    ["http://127.0.0.1:8/api/v10", "http://127.0.0.1:8/api"],
    ["http://127.0.0.1:8", "http://127.0.0.1:8"],
  ])("%s is %s before discord.js adds the version", (given, base) => {
    expect(apiBase(given)).toBe(base);
  });

  it("works with a slash at its end", async () => {
    const chat = desk.another({ apiUrl: `${desk.discord.apiUrl}/` });
    await chat.start();
    const shown = await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(shown.content).toBe("did /positions");
  });
});
