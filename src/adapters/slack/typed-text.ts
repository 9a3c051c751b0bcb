const LINKED = /<([@#!]|https?:\/\/|mailto:|tel:)([^<>|]*)(?:\|([^<>]*))?>/g;
const ENTITY: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">" };
const TYPOGRAPHIC: readonly (readonly [RegExp, string])[] = [
  [/[“”„‟«»]/g, '"'],
  [/[‘’‚‛]/g, "'"],
  [/—/g, "--"],
  [/[–−]/g, "-"],
  [/[\u00A0\u2007\u202F]/g, " "],
  [/[\u200B\u2060\uFEFF]|\p{Bidi_Control}/gu, ""],
];

/**
 * What the person typed, from what Slack sends: entities, `<@U1|ann>`, `<#C1|desk>`, words that Slack took for addresses
 * (`<http://BRK.B|BRK.B>`) and the quotes and dashes that keyboards make "smart".
 */
export function typedText(sent: string): string {
  const unlinked = sent.replace(LINKED, (_all, kind: string, target: string, label?: string) =>
    unlink(kind, target, label),
  );
  const decoded = unlinked.replace(/&(amp|lt|gt);/g, (entity, name: string) => ENTITY[name] ?? entity);
  return TYPOGRAPHIC.reduce((text, [from, to]) => text.replace(from, to), decoded).trim();
}

function unlink(kind: string, target: string, label: string | undefined): string {
  const shown = label === undefined || label === "" ? target : label;
  switch (kind) {
    case "@":
    case "#":
      return shown.startsWith(kind) ? shown : `${kind}${shown}`;
    case "!":
      return shown.startsWith("@") ? shown : `@${shown}`;
    default:
      return label === undefined || label === "" ? `${kind}${target}`.replace(/^(mailto:|tel:)/, "") : label;
  }
}

/** The command in "@AlphaFlow positions AAPL": what is left without the bot's mention, with its slash. */
export function commandInMention(sent: string, botUserId: string | undefined): string {
  const mention = botUserId === undefined ? /<@[^<>]*>/ : new RegExp(`<@${botUserId}(?:\\|[^<>]*)?>`);
  const words = typedText(sent.replace(mention, " ")).replace(/\s+/g, " ").trim();
  if (words === "") return "/help";
  return words.startsWith("/") ? words : `/${words}`;
}
