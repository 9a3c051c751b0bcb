import { resolve } from "node:path";
import type { CommandSpec } from "../../src/commands/contract.ts";
import { commandsTable } from "../../src/commands/help.ts";

export const README = resolve(import.meta.dirname, "../../README.md");

const BLOCK = /(<!-- commands:[^\n]*-->\n)[\s\S]*?(<!-- \/commands -->)/;

/** The README with its commands table as the declarations have it. */
export function withCommands(readme: string, commands: readonly CommandSpec[]): string {
  return readme.replace(
    BLOCK,
    (_whole, begin: string, end: string) => `${begin}${commandsTable(commands).trim()}\n${end}`,
  );
}
