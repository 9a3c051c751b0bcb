const ZERO_WIDTH_SPACE = "\u200b";

/** Control characters, what turns the reading direction round, and halves of surrogate pairs, which Discord refuses or shows as nothing. */
// oxlint-disable-next-line no-control-regex -- these are exactly the characters that are meant
const UNSHOWABLE = /[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]/gu;

const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/\\(?=[!-/:-@[-`{-~])/g, "\\\\"],
  [/[*`]|~~|\|\|/g, "\\$&"],
  // Inside a word (`multi_timeframe`) an underscore is only an underscore.
  [/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_"],
  [/\](?=\()/g, "\\]"],
  [/<(?=[@#:/]|a:|t:|id:|https?:)/g, "\\<"],
  [/^(\s*)(#{1,3}\s|-#\s|>)/gm, "$1\\$2"],
  [/@(?=everyone|here)/g, `@${ZERO_WIDTH_SPACE}`],
];

/** Text as Discord can carry it: no control characters but the line feed, no broken characters. */
export function showable(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll("\t", " ")
    .replaceAll(UNSHOWABLE, (found) => (found >= "\ud800" ? "\ufffd" : ""));
}

/**
 * Shows text literally: nothing in it becomes a mention, a link, or formatting. Only what would take effect is escaped,
 * so that an alert reads in Discord's API exactly as the contract says.
 */
export function literal(text: string): string {
  return MARKUP.reduce((escaped, [from, to]) => escaped.replace(from, to), showable(text));
}

/** A code block. Three backticks inside would end it. */
export function codeBlock(lines: readonly string[]): string {
  return `\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

/** One line for a code block. */
export function codeLine(text: string): string {
  return showable(text).replaceAll(/\s+/g, " ").replaceAll("`", "'").trim();
}

/** At most `limit` UTF-16 units, with "…" where something is missing; never half a character or half an escape. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return limit < 1 ? "" : `${wholeHead(text, limit - 1)}…`;
}

/** The first `limit` UTF-16 units or a little less, ending neither in half a character nor in half an escape. */
export function wholeHead(text: string, limit: number): string {
  const head = text.slice(0, limit).replace(/[\ud800-\udbff]$/, "");
  const [slashes = ""] = /\\*$/.exec(head) ?? [];
  return slashes.length % 2 === 1 ? head.slice(0, -1) : head;
}
