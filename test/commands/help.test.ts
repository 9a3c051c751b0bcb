import { describe, expect, it } from "vitest";
import { commandsTable } from "../../src/commands/help.ts";
import { commands } from "../../src/commands/index.ts";
import { parseCommand } from "../../src/commands/parse.ts";
import { busBench, VIV } from "../support/command-bus.ts";

describe("/help", () => {
  it("lists every command with its usage and role", async () => {
    const answer = await busBench().say("/help", VIV);
    expect(answer.table?.rows).toHaveLength(commands.length);
    expect(answer.table?.rows).toContainEqual([
      "/mode [paper|live]",
      "viewer · admin",
      "shows or changes the trading mode; live needs a second admin",
    ]);
  });

  it("explains one command with its arguments and examples", async () => {
    const answer = await busBench().say("/help /Strategy  Stop", VIV);
    expect(answer.text).toContain("/strategy stop RUN|all [close=yes|no]");
    expect(answer.table?.rows.map(([name, needed]) => [name, needed])).toEqual([
      ["run", "yes"],
      ["close", "no"],
    ]);
    expect(answer.footer).toContain("Example: /strategy stop all close=yes");
  });

  it("lists the commands of a family", async () => {
    const answer = await busBench().say("/help strategy", VIV);
    expect(answer.table?.rows).toHaveLength(8);
  });

  it("names the command that was meant", async () => {
    expect((await busBench().say("/help postions", VIV)).text).toBe(
      "unknown command /postions; did you mean /positions?",
    );
  });
});

describe("the declarations", () => {
  it("have examples that parse to their own command", () => {
    for (const spec of commands)
      for (const example of spec.examples)
        expect({ example, ...parseCommand(example, commands) }).toMatchObject({ kind: "command", spec });
  });

  it("have names that Discord takes", () => {
    for (const spec of commands)
      for (const name of [
        ...spec.path,
        ...(spec.bareName === undefined ? [] : [spec.bareName]),
        ...spec.args.map((arg) => arg.name),
      ])
        expect(name).toMatch(/^[a-z_]{1,32}$/);
    const texts = commands.flatMap((spec) => [spec.summary, ...spec.args.map((arg) => arg.description)]);
    expect(texts.filter((text) => text.length > 100)).toEqual([]);
  });

  it("have required arguments before optional ones, as Discord wants them", () => {
    const late = commands.filter((spec) => {
      const firstOptional = spec.args.findIndex((arg) => !arg.required);
      return firstOptional >= 0 && spec.args.slice(firstOptional).some((arg) => arg.required);
    });
    expect(late).toEqual([]);
  });

  it("make the README's table, one line a command", () => {
    const lines = commandsTable(commands).split("\n");
    expect(lines).toHaveLength(commands.length + 2);
    expect(lines[2]).toBe("| `/strategy list` | viewer | the strategies and how many runs each has |");
    expect(lines).toContain(
      "| `/performance [day\\|week\\|month\\|all] [by=strategy\\|symbol\\|tag\\|weekday\\|hour]` | viewer | profit, win rate, profit factor, expectancy, Sharpe, drawdown and the equity curve |",
    );
  });
});
