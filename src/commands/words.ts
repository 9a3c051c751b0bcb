/** Longest command text that is read; anything longer is a paste by mistake or an attack. Characters. */
export const MAX_COMMAND_LENGTH = 2_000;

/** The same for commands that carry a text of somebody's own (`verbatim`). */
export const MAX_TEXT_LENGTH = 12_000;

/** Control characters, escape sequences' first bytes, and the marks that reverse the direction of text. */
// oxlint-disable-next-line no-control-regex -- these are exactly the characters that are meant
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a person on one line, without control characters, at most `limit` characters: for answers and the audit. */
export function oneLine(text: string, limit: number): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll(UNSAFE, "").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** A word that somebody typed, as an answer repeats it. */
export function echo(word: string): string {
  return oneLine(word, 40);
}

const TOKEN = /(?:[^\s"'=]+=)?(?:"[^"]*"|'[^']*')(?=\s|$)|\S+/g;
const QUOTED = /^([^\s"'=]+=)?(?:"([^"]*)"|'([^']*)')$/;

/** Splits as a shell would: `params="a=1 b=2"` is one word, typographic quotes count as quotes, an apostrophe is a letter. */
export function splitWords(text: string): readonly string[] {
  return (straightened(text).match(TOKEN) ?? []).map((token) => {
    const quoted = QUOTED.exec(token);
    return quoted === null ? token : `${quoted[1] ?? ""}${quoted[2] ?? quoted[3] ?? ""}`;
  });
}

/** What comes after so many words, as it stands; empty where nothing does. */
export function textAfter(text: string, words: number): string {
  const next = [...straightened(text).matchAll(TOKEN)][words];
  return next === undefined ? "" : text.slice(next.index);
}

/** Character by character, so that places in it are places in the text. */
function straightened(text: string): string {
  return text.replaceAll(/[“”„]/g, '"').replaceAll(/[‘’]/g, "'");
}

export interface NamedWord {
  readonly name: string;
  readonly value: string;
}

/** `timeframe=1Min` as name and value; undefined for a bare word. */
export function namedWord(word: string): NamedWord | undefined {
  const match = /^([A-Za-z_][\w-]*)=(.*)$/s.exec(word);
  const [, name, value] = match ?? [];
  return name === undefined || value === undefined
    ? undefined
    : { name: name.toLowerCase(), value: value.trim() };
}
