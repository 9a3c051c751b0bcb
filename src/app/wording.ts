import { counted, dollars, priceText, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Money } from "../core/money.ts";
import type { Booking, ExitReason, Order } from "../core/order.ts";
import { realised, type Position } from "../core/position.ts";
import type { Message } from "../message.ts";
import type { AlertRow, By, Mode, Run } from "../ports.ts";
import type { ExternalHolding } from "./context.ts";

/** "PAPER" or "LIVE": every message about money says it. */
export function modeLabel(mode: Mode): string {
  return mode === "live" ? "LIVE" : "PAPER";
}

const EXIT_WORDS: Readonly<Record<ExitReason, string>> = {
  signal: "signal",
  "stop-loss": "stop-loss",
  "take-profit": "take-profit",
  trailing: "trailing stop",
  time: "time stop",
  manual: "closed by hand",
  kill: "kill switch",
  external: "sold outside AlphaFlow",
};

export function exitWords(reason: ExitReason): string {
  return EXIT_WORDS[reason];
}

/** "60" of a bigger order reads "60 (60/100)": what was filled now, and how far the order is. */
function progress(order: Order, booking: Booking): string {
  return booking.quantity.eq(order.quantity)
    ? ""
    : ` (${sharesText(order.filledQuantity)}/${sharesText(order.quantity)})`;
}

function footer(order: Order): string[] {
  return [...(order.context === null ? [] : [order.context]), order.clientOrderId];
}

/** The alert of a bought quantity: `BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER`. */
export function boughtAlert(order: Order, booking: Booking, stop: Money, mode: Mode, atMs: number): AlertRow {
  const what = `BUY ${sharesText(booking.quantity)} ${order.symbol} @ ${priceText(booking.price)}${progress(order, booking)}`;
  return {
    key: fillKey(order),
    kind: "fill",
    order: order.clientOrderId,
    atMs,
    message: {
      text: `${what} · stop ${priceText(stop)} · ${order.strategyId} · ${modeLabel(mode)}`,
      tone: "good",
      footer: footer(order),
    },
  };
}

/**
 * The alert of a sold quantity: `SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER`; of a
 * part, with what stays: `SELL 2 AAPL @ $190.50 · partial take-profit · P&L +$10.00 (+2.70%) · 3 left, stop $180.50 · …`.
 */
export function soldAlert(
  order: Order,
  booking: Booking,
  position: { readonly before: Position; readonly after: Position },
  reason: ExitReason,
  mode: Mode,
  atMs: number,
): AlertRow {
  const { before, after } = position;
  const { pnl, pnlPercent } = realised(before, booking.quantity, booking.price);
  const what = `SELL ${sharesText(booking.quantity)} ${order.symbol} @ ${priceText(booking.price)}${progress(order, booking)}`;
  const part = order.purpose === "exit" && before.partQuantity !== null && before.exitReason === null;
  const left = part ? ` · ${sharesText(after.quantity)} left, stop ${priceText(after.stop)}` : "";
  return {
    // One sale may end several positions: each is told.
    key: order.positionId === null ? `${fillKey(order)}:${before.id}` : fillKey(order),
    kind: reason === "stop-loss" || reason === "trailing" ? "stop" : "fill",
    order: order.clientOrderId,
    atMs,
    message: {
      text: `${what} · ${part ? partWords(reason) : exitWords(reason)} · P&L ${signedDollars(pnl)} (${signedPercent(pnlPercent)})${left} · ${before.strategyId} · ${modeLabel(mode)}`,
      tone: pnl.isNegative() ? "bad" : "good",
      footer: footer(order),
    },
  };
}

function partWords(reason: ExitReason): string {
  return reason === "take-profit" ? "partial take-profit" : `a part ${exitWords(reason)}`;
}

/** Of a trailing stop each half R is told, not each cent. */
const TOLD_STEP_R = 0.5;

/** `Trailing stop of 5 AAPL raised to $196.00 (was $180.50, entry $185.50, high $200.00) · momentum · PAPER`, and of a breakeven move. */
export function stopRaisedAlert(
  before: Position,
  after: Position,
  by: "trailing" | "breakeven",
  mode: Mode,
  atMs: number,
): AlertRow {
  const { id, entryOrderId, entryPrice, initialStop, strategyId, symbol } = after;
  const step = entryPrice.minus(initialStop).abs().times(TOLD_STEP_R);
  const steps = step.isZero() ? after.stop : after.stop.minus(initialStop).div(step);
  const held = `${sharesText(after.quantity)} ${symbol}`;
  const was = `was ${priceText(before.stop)}, entry ${priceText(entryPrice)}, high ${priceText(after.highWater)}`;
  const what =
    by === "breakeven"
      ? `Stop of ${held} moved to breakeven ${priceText(after.stop)}`
      : `Trailing stop of ${held} raised to ${priceText(after.stop)}`;
  return {
    key: by === "breakeven" ? `breakeven:${id}` : `trailed:${id}:${steps.floor().toString()}`,
    kind: "stop",
    order: entryOrderId,
    atMs,
    message: { text: `${what} (${was}) · ${strategyId} · ${modeLabel(mode)}`, tone: "good" },
  };
}

/** `Stop of 5 AAPL raised to $187.50 by ann (was $180.50, entry $185.50) · momentum · PAPER`. */
export function stopMovedAlert(
  before: Position,
  stop: Money,
  by: string,
  mode: Mode,
  atMs: number,
): AlertRow {
  const { id, entryOrderId, entryPrice, quantity, strategyId, symbol } = before;
  return {
    key: `stop-by-hand:${id}:${stop.toString()}`,
    kind: "stop",
    order: entryOrderId,
    atMs,
    message: {
      text: `Stop of ${sharesText(quantity)} ${symbol} raised to ${priceText(stop)} by ${by} (was ${priceText(before.stop)}, entry ${priceText(entryPrice)}) · ${strategyId} · ${modeLabel(mode)}`,
      tone: "good",
    },
  };
}

/** The fill of an order that closes what no run of ours opened. */
export function externalSoldAlert(order: Order, booking: Booking, mode: Mode, atMs: number): AlertRow {
  const side = order.side === "buy" ? "BUY" : "SELL";
  const reason = exitWords(order.exitReason ?? "manual");
  return {
    key: fillKey(order),
    kind: "fill",
    atMs,
    message: {
      text: `${side} ${sharesText(booking.quantity)} ${order.symbol} @ ${priceText(booking.price)}${progress(order, booking)} · ${reason} · external · ${modeLabel(mode)}`,
      tone: "neutral",
      footer: footer(order),
    },
  };
}

/** Names the alert that asks what is to become of a holding. */
export function externalKey(
  { accountId }: { readonly accountId: string },
  { symbol, since }: Pick<ExternalHolding, "symbol" | "since">,
): string {
  // The same quantity, weeks later, is another question; another quantity after a split is not.
  return `external:${accountId}:${symbol}:${since}`;
}

/** What somebody decided about a holding from outside. */
export function externalNote(
  { mode }: { readonly mode: Mode },
  symbol: string,
  text: string,
  atMs: number,
): AlertRow {
  return plainAlert(`external:${symbol}:${atMs}`, "external", atMs, {
    text: `${text} · ${modeLabel(mode)}`,
    tone: "neutral",
  });
}

/** A fill is named by its order and how much of it was filled by then: a replay has the same name. */
function fillKey(order: Order): string {
  return `fill:${order.clientOrderId}:${order.filledQuantity.toString()}`;
}

export function rejectedAlert(order: Order, mode: Mode, atMs: number): AlertRow {
  const side = order.side === "buy" ? "BUY" : "SELL";
  return {
    key: `rejected:${order.clientOrderId}`,
    kind: "rejected",
    // An entry that was not taken can wait for the morning; an exit or a stop cannot.
    ...(order.purpose === "entry" ? {} : { urgency: "always" as const }),
    order: order.clientOrderId,
    atMs,
    message: {
      text: `Order rejected: ${side} ${sharesText(order.quantity)} ${order.symbol} (${order.purpose}) · ${order.error ?? "no reason given"} · ${order.strategyId} · ${modeLabel(mode)}`,
      tone: "warn",
      footer: [order.clientOrderId],
    },
  };
}

/** An order that ended without (all of) its shares and that nobody here asked to cancel. */
export function endedAlert(order: Order, mode: Mode, atMs: number): AlertRow {
  const side = order.side === "buy" ? "BUY" : "SELL";
  return {
    key: `ended:${order.clientOrderId}`,
    kind: "order",
    order: order.clientOrderId,
    atMs,
    message: {
      text: `Order ${order.state.toLowerCase()}: ${side} ${sharesText(order.quantity)} ${order.symbol} (${order.purpose}), ${sharesText(order.filledQuantity)} filled${order.error === null ? "" : ` · ${order.error}`} · ${order.strategyId} · ${modeLabel(mode)}`,
      tone: "warn",
      footer: [order.clientOrderId],
    },
  };
}

/** An entry that waited in vain: `BUY 5 AAPL limit $185.31 not filled in 300 s, cancelled; 2 bought`. */
export function timedOutAlert(order: Order, mode: Mode, atMs: number): AlertRow {
  const limit = order.limitPrice === null ? "" : ` limit ${priceText(order.limitPrice)}`;
  const seconds = Math.round(((order.workUntil ?? atMs) - order.createdAt) / 1000);
  const bought = order.filledQuantity.gt(0) ? `${sharesText(order.filledQuantity)} bought` : "nothing bought";
  return {
    key: `ended:${order.clientOrderId}`,
    kind: "order",
    order: order.clientOrderId,
    atMs,
    message: {
      text: `BUY ${sharesText(order.quantity)} ${order.symbol}${limit} not filled in ${seconds} s, cancelled; ${bought} · ${order.strategyId} · ${modeLabel(mode)}`,
      tone: "neutral",
      footer: [order.clientOrderId],
    },
  };
}

/** A refused entry speaks once per cause and hour, not every tick. */
export function refusedAlert(
  run: Run,
  symbol: string,
  code: string,
  text: string,
  mode: Mode,
  atMs: number,
): AlertRow {
  const hour = Math.floor(atMs / 3_600_000);
  return {
    key: `refused:${run.id}:${symbol}:${code}:${hour}`,
    kind: "refused",
    atMs,
    message: {
      text: `BUY ${symbol} refused: ${text} · ${run.strategyId} · ${modeLabel(mode)}`,
      tone: "warn",
      footer: [`${code} · run ${run.id} · said once an hour`],
    },
  };
}

/** The day-loss limit stops every run at once, so it is told once a session and not once a symbol. */
export function dayLossAlert(text: string, mode: Mode, sessionKey: string, atMs: number): AlertRow {
  return {
    key: `day-loss:${sessionKey}`,
    kind: "halt",
    urgency: "critical",
    atMs,
    message: {
      title: "Daily loss limit reached",
      text: `No new entries until the next session: ${text} · exits and stops go on · ${modeLabel(mode)}`,
      tone: "bad",
    },
  };
}

/** "ann (Slack)": who, and from where. */
export function askedBy({ actor, name }: Pick<By, "actor" | "name">): string {
  const [platform = ""] = actor.split(":");
  return `${name} (${platform.charAt(0).toUpperCase()}${platform.slice(1)})`;
}

export function plainAlert(key: string, kind: AlertRow["kind"], atMs: number, message: Message): AlertRow {
  return { key, kind, atMs, message };
}

/** "5 AAPL @ $185.50, stop $180.50": a position in one phrase. */
export function positionPhrase(position: Position): string {
  return `${sharesText(position.quantity)} ${position.symbol} @ ${dollars(position.entryPrice)}, stop ${dollars(position.stop)}`;
}

/** "2 stops rest at the broker and stay there.": what stands while the engine cannot watch. */
export function restingStops(count: number): string {
  return `${counted(count, "stop")} ${count === 1 ? "rests at the broker and stays" : "rest at the broker and stay"} there.`;
}
