import type { CommandSpec } from "../../commands/contract.ts";
import { optionName, specOf } from "./command-table.ts";
import type { GivenOption } from "./delivery.ts";

/**
 * A used slash command in the words of Slack and the console: `/strategy start momentum AAPL,MSFT timeframe=1Min`.
 * Arguments stand in their declared order; after an optional one that was left out they are named (`symbol=AAPL`), so that
 * none moves into another's place.
 */
export function commandText(
  specs: readonly CommandSpec[],
  words: readonly string[],
  options: readonly GivenOption[],
): string {
  const spec = specOf(specs, words);
  // Still shown by a Discord client though no longer declared: the bus says what there is instead.
  if (spec === undefined) return `/${words.join(" ")}`;
  const texts: string[] = [`/${spec.path.join(" ")}`];
  const settings: string[] = [];
  let gap = false;
  for (const arg of spec.args) {
    const given = options.find((option) => option.name === optionName(arg))?.value ?? "";
    if (arg.verbatim === true) {
      texts.push(String(given));
      continue;
    }
    const value = oneLine(given);
    if (arg.kind === "settings") {
      if (value !== "") settings.push(value);
    } else if (value === "") gap = true;
    else if (gap || arg.named === true || value.includes("=")) texts.push(`${arg.name}=${asWord(value)}`);
    else texts.push(asWord(arg.kind === "symbols" ? value.split(/[\s,]+/).join(",") : value));
  }
  return [...texts, ...settings].join(" ");
}

/** One word for the parser, which splits at white space and knows quotes, typographic ones too. */
function asWord(value: string): string {
  const unquoted = value.replaceAll(/["“”„]/g, "'");
  return /\s/.test(unquoted) ? `"${unquoted}"` : unquoted;
}

function oneLine(value: string | number | boolean): string {
  return String(value).replaceAll(/\s+/g, " ").trim();
}
