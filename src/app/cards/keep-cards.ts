import type { CardRow, MessagePlace, Placed, Story } from "../../ports.ts";
import { isTerminal } from "../../core/order.ts";
import { cardKey, cardOf, type CardSight } from "./card.ts";
import { drawn, type Drawn } from "./drawn.ts";
import { eventsOf, type StoryEvent } from "./events.ts";
import { editCard, newCard, placeOf, postCard, postedAnew, type BoardParts } from "./place.ts";

/** Price, profit and R move all day: they are redrawn at most this often. */
const REFRESH_MS = 45_000;
/** Stands for the id of a thread that the platform does not allow. */
const NO_THREAD = "";

/** Platforms count posts, edits and thread messages apart, so one being busy does not hold up the others. */
export type Act = "post" | "edit" | "tell";

/** One thing to do for a card. Running it never throws for what the platform says. */
export interface Step {
  readonly act: Act;
  run(): Promise<Placed<unknown>>;
}

/** What this story's card needs next, most urgent first; empty when it shows and tells everything. */
export function stepsOf(
  parts: BoardParts,
  story: Story,
  sight: CardSight,
  accountId: string,
): readonly Step[] {
  const picture = drawn(cardOf(story, sight), cardOf(story, { ...sight, price: undefined }));
  const card = story.card ?? newCard(story.subject, parts.sink, accountId);
  const place = placeOf(card);
  if (place === undefined)
    return [{ act: "post", run: () => postCard(parts, card, cardKey({ ...story, card }), picture) }];
  const untold = card.threadId === NO_THREAD ? [] : untoldOf(story, card);
  const steps: Step[] = [];
  if (needsEdit(card, picture, parts.clock.nowMs()))
    steps.push({ act: "edit", run: () => edit(parts, card, place, picture) });
  if (untold.length > 0) steps.push({ act: "tell", run: () => tell(parts, story, card, place, untold) });
  if (steps.length === 0 && isOver(story) && !card.ended)
    steps.push({ act: "edit", run: () => end(parts, card) });
  return steps;
}

function needsEdit(card: CardRow, { essence, figures }: Drawn, nowMs: number): boolean {
  if (card.essence !== essence) return true;
  return card.figures !== figures && nowMs - card.shownAt >= REFRESH_MS;
}

function untoldOf(story: Story, { told }: CardRow): readonly StoryEvent[] {
  const known = new Set(told);
  return eventsOf(story).filter(({ key }) => !known.has(key));
}

/** Closed, or an entry that came to nothing; and no order of it works any more. */
function isOver({ entry, position, followers }: Story): boolean {
  if (entry !== null && !isTerminal(entry.state)) return false;
  if (position !== null && position.status === "open") return false;
  return followers.every(({ state }) => isTerminal(state));
}

async function edit(
  parts: BoardParts,
  card: CardRow,
  place: MessagePlace,
  picture: Drawn,
): Promise<Placed<unknown>> {
  const outcome = await editCard(parts, card, place, picture);
  // What is not taken for its own sake must not be tried for ever, in front of all others.
  if (outcome.kind === "refused")
    await parts.ledger.saveCard({ ...card, essence: picture.essence, figures: picture.figures });
  if (outcome.kind !== "gone") return outcome;
  // Somebody deleted it. Once that may have been a slip; twice it is a wish.
  const next = card.reposts === 0 ? postedAnew(card) : { ...card, ended: true, shownAt: parts.clock.nowMs() };
  await parts.ledger.saveCard(next);
  return { kind: "done", value: undefined };
}

async function tell(
  { ledger, board }: BoardParts,
  { entry, position }: Story,
  card: CardRow,
  place: MessagePlace,
  untold: readonly StoryEvent[],
): Promise<Placed<unknown>> {
  const about = position ?? entry;
  const title = about === null ? "position" : `${about.symbol} · ${about.strategyId}`;
  const lines = untold.map(({ text }) => text);
  const outcome = await board.tell(place, { id: card.threadId, title, told: card.told.length }, lines);
  if (outcome.kind === "done") {
    const { threadId, count } = outcome.value;
    const told = [...card.told, ...untold.slice(0, count).map(({ key }) => key)];
    await ledger.saveCard({ ...card, threadId, told });
  }
  // The story is in the channel too, fill by fill; a thread that may not be is no reason to go on asking for it.
  if (outcome.kind === "refused" || outcome.kind === "gone")
    await ledger.saveCard({ ...card, threadId: NO_THREAD });
  return outcome;
}

async function end({ ledger, clock }: BoardParts, card: CardRow): Promise<Placed<unknown>> {
  await ledger.saveCard({ ...card, ended: true, shownAt: clock.nowMs() });
  return { kind: "done", value: undefined };
}
