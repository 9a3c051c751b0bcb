import type { LedgerOps } from "../ports.ts";
import { readTag } from "../app/journal.ts";
import { refusal } from "./answers.ts";
import type { CommandSpec } from "./contract.ts";
import { titleWithMode } from "./format.ts";
import { echo } from "./words.ts";

/** Rows of the settings table, one an emoji: its tag, or null for one that shall mean nothing. */
const PREFIX = "journal.emoji.";
const NAME = /^[\p{L}\p{N}_+-]{1,60}$/u;
const PICTURE = /^\p{Extended_Pictographic}/u;
const SKIN = /::skin-tone-\d|\p{Emoji_Modifier}|\uFE0F/gu;

/** What reactions mean until somebody says otherwise; Slack names them, Discord sends the character. */
const DEFAULTS: ReadonlyMap<string, string> = new Map(
  (
    [
      ["fire", "🔥", "momentum"],
      ["star", "⭐", "a-plus"],
      ["warning", "⚠", "mistake"],
      ["snail", "🐌", "late"],
    ] as const
  ).flatMap(([name, picture, tag]) => [[name, tag] as const, [picture, tag] as const]),
);

/** `:fire:`, `fire` or `🔥`, whatever the colour of the hand; undefined for what cannot be an emoji. */
function emojiName(word: string): string | undefined {
  const name = word
    .replaceAll(SKIN, "")
    .replace(/^:([^:]+):$/, "$1")
    .toLowerCase();
  return NAME.test(name) || (PICTURE.test(name) && name.length <= 20) ? name : undefined;
}

/** The tag that a reaction stands for; undefined when it is just a reaction. */
export async function emojiTag(
  ledger: Pick<LedgerOps, "setting">,
  emoji: string,
): Promise<string | undefined> {
  const name = emojiName(emoji);
  if (name === undefined) return undefined;
  const stored = await ledger.setting(PREFIX + name);
  if (stored === undefined) return DEFAULTS.get(name);
  return typeof stored === "string" ? stored : undefined;
}

export const journalEmoji: CommandSpec = {
  path: ["journal", "emoji"],
  summary: "which reaction on a position's card stands for which tag",
  examples: ["/journal emoji", "/journal emoji :rocket: momentum", "/journal emoji :fire: none"],
  args: [
    { name: "emoji", kind: "text", required: false, description: "the reaction, e.g. :fire:" },
    {
      name: "tag",
      kind: "text",
      required: false,
      description: "the tag it puts on the trade, or none",
      completes: "tags",
    },
  ],
  role: ({ values }) => (values["tag"] === undefined ? "viewer" : "trader"),
  run: async ({ desk, ledger }, { values }) => {
    const title = await titleWithMode(desk, "Journal reactions");
    const { emoji, tag } = values;
    if (emoji === undefined) return { title, ...(await listOf(ledger)) };
    const name = emojiName(emoji);
    if (name === undefined) return refusal(`${echo(emoji)} is no emoji; write it as :fire:`);
    if (tag === undefined) {
      const meant = await emojiTag(ledger, name);
      return {
        title,
        text: meant === undefined ? `${shown(name)} is no tag.` : `${shown(name)} is ${meant}.`,
      };
    }
    const wanted = tag.toLowerCase() === "none" ? null : readTag(tag);
    if (wanted === undefined)
      return refusal(`${echo(tag)} is not a tag: 1 to 32 letters, digits, - and _ without blanks, or none`);
    await ledger.setSetting(PREFIX + name, wanted);
    const text =
      wanted === null ? `${shown(name)} is no tag any more.` : `${shown(name)} puts the tag ${wanted}.`;
    return { title, text, tone: "good" };
  },
};

async function listOf(ledger: Pick<LedgerOps, "settings">): Promise<{
  readonly text: string;
  readonly footer: readonly string[];
}> {
  const stored = await ledger.settings(PREFIX);
  const all = new Map<string, unknown>(DEFAULTS);
  for (const [key, tag] of stored) all.set(key.slice(PREFIX.length), tag);
  const lines = [...all].flatMap(([name, tag]) => (typeof tag === "string" ? [`${shown(name)} ${tag}`] : []));
  return {
    text: lines.length === 0 ? "No reaction is a tag." : lines.join("\n"),
    footer: [
      "On a position's card; taking the reaction away takes the tag off. Change one: /journal emoji :fire: momentum",
    ],
  };
}

function shown(name: string): string {
  return PICTURE.test(name) ? name : `:${name}:`;
}
