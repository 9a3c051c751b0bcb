import type { CardRow, Log, Placed } from "../../ports.ts";
import type { Engine } from "../context.ts";
import { drawn, type Drawn } from "./drawn.ts";
import type { Step } from "./keep-cards.ts";
import { editCard, newCard, placeOf, postCard, postedAnew, type BoardParts } from "./place.ts";
import { statusOf } from "./status.ts";

const SUBJECT = "status";
/** What matters is shown soon, figures now and then. */
const SOON_MS = 5_000;
const REFRESH_MS = 60_000;
/** In the row's list of what was told. */
const PINNED = "pinned";
const NOT_PINNED = "not pinned";

/** What the pinned status message needs next; undefined when nothing, or where no message can be pinned. */
export async function keepStatus(parts: BoardParts, engine: Engine, log: Log): Promise<Step | undefined> {
  if (parts.board.pin === undefined) return undefined;
  const nowMs = parts.clock.nowMs();
  const card =
    (await parts.ledger.card(SUBJECT, parts.sink)) ?? newCard(SUBJECT, parts.sink, engine.accountId);
  const place = placeOf(card);
  if (place !== undefined && nowMs - card.shownAt < SOON_MS && card.told.length > 0) return undefined;
  const key = `status ${card.reposts + 1}`;
  const picture = drawn(await statusOf(engine, key, true), await statusOf(engine, key, false));
  if (place === undefined) return { act: "post", run: () => postCard(parts, card, key, picture) };
  if (card.told.length === 0) return { act: "edit", run: () => pin(parts, card, log) };
  const due = card.essence !== picture.essence || nowMs - card.shownAt >= REFRESH_MS;
  if (!due || card.figures === picture.figures) return undefined;
  return { act: "edit", run: () => edit(parts, card, picture) };
}

async function edit(parts: BoardParts, card: CardRow, picture: Drawn): Promise<Placed<unknown>> {
  const place = placeOf(card);
  if (place === undefined) return { kind: "gone" };
  const outcome = await editCard(parts, card, place, picture);
  if (outcome.kind === "gone") await parts.ledger.saveCard(postedAnew(card));
  return outcome;
}

async function pin({ board, ledger }: BoardParts, card: CardRow, log: Log): Promise<Placed<unknown>> {
  const place = placeOf(card);
  if (place === undefined || board.pin === undefined) return { kind: "gone" };
  const outcome = await board.pin(place);
  if (outcome.kind === "done") await ledger.saveCard({ ...card, told: [PINNED] });
  if (outcome.kind === "gone") await ledger.saveCard(postedAnew(card));
  if (outcome.kind !== "refused") return outcome;
  // Said once: it stays a message like others, and is kept up to date all the same.
  log.warn({ platform: card.sink, reason: outcome.reason }, "the status message cannot be pinned");
  await ledger.saveCard({ ...card, told: [NOT_PINNED] });
  return { kind: "done", value: undefined };
}
