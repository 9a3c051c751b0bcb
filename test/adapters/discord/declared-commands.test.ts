import { describe, expect, it } from "vitest";
import { discordCommands, optionName, specOf } from "../../../src/adapters/discord/command-table.ts";
import { commandText } from "../../../src/adapters/discord/command-text.ts";
import type { ArgSpec, CommandSpec } from "../../../src/commands/contract.ts";
import { commands } from "../../../src/commands/index.ts";
import { parseCommand } from "../../../src/commands/parse.ts";
import { commandProblems } from "../../support/discord/validate-commands.ts";

const EXAMPLES: Readonly<Record<ArgSpec["kind"], string>> = {
  choice: "",
  text: "news at ten",
  strategy: "momentum",
  symbol: "MSFT",
  symbols: "AAPL, MSFT",
  holding: "BTCUSD",
  run: "K7QD",
  integer: "",
  settings: "timeframe=1Min  min_alignment=0.66",
};

function example(arg: ArgSpec): string | number {
  if (arg.kind === "integer") return arg.min ?? 1;
  return arg.choices?.[0] ?? EXAMPLES[arg.kind];
}

/** The option words under which Discord sends the command. */
function wordsOf(spec: CommandSpec): readonly string[] {
  const bare = [spec.path[0]];
  return specOf(commands, bare) === spec ? bare : [spec.path[0], spec.path[1] ?? spec.bareName ?? "show"];
}

describe("the declared commands", () => {
  it("are accepted by Discord", () => {
    expect(commandProblems(discordCommands(commands)).toString()).toBe("");
  });

  it.each(commands.map((spec) => [spec.path.join(" "), spec] as const))(
    "/%s reads from Discord as it does from Slack, with all arguments, with the required ones, and with each one left out",
    (_name, spec) => {
      const optional = spec.args.filter((arg) => !arg.required);
      const choices = [
        spec.args,
        spec.args.filter((arg) => arg.required),
        ...optional.map((left) => spec.args.filter((arg) => arg !== left)),
      ];
      for (const given of choices) {
        const options = given.map((arg) => ({ name: optionName(arg), value: example(arg) }));
        const text = commandText(commands, wordsOf(spec), options);
        const parsed = parseCommand(text, commands);
        if (parsed.kind === "invalid") throw new Error(`${text}: ${parsed.text}`);
        expect(parsed.spec).toBe(spec);
        const single = given.filter((arg) => arg.kind !== "symbols" && arg.kind !== "settings");
        expect(parsed.args.values).toEqual(
          Object.fromEntries(single.map((arg) => [arg.name, String(example(arg))])),
        );
        expect(parsed.args.symbols).toEqual(
          given.some((arg) => arg.kind === "symbols") ? ["AAPL", "MSFT"] : [],
        );
        expect(parsed.args.settings).toEqual(
          given.some((arg) => arg.kind === "settings") ? ["timeframe=1Min", "min_alignment=0.66"] : [],
        );
      }
    },
  );
});
