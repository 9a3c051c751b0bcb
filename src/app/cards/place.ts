import type { Board, CardRow, Clock, Ledger, MessagePlace, Placed } from "../../ports.ts";
import type { Drawn } from "./drawn.ts";

/** What the writers of cards need. */
export interface BoardParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly board: Board;
  readonly sink: string;
}

export function newCard(subject: string, sink: string, accountId: string): CardRow {
  return {
    subject,
    sink,
    accountId,
    channel: null,
    messageId: null,
    threadId: null,
    attempts: 0,
    reposts: 0,
    essence: "",
    figures: "",
    shownAt: 0,
    told: [],
    ended: false,
  };
}

/** Where the card stands; undefined before it was posted. */
export function placeOf({ channel, messageId }: CardRow): MessagePlace | undefined {
  return channel === null || messageId === null ? undefined : { channel, messageId };
}

/**
 * Posts a card and writes down where it stands. That it is being posted is written before: when the process dies in
 * between, the next one has the platform look for it first.
 */
export async function postCard(
  { ledger, clock, board }: BoardParts,
  card: CardRow,
  key: string,
  { message, essence, figures }: Drawn,
): Promise<Placed<CardRow>> {
  await ledger.saveCard({ ...card, attempts: card.attempts + 1 });
  const outcome = await board.post({ key, message, again: card.attempts > 0 });
  if (outcome.kind === "busy") await ledger.saveCard(card);
  if (outcome.kind !== "done") return outcome;
  // One that was found shows what it showed then: it is drawn anew.
  const again = card.attempts > 0;
  const shown = {
    ...card,
    ...outcome.value,
    attempts: card.attempts + 1,
    essence: again ? "" : essence,
    figures: again ? "" : figures,
    shownAt: clock.nowMs(),
  };
  await ledger.saveCard(shown);
  return { kind: "done", value: shown };
}

export async function editCard(
  { ledger, clock, board }: BoardParts,
  card: CardRow,
  place: MessagePlace,
  { message, essence, figures }: Drawn,
): Promise<Placed<CardRow>> {
  const outcome = await board.edit(place, message);
  if (outcome.kind !== "done") return outcome;
  const shown = { ...card, essence, figures, shownAt: clock.nowMs() };
  await ledger.saveCard(shown);
  return { kind: "done", value: shown };
}

/** As a card is whose message somebody has deleted: it is to be posted anew, with its whole story. */
export function postedAnew(card: CardRow): CardRow {
  return { ...newCard(card.subject, card.sink, card.accountId), reposts: card.reposts + 1 };
}
