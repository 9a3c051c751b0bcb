import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  PermissionFlagsBits,
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
 * command stands beside subcommands, or is meant to, it becomes one, under its `bareName`. What is shown to whom is only a
 * default, which a server changes under Integrations: who may use a command is decided by the roles of the configuration.
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
      ...permissionsOf(family),
      options: bare ? optionsOf(only) : family.map(subcommand),
    };
  });
}

/**
 * Discord knows permissions for a whole command, not for its subcommands: the least role in the family counts. Commands for
 * admins are shown to those who manage the server; those that change something, to members who may use commands at all; no
 * more than that, or a trader without a server permission could not press the kill switch.
 */
function permissionsOf(family: readonly CommandSpec[]): { readonly default_member_permissions?: string } {
  const roles = new Set(family.map((spec) => spec.role({ values: {}, symbols: [], settings: [] })));
  if (roles.has("viewer")) return {};
  const needed = roles.has("trader")
    ? PermissionFlagsBits.UseApplicationCommands
    : PermissionFlagsBits.ManageGuild;
  return { default_member_permissions: String(needed) };
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
    (arg) => option(arg, spec),
  );
}

function option(arg: ArgSpec, { form, args }: CommandSpec): APIApplicationCommandBasicOption {
  const name = optionName(arg);
  // Given nothing, the form asks; given something, the parser says what is missing. A text that is taken as it stands
  // must not be read as what was left out before it.
  const asks = form !== undefined && args.every(({ verbatim }) => verbatim !== true);
  const required = arg.required && !asks;
  const base = { name, description: describe(arg.description, name), required };
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
    case "holding":
    case "run":
    case "settings":
      return { ...text, autocomplete: true };
    case "text":
      return arg.completes === undefined ? text : { ...text, autocomplete: true };
  }
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
