import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { discordCommands } from "../../../src/adapters/discord/command-table.ts";
import { formModal } from "../../../src/adapters/discord/form-modal.ts";
import { commands } from "../../../src/commands/index.ts";
import { formOf } from "../../../src/commands/form.ts";
import { ann, bob, openDesk, type Desk } from "../../support/discord/desk.ts";
import { CALLBACK, FLAG } from "../../support/discord/types.ts";
import { modalProblems } from "../../support/discord/validate-modal.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.chat.start();
});
afterEach(async () => desk.close());

describe("a slash command without options that has a form", () => {
  it("opens it, and the form's submission is the very command that would have been typed", async () => {
    const { discord, bus } = desk;
    const used = discord.slash(ann, "order");
    await discord.modal(used);
    expect(used).toMatchObject({ callback: CALLBACK.modal });
    expect(bus.requests).toHaveLength(0);

    const submitted = discord.submit(ann, used, {
      side: "buy",
      symbol: "AAPL",
      qty: "$5000",
      limit: "185",
      "…": "stop=180 target=200 tif=gtc",
    });
    const shown = await discord.answer(submitted);

    expect(bus.requests).toMatchObject([
      {
        text: "/order buy AAPL $5000 limit=185 stop=180 target=200 tif=gtc",
        deliveryId: submitted.id,
        channel: discord.channelId,
        actor: { userId: ann.id, groupIds: ann.roles },
      },
    ]);
    expect(shown.content).toContain("did /order buy AAPL");
  });

  it("says to the person alone what is wrong, runs nothing, and leads back to the form", async () => {
    const { discord, bus } = desk;
    const used = discord.slash(ann, "order");
    await discord.modal(used);
    const submitted = discord.submit(ann, used, {
      side: "buy",
      symbol: "AAPL",
      qty: "2.5",
      "…": "stop=cheap",
    });
    const shown = await discord.answer(submitted);
    expect(shown.flags & FLAG.ephemeral).toBe(FLAG.ephemeral);
    expect(shown.content).toContain("Shares or dollars: 2.5: expected whole shares (5) or dollars ($5000)");
    expect(shown.content).toContain("Stop price: stop=cheap: expected a price above 0");
    expect(bus.requests).toHaveLength(0);

    const pressed = discord.press(ann, shown, "/order");
    await discord.modal(pressed);
    const again = discord.submit(ann, pressed, { side: "buy", symbol: "AAPL", qty: "2" });
    await discord.answer(again);
    expect(bus.requests[0]?.text).toBe("/order buy AAPL 2");
  });

  it("names what its last field does not know", async () => {
    const { discord, bus } = desk;
    const used = discord.slash(ann, "order");
    await discord.modal(used);
    const submitted = discord.submit(ann, used, { side: "buy", symbol: "AAPL", qty: "2", "…": "seen=9" });
    const shown = await discord.answer(submitted);
    expect(shown.content).toContain("seen=9: expected stop=… target=… trail=… tif=…");
    expect(bus.requests).toHaveLength(0);
  });

  it("runs as it stands where options were given, or for somebody without the role", async () => {
    const { discord, bus } = desk;
    await discord.answer(discord.slash(ann, "order", { side: "buy", symbol: "AAPL", qty: "5" }));
    await discord.answer(discord.slash(bob, "order"));
    await discord.answer(discord.slash(ann, "order", { symbol: "AAPL" }));
    expect(bus.requests.map(({ text }) => text)).toEqual([
      "/order buy AAPL 5",
      "/order",
      "/order symbol=AAPL",
    ]);
  });

  it("runs once when the submission is delivered again", async () => {
    const { discord, bus } = desk;
    const used = discord.slash(ann, "order");
    await discord.modal(used);
    const submitted = discord.submit(ann, used, { side: "sell", symbol: "AAPL", qty: "2" });
    await discord.answer(submitted);
    discord.redeliver(submitted);
    await discord.answer(discord.slash(ann, "positions"));
    expect(bus.requests.map(({ text }) => text)).toEqual(["/order sell AAPL 2", "/positions"]);
  });
});

describe("the declared forms", () => {
  it.each(["order", "strategy start"])("/%s fits into a modal", (path) => {
    const form = formOf(commands, path.split(" "));
    if (form === undefined) throw new Error("no form");
    expect(modalProblems(JSON.parse(JSON.stringify(formModal(form)))).toString()).toBe("");
  });
});

describe("what a command is shown to by default", () => {
  // 1 << 5 is Manage Server, 1 << 31 Use Application Commands.
  it.each([
    ["resume", "32"],
    ["kill", "2147483648"],
    ["order", "2147483648"],
    ["positions", undefined],
    ["risk", undefined],
  ])("/%s: %s", (name, permissions) => {
    const command = discordCommands(commands).find((each) => each.name === name);
    expect(command?.default_member_permissions).toBe(permissions);
  });
});
