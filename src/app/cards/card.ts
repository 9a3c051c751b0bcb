import {
  dollars,
  priceText,
  riskMultiple,
  sharesText,
  signedDollars,
  signedPercent,
} from "../../core/figures.ts";
import { money, type Money } from "../../core/money.ts";
import { isLive, type ExitReason, type Order } from "../../core/order.ts";
import { realised, type Position } from "../../core/position.ts";
import type { Button, Field, Message, Tone } from "../../message.ts";
import type { Mode, Story } from "../../ports.ts";
import { exitReasonOf } from "../record.ts";
import { exitWords, modeLabel } from "../wording.ts";

/** What a card shows beside the rows. */
export interface CardSight {
  readonly mode: Mode;
  /** Latest trade; undefined where it is not known, or not to be shown. */
  readonly price: number | undefined;
  /** Whether the program has this command. */
  readonly offers: (command: string) => boolean;
}

/** A position from its order to its end, as one message. */
export function cardOf(story: Story, sight: CardSight): Message {
  const { entry, position } = story;
  const { symbol, strategyId } = position ?? entry ?? { symbol: "?", strategyId: "?" };
  const { text, tone } = position === null ? pending(entry) : held(story, position, sight);
  const buttons = buttonsOf(story, sight);
  return {
    title: `${symbol} · ${strategyId} · ${modeLabel(sight.mode)}`,
    text,
    tone,
    fields: position === null ? plannedFields(entry) : positionFields(story, position, sight),
    ...(buttons.length === 0 ? {} : { buttons }),
    footer: footerOf(story),
  };
}

/** The key that stands on the card and names it for ever. */
export function cardKey({ subject, card }: Story): string {
  const reposts = card?.reposts ?? 0;
  return `card${reposts === 0 ? "" : ` ${reposts + 1}`} ${subject}`;
}

interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** Before the first fill. */
function pending(entry: Order | null): Line {
  if (entry === null) return { text: "pending", tone: "neutral" };
  const what = `${entry.side === "buy" ? "BUY" : "SELL"} ${sharesText(entry.quantity)} ${entry.symbol} ${orderWords(entry)}`;
  switch (entry.state) {
    case "SENDING":
      return { text: `pending: ${what}`, tone: "neutral" };
    case "UNKNOWN":
      return { text: `pending: ${what}, no answer from the broker yet`, tone: "warn" };
    case "ACCEPTED":
    case "PARTIALLY_FILLED":
    case "FILLED":
      return {
        text: entry.cancelRequestedAt === null ? `pending: ${what}` : `being cancelled: ${what}`,
        tone: "neutral",
      };
    case "REJECTED":
      return { text: `rejected: ${entry.error ?? "no reason given"} · ${what}`, tone: "warn" };
    case "CANCELED":
    case "EXPIRED":
    case "REPLACED":
      return { text: `not filled, ${entry.state.toLowerCase()}: ${what}`, tone: "neutral" };
    case "UNSEEN":
      return { text: `not filled, never seen at the broker: ${what}`, tone: "warn" };
  }
}

/** "at market", "limit $185.00", "stop $190.00 limit $191.00". */
export function orderWords({ type, limitPrice, stopPrice }: Order): string {
  if (type === "market") return "at market";
  const stop = stopPrice === null ? [] : [`stop ${priceText(stopPrice)}`];
  const limit = limitPrice === null ? [] : [`limit ${priceText(limitPrice)}`];
  return [...stop, ...limit].join(" ");
}

function held(story: Story, position: Position, sight: CardSight): Line {
  if (position.status === "closed") return closed(story, position);
  const gain = gainOf(position, sight.price);
  const tone = gain === undefined || gain.pnl.isZero() ? "neutral" : gain.pnl.isNegative() ? "bad" : "good";
  const figures = gain === undefined ? "" : ` ${gainText(gain)}`;
  if (position.exitReason !== null)
    return { text: `closing · ${exitWords(position.exitReason)}${figures}`, tone };
  const { entry } = story;
  if (entry !== null && isLive(entry) && entry.filledQuantity.lt(entry.quantity))
    return {
      text: `filled ${sharesText(entry.filledQuantity)}/${sharesText(entry.quantity)}${figures}`,
      tone,
    };
  return { text: `open${figures}`, tone };
}

function closed(story: Story, position: Position): Line {
  const { pnl, text } = closing(story, position);
  return { text, tone: pnl.isNegative() ? "bad" : "good" };
}

/** "closed -$27.50 (-2.96%) stop-loss". */
export function closing(story: Story, position: Position): { readonly pnl: Money; readonly text: string } {
  const { pnl, pnlPercent } = soldPart(position);
  const text = `closed ${signedDollars(pnl)} (${signedPercent(pnlPercent)}) ${exitWords(endReason(story, position))}`;
  return { pnl, text };
}

function soldPart(position: Position): ReturnType<typeof realised> {
  if (position.soldQuantity.lte(0)) return realised(position, money(0), position.entryPrice);
  return realised(position, position.soldQuantity, position.soldNotional.div(position.soldQuantity));
}

/** The order that sold last tells why. */
function endReason({ followers, fills }: Story, position: Position): ExitReason {
  const last = fills.findLast(({ clientOrderId }) => clientOrderId !== position.entryOrderId);
  const order = followers.find(({ clientOrderId }) => clientOrderId === last?.clientOrderId);
  return order === undefined ? (position.exitReason ?? "external") : exitReasonOf(order, position);
}

interface Gain {
  readonly pnl: Money;
  readonly pnlPercent: Money;
  /** In units of the first risk; undefined where there was none. */
  readonly multiple: Money | undefined;
}

function gainOf(position: Position, price: number | undefined): Gain | undefined {
  if (price === undefined) return undefined;
  const risk = position.entryPrice.minus(position.initialStop);
  const multiple = risk.gt(0) ? money(price).minus(position.entryPrice).div(risk) : undefined;
  return { ...realised(position, position.quantity, money(price)), multiple };
}

/** "+1.2R · +$60.00 (+2.59%)". */
function gainText({ pnl, pnlPercent, multiple }: Gain): string {
  const inR = multiple === undefined ? "" : `${riskMultiple(multiple.toNumber())} · `;
  return `${inR}${signedDollars(pnl)} (${signedPercent(pnlPercent)})`;
}

function plannedFields(entry: Order | null): readonly Field[] {
  if (entry === null) return [];
  const { plannedStop, plannedTarget } = entry;
  return [
    { label: "Shares", value: sharesText(entry.quantity) },
    ...(plannedStop === null ? [] : [{ label: "Stop", value: dollars(plannedStop) }]),
    ...(plannedTarget === null ? [] : [{ label: "Target", value: dollars(plannedTarget) }]),
  ];
}

function positionFields(story: Story, position: Position, { price }: CardSight): readonly Field[] {
  const { stop, initialStop, target, quantity, boughtQuantity, soldQuantity } = position;
  const moved = stop.eq(initialStop) ? "" : ` (first ${dollars(initialStop)})`;
  const sold = soldPart(position);
  const over = position.status === "closed";
  return [
    {
      label: "Shares",
      value: quantity.eq(boughtQuantity)
        ? sharesText(quantity)
        : `${sharesText(quantity)} of ${sharesText(boughtQuantity)}`,
    },
    { label: "Entry", value: dollars(position.entryPrice) },
    ...(over || price === undefined ? [] : [{ label: "Price", value: dollars(price) }]),
    ...(over
      ? [{ label: "Exit", value: dollars(exitPrice(position)) }]
      : [{ label: "Stop", value: `${dollars(stop)}${moved}` }]),
    ...(over || target === null ? [] : [{ label: "Target", value: dollars(target) }]),
    ...(over || soldQuantity.lte(0)
      ? []
      : [{ label: "Sold", value: `${sharesText(soldQuantity)} for ${signedDollars(sold.pnl)}` }]),
  ];
}

function exitPrice({ soldNotional, soldQuantity, entryPrice }: Position): Money {
  return soldQuantity.gt(0) ? soldNotional.div(soldQuantity) : entryPrice;
}

function footerOf(story: Story): readonly string[] {
  const { entry, position } = story;
  const asker = position?.exitRequestedBy ?? null;
  const verb = position?.status === "closed" ? "closed" : "closing";
  return [
    ...(asker === null ? [] : [`${verb}, asked by ${asker}`]),
    ...(entry === null || entry.context === null ? [] : [entry.context]),
    cardKey(story),
  ];
}

/** Only commands that the program has; none once there is nothing to press for. */
function buttonsOf({ entry, position }: Story, { offers }: CardSight): readonly Button[] {
  const about = position ?? entry;
  if (about === null || position?.status === "closed") return [];
  const which = `${about.symbol} ${about.strategyId}`;
  const buttons: Button[] = [];
  if (position === null) {
    if (entry === null || !isLive(entry)) return [];
    buttons.push({ label: "Cancel", command: `/cancel ${entry.clientOrderId}`, style: "danger" });
  } else if (position.exitReason === null) {
    buttons.push(
      { label: "Close", command: `/close ${which}`, style: "danger" },
      { label: "Half", command: `/close ${which} part=half` },
      { label: "Stop to breakeven", command: `/stop ${about.symbol} breakeven ${about.strategyId}` },
    );
  }
  buttons.push(
    { label: "Chart", command: `/chart ${about.symbol}` },
    { label: "Why", command: `/why ${which}` },
  );
  // Without its text the command asks for it in a form.
  if (position !== null) buttons.push({ label: "Note", command: `/journal note ${position.number}` });
  return buttons.filter(({ command }) => offers(command));
}
