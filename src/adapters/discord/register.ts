import { Routes, type REST } from "discord.js";
import type { CommandSpec } from "../../commands/contract.ts";
import { discordCommands } from "./command-table.ts";
import type { DiscordConfig } from "./config.ts";
import { createRest } from "./rest.ts";

export interface Registration {
  /** False when Discord had exactly these commands already, and nothing was sent. */
  readonly changed: boolean;
  readonly count: number;
}

/** Registers the commands (in the guild, or globally without one) if they differ from what Discord has. Throws what the request came to. */
export async function registerCommands(
  config: DiscordConfig,
  commands: readonly CommandSpec[],
  rest: REST = createRest(config),
): Promise<Registration> {
  const wanted = discordCommands(commands);
  const present = await rest.get(commandsRoute(config));
  if (sameCommands(present, wanted)) return { changed: false, count: wanted.length };
  await rest.put(commandsRoute(config), { body: wanted });
  return { changed: true, count: wanted.length };
}

/** How many commands Discord has, and whether they are the declared ones. */
export async function registeredCommands(
  config: DiscordConfig,
  commands: readonly CommandSpec[],
  rest: REST,
): Promise<{ readonly count: number; readonly current: boolean }> {
  const present = await rest.get(commandsRoute(config));
  return {
    count: Array.isArray(present) ? present.length : 0,
    current: sameCommands(present, discordCommands(commands)),
  };
}

function commandsRoute({ applicationId, guildId }: DiscordConfig): `/${string}` {
  return guildId === undefined
    ? Routes.applicationCommands(applicationId)
    : Routes.applicationGuildCommands(applicationId, guildId);
}

function sameCommands(present: unknown, wanted: readonly unknown[]): boolean {
  return canonicalList(present, true) === canonicalList(wanted, true);
}

/** What of a command or option was declared, in one order, without ids, versions and Discord's filled-in defaults. */
function canonical(node: unknown): string {
  if (!isRecord(node)) return JSON.stringify(node) ?? "null";
  return JSON.stringify([
    node["type"] ?? 1,
    node["name"],
    node["description"] ?? null,
    node["required"] === true,
    node["autocomplete"] === true,
    node["min_value"] ?? null,
    node["max_value"] ?? null,
    node["value"] ?? null,
    node["default_member_permissions"] ?? null,
    canonicalList(node["choices"], false),
    canonicalList(node["options"], false),
  ]);
}

function canonicalList(nodes: unknown, sorted: boolean): string {
  const texts = Array.isArray(nodes) ? nodes.map(canonical) : [];
  return (sorted ? texts.sort() : texts).join("\n");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
