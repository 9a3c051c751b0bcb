import { mayUse, roleOf } from "./authorize.ts";
import type { BusParts } from "./bus.ts";
import type { CommandBus, Gesture } from "./contract.ts";
import { emojiTag } from "./journal-emoji.ts";

/** An alert's own words: `BUY 5 AAPL @ $185.50 · …`. */
const ALERT = /\b(?:BUY|SELL) [\d.,]+ ([A-Z][A-Z0-9.]{0,9})\b/;

/** So long an instance that stands by lets the one that leads go first. */
const OTHERS_FIRST_MS = 3_000;

/** What somebody did to a message of the bot's, as the command it stands for. */
export async function meaningOf(parts: BusParts, gesture: Gesture): ReturnType<CommandBus["meaning"]> {
  const { act, actor } = gesture;
  const role = roleOf(actor, parts.roles);
  const needed = act.kind === "why" ? "viewer" : "trader";
  // Whoever may not write in the journal just talks and reacts.
  if (role === undefined || !mayUse(role, needed)) return undefined;
  const tag = act.kind === "reaction" ? await emojiTag(parts.ledger, act.emoji) : undefined;
  if (act.kind === "reaction" && tag === undefined) return undefined;
  const about = await subjectOf(parts, gesture);
  if (about === undefined) return undefined;
  if (act.kind === "reaction" && (await stands(parts, about, tag, !act.taken))) return undefined;
  switch (act.kind) {
    case "why":
      return `/why ${about.symbol} ${about.strategyId}`;
    case "journal":
      return `/journal note ${about.number}`;
    case "reply":
      return `/journal note ${about.number} ${act.text}`;
    case "reaction":
      return `/journal ${act.taken ? "untag" : "tag"} ${about.number} ${tag ?? ""}`;
  }
}

/**
 * Whether the tag is as the reaction wants it. Every instance hears of a reaction, and Discord names none: the one that leads
 * goes first, and the others find it done.
 */
async function stands(
  { ledger, clock, leads }: BusParts,
  { positionId }: Subject,
  tag: string | undefined,
  wanted: boolean,
): Promise<boolean> {
  if (!leads()) await clock.sleep(OTHERS_FIRST_MS);
  const tags = (await ledger.tagsOf([positionId])).get(positionId) ?? [];
  return tag !== undefined && tags.includes(tag) === wanted;
}

interface Subject {
  readonly positionId: string;
  readonly number: number;
  readonly symbol: string;
  readonly strategyId: string;
}

/** The position whose card, alert or thread it is, else the newest one of the symbol that an alert of ours speaks of. */
async function subjectOf({ ledger, desk }: BusParts, gesture: Gesture): Promise<Subject | undefined> {
  const known = await ledger.positionAt(gesture.actor.platform, gesture.messageId);
  if (known !== undefined) return { ...known, positionId: known.id };
  const symbol = ALERT.exec(gesture.said ?? "")?.[1];
  if (symbol === undefined) return undefined;
  const open = (await desk.positions({ symbol })).map(({ position }) => position);
  const newest = open.toSorted((a, b) => b.number - a.number)[0];
  return newest === undefined
    ? (await desk.trades({ symbol, limit: 1 }))[0]
    : { ...newest, positionId: newest.id };
}
