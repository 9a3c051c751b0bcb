import { commandLine } from "../../commands/command-line.ts";
import type { CommandSpec } from "../../commands/contract.ts";
import { optionName, specOf } from "./command-table.ts";
import type { GivenOption } from "./delivery.ts";

/** A used slash command in the words of Slack and the console: `/strategy start momentum AAPL,MSFT timeframe=1Min`. */
export function commandText(
  specs: readonly CommandSpec[],
  words: readonly string[],
  options: readonly GivenOption[],
): string {
  const spec = specOf(specs, words);
  // Still shown by a Discord client though no longer declared: the bus says what there is instead.
  if (spec === undefined) return `/${words.join(" ")}`;
  return commandLine(spec, (arg) => {
    const given = options.find((option) => option.name === optionName(arg));
    return String(given?.value ?? "");
  });
}
