import { REST, Routes } from "discord.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDiscord, type DiscordServer } from "./discord-server.ts";
import { commandProblems } from "./discord/validate-commands.ts";
import { messageProblems } from "./discord/validate-message.ts";

const ann = { id: "1200000000000000001", name: "Ann" };

let discord: DiscordServer;
let rest: REST;
beforeEach(async () => {
  discord = await startDiscord({ firstAnswerMs: 200 });
  rest = new REST({ api: discord.apiUrl, retries: 0, rejectOnRateLimit: () => true }).setToken(discord.token);
  await rest.put(Routes.applicationGuildCommands(discord.applicationId, discord.guildId), {
    body: [{ name: "positions", description: "Open positions" }],
  });
});
afterEach(async () => discord.stop());

const embed = (part: object): object => ({ embeds: [part] });
const field = (name: string, value: string): object => embed({ fields: [{ name, value }] });
const button = (id: string, label = "x"): object => ({ type: 2, style: 1, label, custom_id: id });
const rows = (...lists: readonly object[][]): object => ({
  components: lists.map((components) => ({ type: 1, components })),
});

const command = (options: readonly object[]): object[] => [{ name: "a", description: "b", options }];
const text = (name: string, more: object = {}): object => ({ type: 3, name, description: "d", ...more });
it.each([
  ["a name in upper case", [{ name: "Positions", description: "b" }]],
  ["a description over 100", [{ name: "a", description: "x".repeat(101) }]],
  ["no description", [{ name: "a" }]],
  [
    "the same name twice",
    [
      { name: "a", description: "b" },
      { name: "a", description: "b" },
    ],
  ],
  ["an option name with a space", command([text("a b")])],
  ["options beside subcommands", command([{ type: 1, name: "x", description: "d" }, text("y")])],
  ["a required option after an optional one", command([text("x"), text("y", { required: true })])],
  [
    "26 choices",
    command([
      text("x", {
        choices: Array.from({ length: 26 }, (_c, i) => ({ name: String(i), value: String(i) })),
      }),
    ]),
  ],
  [
    "choices beside autocomplete",
    command([text("x", { autocomplete: true, choices: [{ name: "a", value: "a" }] })]),
  ],
  ["26 options", command(Array.from({ length: 26 }, (_o, index) => text(`o${String(index)}`)))],
])("commands with %s", (_what, body) => {
  expect(commandProblems(body).none).toBe(false);
});

describe("the Discord stand-in refuses", () => {
  it.each([
    ["content over 2,000", { content: "x".repeat(2001) }],
    ["a title over 256", embed({ title: "x".repeat(257) })],
    ["a description over 4,096", embed({ description: "x".repeat(4097) })],
    ["a footer over 2,048", embed({ footer: { text: "x".repeat(2049) } })],
    ["26 fields", embed({ fields: Array.from({ length: 26 }, () => ({ name: "a", value: "b" })) })],
    ["a field name over 256", field("x".repeat(257), "v")],
    ["a field value over 1,024", field("n", "x".repeat(1025))],
    ["a blank field value", field("n", " ")],
    ["embeds over 6,000", { embeds: [{ description: "x".repeat(4000) }, { description: "x".repeat(2001) }] }],
    ["11 embeds", { embeds: Array.from({ length: 11 }, () => ({ title: "t" })) }],
    ["an empty embed", embed({ color: 1 })],
    ["six rows", rows(...Array.from({ length: 6 }, (_row, index) => [button(String(index))]))],
    ["six buttons in a row", rows(Array.from({ length: 6 }, (_button, index) => button(String(index))))],
    ["a row without buttons", rows([])],
    ["a label over 80", rows([button("a", "x".repeat(81))])],
    ["a custom id over 100", rows([button("x".repeat(101))])],
    ["a custom id twice", rows([button("a"), button("a")])],
    ["a nonce over 25", { content: "x", nonce: "x".repeat(26) }],
  ])("a message with %s", (_what, body) => {
    expect(messageProblems({ ...body }).none).toBe(false);
  });

  it("a wrong token", async () => {
    await expect(
      new REST({ api: discord.apiUrl }).setToken("wrong").get(Routes.user()),
    ).rejects.toMatchObject({ status: 401 });
  });

  it("a first answer that comes late, and edits without one", async () => {
    const used = discord.slash(ann, "positions");
    await expect(
      rest.patch(Routes.webhookMessage(discord.applicationId, used.token), {
        body: { content: "x" },
        auth: false,
      }),
    ).rejects.toMatchObject({ code: 10015 });
    await new Promise((done) => setTimeout(done, 250));
    await expect(
      rest.post(Routes.interactionCallback(used.id, used.token), {
        body: { type: 4, data: { content: "x" } },
        auth: false,
      }),
    ).rejects.toMatchObject({ code: 10062 });
  });

  it("a second first answer, and everything after fifteen minutes", async () => {
    const used = discord.slash(ann, "positions");
    const first = (): Promise<unknown> =>
      rest.post(Routes.interactionCallback(used.id, used.token), { body: { type: 5 }, auth: false });
    await first();
    await expect(first()).rejects.toMatchObject({ code: 40060 });
    discord.killToken(used);
    await expect(
      rest.patch(Routes.webhookMessage(discord.applicationId, used.token), {
        body: { content: "x" },
        auth: false,
      }),
    ).rejects.toMatchObject({ code: 50027 });
  });

  it("an empty message, an unknown channel, and one that the bot may not see", async () => {
    const post = (channel: string, content: string): Promise<unknown> =>
      rest.post(Routes.channelMessages(channel), { body: { content } });
    await expect(post(discord.channelId, " ")).rejects.toMatchObject({ code: 50006 });
    await expect(post("1100000000000000099", "x")).rejects.toMatchObject({ code: 10003 });
    await expect(post(discord.hiddenChannelId, "x")).rejects.toMatchObject({ code: 50001 });
  });

  it("the sixth message in five seconds", async () => {
    const client = (): REST =>
      new REST({ api: discord.apiUrl, retries: 0, rejectOnRateLimit: () => true }).setToken(discord.token);
    const post = (): Promise<unknown> =>
      client().post(Routes.channelMessages(discord.channelId), { body: { content: "x" } });
    for (let count = 0; count < 5; count += 1) await post();
    await expect(post()).rejects.toMatchObject({ retryAfter: expect.any(Number) });
    expect(discord.messages).toHaveLength(5);
  });

  it("nothing twice under an enforced nonce", async () => {
    const body = { content: "x", nonce: "n1", enforce_nonce: true };
    const first = await rest.post(Routes.channelMessages(discord.channelId), { body });
    expect(await rest.post(Routes.channelMessages(discord.channelId), { body })).toMatchObject({
      id: discord.messages[0]?.id,
    });
    expect(first).toMatchObject({ nonce: "n1" });
    expect(discord.messages).toHaveLength(1);
  });
});
