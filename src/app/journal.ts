import type { Position } from "../core/position.ts";
import type { By, JournalAbout, JournalEntry, LedgerOps, Outcome, Where } from "../ports.ts";
import type { Engine } from "./context.ts";
import { refused } from "./runs.ts";

/** UTF-8 bytes of a note. */
const MAX_NOTE_BYTES = 10_240;
const MAX_TAGS = 20;
const TAG = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,31}$/u;

/** `#FOMO` → `fomo`; undefined when it cannot be a tag: 1 to 32 letters, digits, - and _. */
export function readTag(word: string): string | undefined {
  const tag = word.replace(/^#/, "").toLowerCase();
  return TAG.test(tag) ? tag : undefined;
}

/** Writes a note about a position or its trade. A delivery that was written before writes nothing and says the same. */
export async function addNote(
  engine: Engine,
  about: JournalAbout,
  text: string,
  where: Where,
  by: By,
): Promise<Outcome> {
  const note = text.trim();
  const bytes = Buffer.byteLength(note, "utf8");
  if (note === "") return refused("a note needs words");
  if (bytes > MAX_NOTE_BYTES)
    return refused(`that note has ${bytes} bytes; ${MAX_NOTE_BYTES} are kept at most`);
  return inJournal(engine, about, async (tx, position) => {
    await tx.insertJournal(entryOf(engine, position, { kind: "note", text: note }, where, by));
    return `noted on ${phrase(position)}`;
  });
}

/** Puts tags on a position or its trade, or takes them off; once a delivery, however often it comes. */
export async function changeTags(
  engine: Engine,
  about: JournalAbout,
  change: { readonly kind: "tag" | "untag"; readonly tags: readonly string[] },
  where: Where,
  by: By,
): Promise<Outcome> {
  const bad = change.tags.find((word) => readTag(word) === undefined);
  if (bad !== undefined)
    return refused(`${bad.slice(0, 40)} is not a tag: 1 to 32 letters, digits, - and _ without blanks`);
  const tags = [...new Set(change.tags.flatMap((word) => readTag(word) ?? []))];
  if (tags.length === 0) return refused("name at least one tag");
  return inJournal(engine, about, async (tx, position) => {
    const has = (await tx.tagsOf([position.id])).get(position.id) ?? [];
    const adding = change.kind === "tag";
    if (!adding && !tags.some((tag) => has.includes(tag)))
      return refused(
        `${phrase(position)} has no tag ${tags.join(", ")}; ${has.length === 0 ? "it has none" : `it has ${has.join(", ")}`}`,
      );
    if (adding && new Set([...has, ...tags]).size > MAX_TAGS)
      return refused(`${phrase(position)} would have more than ${MAX_TAGS} tags`);
    const fresh = await tx.insertJournal(
      entryOf(engine, position, { kind: change.kind, text: tags.join(" ") }, where, by),
    );
    // A tag that was taken off since must not come back with a repeated delivery.
    if (fresh) await tx.changeTags(position.id, adding ? tags : [], adding ? [] : tags);
    const now = (await tx.tagsOf([position.id])).get(position.id) ?? [];
    return `${phrase(position)} ${now.length === 0 ? "has no tags now" : `is tagged ${now.join(", ")}`}`;
  });
}

/** One transaction on the position's locked row, so that two people's tags are both kept. */
async function inJournal(
  engine: Engine,
  about: JournalAbout,
  write: (tx: LedgerOps, position: Position) => Promise<string | Outcome>,
): Promise<Outcome> {
  return engine.ledger.transaction(async (tx) => {
    const found =
      "positionId" in about
        ? await tx.position(about.positionId)
        : await tx.positionByNumber(engine.accountId, about.number);
    if (found === undefined || found.accountId !== engine.accountId)
      return refused(
        `no trade or position ${"number" in about ? `#${about.number}` : about.positionId}; /trades and /positions show the numbers`,
      );
    const position = (await tx.lockPosition(found.id)) ?? found;
    const outcome = await write(tx, position);
    return typeof outcome === "string" ? { kind: "done", value: undefined, text: outcome } : outcome;
  });
}

function entryOf(
  engine: Engine,
  position: Position,
  what: Pick<JournalEntry, "kind" | "text">,
  where: Where,
  by: By,
): JournalEntry {
  return {
    accountId: position.accountId,
    positionId: position.id,
    ...what,
    actor: by.actor,
    name: by.name,
    ...where,
    deliveryId: by.deliveryId,
    atMs: engine.clock.nowMs(),
  };
}

/** `#12 AAPL (momentum)` */
function phrase(position: Position): string {
  return `#${position.number} ${position.symbol} (${position.strategyId})`;
}
