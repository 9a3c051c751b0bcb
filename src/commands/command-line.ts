import type { ArgSpec, CommandSpec } from "./contract.ts";

/**
 * Arguments that somebody filled in one by one, in the words of Slack and the console: `/strategy start momentum AAPL,MSFT`.
 * They stand in their declared order; after an optional one that was left out they are named (`symbol=AAPL`), so that none
 * moves into another's place.
 */
export function commandLine(spec: CommandSpec, given: (arg: ArgSpec) => string): string {
  const texts: string[] = [`/${spec.path.join(" ")}`];
  const settings: string[] = [];
  let gap = false;
  for (const arg of spec.args) {
    if (arg.verbatim === true) {
      texts.push(given(arg));
      continue;
    }
    const value = given(arg).replaceAll(/\s+/g, " ").trim();
    if (arg.kind === "settings") {
      if (value !== "") settings.push(value);
    } else if (value === "") gap = true;
    else if (gap || arg.named === true || value.includes("=")) texts.push(`${arg.name}=${asWord(value)}`);
    else texts.push(asWord(arg.kind === "symbols" ? value.split(/[\s,]+/).join(",") : value));
  }
  return [...texts, ...settings].join(" ");
}

/** One word for the parser, which splits at white space and knows quotes, typographic ones too. */
export function asWord(value: string): string {
  const unquoted = value.replaceAll(/["“”„]/g, "'");
  return /\s/.test(unquoted) ? `"${unquoted}"` : unquoted;
}
