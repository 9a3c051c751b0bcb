import { describe, expect, it } from "vitest";
import { commands } from "../../src/commands/index.ts";
import { parseCommand } from "../../src/commands/parse.ts";
import { testPositionView, testRun, testRunView } from "../support/fake-desk.ts";
import { ANN, busBench, EVE, TOM, VIV } from "../support/command-bus.ts";

function commandsOf(page: readonly { readonly buttons?: readonly { readonly command: string }[] }[]) {
  return page.flatMap(({ buttons = [] }) => buttons.map(({ command }) => command));
}

describe("the home page", () => {
  it("shows mode, money, positions, limits and runs, and the buttons of a trader", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView({ symbol: "TSLA" })];
    bench.desk.runs = [testRunView(), testRunView(testRun({ status: "paused" }))];
    const page = await bench.bus.home(TOM);
    const [head] = page;
    expect(head?.title).toBe("AlphaFlow · PAPER");
    expect(head?.fields?.map(({ label }) => label)).toEqual([
      "Equity",
      "Day P&L",
      "Broker",
      "Database",
      "Chats",
      "Market",
    ]);
    expect(page.find(({ title }) => title === "Risk")?.table?.rows.length).toBeGreaterThan(0);
    const pressable = commandsOf(page);
    expect(pressable).toEqual(
      expect.arrayContaining([
        "/strategy start",
        "/order",
        "/halt",
        expect.stringMatching(/^\/close TSLA /),
        expect.stringMatching(/^\/strategy stop /),
        expect.stringMatching(/^\/strategy pause /),
        expect.stringMatching(/^\/strategy resume /),
      ]),
    );
    expect(pressable).not.toContain("/resume");
  });

  it("gives every button a command that the parser takes", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView({ symbol: "TSLA" })];
    bench.desk.runs = [testRunView()];
    for (const command of commandsOf(await bench.bus.home(ANN))) {
      if (command === "/order" || command === "/strategy start") continue;
      expect(parseCommand(command, commands)).toMatchObject({ kind: "command" });
    }
  });

  it("shows a viewer the same without the buttons that change something", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView({ symbol: "TSLA" })];
    bench.desk.runs = [testRunView()];
    const pressable = commandsOf(await bench.bus.home(VIV));
    expect(pressable.every((command) => /^\/(chart|why|strategy status)/.test(command))).toBe(true);
    expect(pressable).not.toEqual([]);
  });

  it("is one sentence for people without a role, and for everybody while the desk cannot be read", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView({ symbol: "TSLA" })];
    const refused = await bench.bus.home(EVE);
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused)).toContain("You have no role here");
    expect(JSON.stringify(refused)).not.toContain("TSLA");
    bench.desk.broken.set("runs", new Error("away"));
    expect(await bench.bus.home(TOM)).toMatchObject([{ text: expect.stringContaining("cannot be read") }]);
  });

  it("names what it has no room for", async () => {
    const bench = busBench();
    bench.desk.positions = Array.from({ length: 40 }, (_, n) => testPositionView({ symbol: `S${n}` }));
    const page = await bench.bus.home(TOM);
    expect(page.some(({ text }) => text === "… 25 more positions: /positions")).toBe(true);
  });
});
