import { priceText, sharesText } from "../../core/figures.ts";
import { money } from "../../core/money.ts";
import { isTerminal, type Order } from "../../core/order.ts";
import type { Story } from "../../ports.ts";
import { exitWords } from "../wording.ts";
import { closing, orderWords } from "./card.ts";

/** One thing that happened to a position. The key is the same whenever the rows are read. */
export interface StoryEvent {
  readonly key: string;
  readonly text: string;
}

/**
 * Everything that the rows tell of a position, in order: its entry, then its exits and stops as they were sent, each with
 * its fills and its end. Read again, the same rows give the same events, so whoever tells them only keeps their keys.
 */
export function eventsOf(story: Story): readonly StoryEvent[] {
  const { entry, position, followers } = story;
  return [
    ...(entry === null ? [] : eventsOfOrder(story, entry)),
    ...(entry === null && position !== null
      ? [{ key: "adopted", text: `adopted: ${sharesText(position.boughtQuantity)} ${position.symbol}` }]
      : []),
    ...followers
      .filter(({ createdAt }) => createdAt < askedAt(story))
      .flatMap((each) => eventsOfOrder(story, each)),
    ...requests(story),
    ...followers
      .filter(({ createdAt }) => createdAt >= askedAt(story))
      .flatMap((each) => eventsOfOrder(story, each)),
    ...(position?.status === "closed" ? [{ key: "closed", text: closing(story, position).text }] : []),
  ];
}

function askedAt({ position }: Story): number {
  return position?.exitRequestedAt ?? Number.POSITIVE_INFINITY;
}

function requests({ position }: Story): readonly StoryEvent[] {
  if (position === null) return [];
  const { stop, initialStop, exitReason, exitRequestedBy } = position;
  const by = exitRequestedBy === null ? "" : ` · asked by ${exitRequestedBy}`;
  return [
    ...(stop.eq(initialStop)
      ? []
      : [{ key: `stop:${stop.toString()}`, text: `stop moved to ${priceText(stop)}` }]),
    ...(exitReason === null ? [] : [{ key: "exit", text: `closing: ${exitWords(exitReason)}${by}` }]),
  ];
}

function eventsOfOrder({ fills }: Story, order: Order): readonly StoryEvent[] {
  const name = order.clientOrderId;
  let filled = money(0);
  const bookings = fills
    .filter(({ clientOrderId }) => clientOrderId === name)
    .map(({ id, quantity, price }) => {
      filled = filled.plus(quantity);
      const verb = order.side === "buy" ? "bought" : "sold";
      return {
        key: `fill:${id}`,
        text: `${verb} ${sharesText(quantity)} at ${priceText(price)} (${sharesText(filled)}/${sharesText(order.quantity)})`,
      };
    });
  const end = endOf(order);
  return [
    {
      key: `${name}:sent`,
      text: `${purposeWords(order)}: ${order.side} ${sharesText(order.quantity)} ${orderWords(order)}`,
    },
    ...bookings,
    ...(end === undefined ? [] : [{ key: `${name}:${order.state}`, text: `${purposeWords(order)} ${end}` }]),
  ];
}

function purposeWords({ purpose }: Order): string {
  return purpose === "stop" || purpose === "target" ? `${purpose} order` : purpose;
}

/** How an order ended that was not filled completely; undefined for one that works or is filled. */
function endOf({ state, filledQuantity, quantity, error }: Order): string | undefined {
  if (!isTerminal(state) || state === "FILLED") return undefined;
  const why = error === null ? "" : `: ${error}`;
  return state === "REJECTED"
    ? `rejected${why}`
    : `${state === "UNSEEN" ? "never seen at the broker" : state.toLowerCase()} with ${sharesText(filledQuantity)}/${sharesText(quantity)} filled${why}`;
}
