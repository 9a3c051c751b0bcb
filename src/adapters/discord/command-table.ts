import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  type RESTPutAPIApplicationCommandsJSONBody,
} from "discord.js";
import type { ArgSpec, CommandSpec } from "../../commands/contract.ts";
import { cut } from "./escape.ts";

const DESCRIPTION_MAX = 100;
const CHOICES_MAX = 25;
/** Name of the one free option that takes the `name=value` settings. */
const SETTINGS_OPTION = "params";

/** Discord's name of an argument's option. */
export function optionName(arg: ArgSpec): string {
  return arg.kind === "settings" ? SETTINGS_OPTION : discordName(arg.name);
}

/**
 * The declared commands as Discord wants them: the first word is the command, the second a subcommand; where a bare
 * command stands beside subcommands, or is meant to, it becomes one, under its `bareName`. Everybody sees every command: who may use it
 * is decided by the roles of the configuration, which Discord does not know.
 */
export function discordCommands(specs: readonly CommandSpec[]): RESTPutAPIApplicationCommandsJSONBody {
  const families = [...new Set(specs.map((spec) => spec.path[0]))];
  return families.map((name) => {
    const family = specs.filter((spec) => spec.path[0] === name);
    const [only] = family;
    const bare = only !== undefined && family.length === 1 && isAlone(only, specs);
    return {
      type: ApplicationCommandType.ChatInput,
      name: discordName(name),
      description: bare ? describe(only.summary, name) : describe(familySummary(family), name),
      options: bare ? optionsOf(only) : family.map(subcommand),
    };
  });
}

/** The declared command behind a used one: "strategy start", "risk show", "positions". */
export function specOf(specs: readonly CommandSpec[], words: readonly string[]): CommandSpec | undefined {
  return specs.find((spec) => {
    const name = [discordName(spec.path[0]), ...(isAlone(spec, specs) ? [] : [subcommandName(spec)])];
    return name.join(" ") === words.join(" ");
  });
}

function isAlone(spec: CommandSpec, specs: readonly CommandSpec[]): boolean {
  if (spec.path.length > 1 || spec.bareName !== undefined) return false;
  return specs.every((other) => other === spec || other.path[0] !== spec.path[0]);
}

function subcommandName(spec: CommandSpec): string {
  return discordName(spec.path[1] ?? spec.bareName ?? "show");
}

function subcommand(spec: CommandSpec): APIApplicationCommandSubcommandOption {
  const name = subcommandName(spec);
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name,
    description: describe(spec.summary, name),
    options: optionsOf(spec),
  };
}

function familySummary(family: readonly CommandSpec[]): string {
  return family.map(subcommandName).join(", ");
}

/** Discord wants the required ones first; the text keeps the declared order. */
function optionsOf(spec: CommandSpec): APIApplicationCommandBasicOption[] {
  return [...spec.args.filter((arg) => arg.required), ...spec.args.filter((arg) => !arg.required)].map(
    option,
  );
}

function option(arg: ArgSpec): APIApplicationCommandBasicOption {
  const name = optionName(arg);
  const base = { name, description: describe(arg.description, name), required: arg.required };
  const text = { ...base, type: ApplicationCommandOptionType.String as const };
  switch (arg.kind) {
    case "integer":
      return {
        ...base,
        type: ApplicationCommandOptionType.Integer,
        ...(arg.min === undefined ? {} : { min_value: arg.min }),
        ...(arg.max === undefined ? {} : { max_value: arg.max }),
      };
    case "choice": {
      const choices = arg.choices ?? [];
      if (choices.length === 0 || choices.length > CHOICES_MAX) return { ...text, autocomplete: true };
      return { ...text, choices: choices.map((choice) => ({ name: choice, value: choice })) };
    }
    case "strategy":
    case "symbol":
    case "symbols":
    case "run":
    case "settings":
      return { ...text, autocomplete: true };
    case "text":
      break;
  }
  return text;
}

function describe(text: string, name: string): string {
  const said = text.trim();
  return said === "" ? name : cut(said, DESCRIPTION_MAX);
}

/** Lower case, letters, digits, - and _, at most 32. */
function discordName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, "_")
    .slice(0, 32);
}
