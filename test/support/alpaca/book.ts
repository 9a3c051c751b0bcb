import { randomUUID } from "node:crypto";
import { Decimal } from "decimal.js";
import { Account, isClosed, remaining } from "./account.ts";
import type { Timers, WorldClock } from "./clock.ts";
import type { Market } from "./market.ts";
import { checkOrder, checkStopPrice, legsOf, orderOf } from "./placing.ts";
import { refuse } from "./refusal.ts";
import { checkReplacement, replacementOf, type Replacement } from "./replacement.ts";
import { elect, executable, trail } from "./trading.ts";
import type {
  AccountSettings,
  Delays,
  Execution,
  FillMode,
  OrderRecord,
  OrderTicket,
  TradeUpdateData,
} from "./types.ts";
import { orderJson, type Json } from "./wire.ts";

interface BookOptions {
  readonly clock: WorldClock;
  readonly timers: Timers;
  readonly market: Market;
  readonly delays: Delays;
  readonly account: Partial<AccountSettings>;
  /** Whether a duplicate client order id is noticed before or after the other checks (not documented). */
  readonly duplicateCheck: "first" | "last";
  readonly emit: (update: TradeUpdateData) => void;
}

/** The order book of one account: places, routes, fills, cancels, replaces and expires, and tells the stream. */
export class Book {
  readonly account: Account;
  readonly executions: Execution[] = [];
  readonly #options: BookOptions;
  readonly #orders = new Map<string, OrderRecord>();
  readonly #byClientId = new Map<string, OrderRecord>();
  readonly #fillModes = new Map<string, FillMode>();
  readonly #rejects = new Map<string, number>();
  #defaultFillMode: FillMode = "auto";
  #seq = 0;

  constructor(options: BookOptions) {
    this.#options = options;
    this.account = new Account(options.market, () => this.#orders.values(), options.account);
  }

  orders(): OrderRecord[] {
    return [...this.#orders.values()];
  }

  find(id: string): OrderRecord | undefined {
    return this.#orders.get(id);
  }

  findByClientId(clientOrderId: string): OrderRecord | undefined {
    return this.#byClientId.get(clientOrderId);
  }

  get(id: string): OrderRecord {
    const order = this.find(id);
    if (order === undefined) throw refuse.notFound(`order not found for ${id}`);
    return order;
  }

  json(order: OrderRecord, nested: boolean): Json {
    const legs = nested ? this.legs(order).map((leg) => this.json(leg, false)) : [];
    return orderJson(order, this.#options.market.asset(order.symbol), legs.length > 0 ? legs : null);
  }

  legs(order: OrderRecord): OrderRecord[] {
    return order.legIds.map((id) => this.get(id));
  }

  setFillMode(symbol: string, mode: FillMode): void {
    if (symbol === "*") this.#defaultFillMode = mode;
    else this.#fillModes.set(symbol, mode);
    for (const order of this.orders()) this.#consider(order);
  }

  /** The next orders in this symbol are accepted by POST and rejected by the venue. */
  rejectNext(symbol: string, times: number): void {
    this.#rejects.set(symbol, times);
  }

  place(ticket: OrderTicket): OrderRecord {
    this.account.checkBlocked();
    if (this.#options.duplicateCheck === "first") this.#checkDuplicate(ticket.clientOrderId);
    const { market, clock } = this.#options;
    checkOrder(ticket, { account: this.account, market, orders: this.#orders.values() });
    if (this.#options.duplicateCheck === "last") this.#checkDuplicate(ticket.clientOrderId);

    const live = market.tradesNow(ticket.symbol) || ticket.extendedHours;
    const order = this.#add(orderOf(ticket, clock, market, live));
    const priceNow = market.price(ticket.symbol);
    if (priceNow !== undefined) trail(order, priceNow);
    for (const leg of legsOf(order, ticket)) order.legIds.push(this.#add(leg).id);
    this.#emit(live ? "pending_new" : "accepted", order);
    for (const leg of this.legs(order)) this.#emit("held", leg);
    this.#options.timers.after(this.#options.delays.acceptMs, () => this.#route(order));
    return order;
  }

  #checkDuplicate(clientOrderId: string | null): void {
    if (clientOrderId !== null && this.#byClientId.has(clientOrderId)) throw refuse.duplicateClientOrderId();
  }

  #add(order: OrderRecord): OrderRecord {
    this.#seq += 1;
    const added = { ...order, seq: this.#seq };
    this.#orders.set(added.id, added);
    this.#byClientId.set(added.clientOrderId, added);
    return added;
  }

  /** Sends an order to the venue, if that is open to it. */
  #route(order: OrderRecord): void {
    if (order.status !== "pending_new" && order.status !== "accepted") return;
    const rejects = this.#rejects.get(order.symbol) ?? 0;
    if (rejects > 0) {
      this.#rejects.set(order.symbol, rejects - 1);
      this.#reject(order);
      return;
    }
    if (!this.#session(order)) {
      order.status = "accepted";
      return;
    }
    order.routed = true;
    this.#become(order, "new");
    this.#emit("new", order);
    if (order.orderClass === "oco") for (const leg of this.legs(order)) leg.armed = true;
    this.#consider(order);
    const immediate = order.timeInForce === "ioc" || order.timeInForce === "fok";
    if (immediate && !order.fillScheduled) this.#finishCancel(order);
  }

  #session(order: OrderRecord): boolean {
    return this.#options.market.tradesNow(order.symbol) || order.extendedHours;
  }

  #become(order: OrderRecord, status: OrderRecord["status"]): void {
    order.status = status;
    order.updatedAt = this.#options.clock.stamp();
  }

  #reject(order: OrderRecord): void {
    this.#become(order, "rejected");
    order.failedAt = order.updatedAt;
    this.#emit("rejected", order);
    for (const leg of this.legs(order)) this.#finishCancel(leg);
  }

  /** The market opened: what waited goes to the venue. */
  opened(): void {
    for (const order of this.orders()) {
      this.#route(order);
      this.#consider(order);
    }
  }

  /** A trade happened. */
  traded(symbol: string): void {
    const price = this.#options.market.price(symbol);
    if (price === undefined) return;
    for (const order of this.orders()) {
      if (order.symbol !== symbol || isClosed(order)) continue;
      if (order.routed && this.#session(order)) trail(order, price);
      this.#consider(order);
    }
  }

  #fillMode(symbol: string): FillMode {
    return this.#fillModes.get(symbol) ?? this.#defaultFillMode;
  }

  /** Starts what the market's price makes the order do. */
  #consider(order: OrderRecord): void {
    const price = this.#options.market.price(order.symbol);
    if (price === undefined || isClosed(order) || order.fillScheduled || !this.#session(order)) return;
    if (order.dormant) {
      if (order.armed && order.status === "held" && elect(order, price)) this.#electLeg(order);
      return;
    }
    if (!order.routed || !executable(order, price) || this.#fillMode(order.symbol) === "manual") return;
    order.fillScheduled = true;
    this.#options.timers.after(this.#options.delays.fillMs, () => this.#tryFill(order));
  }

  /** The stop of a pair was touched: the target goes, then the stop trades. */
  #electLeg(order: OrderRecord): void {
    for (const sibling of this.#siblings(order)) this.#cancelAlone(sibling);
    this.#wake(order);
  }

  #wake(order: OrderRecord): void {
    order.dormant = false;
    order.armed = true;
    order.routed = true;
    this.#become(order, "new");
    this.#emit("new", order);
    this.#consider(order);
  }

  #tryFill(order: OrderRecord): void {
    order.fillScheduled = false;
    const price = this.#options.market.price(order.symbol);
    const mode = this.#fillMode(order.symbol);
    if (price === undefined || isClosed(order) || mode === "manual") return;
    if (!this.#session(order) || !executable(order, price)) return;
    const rest = remaining(order, price);
    const half = rest.div(2).floor();
    const first =
      mode === "partial" && order.filledQty.isZero() && half.gte(1) && order.timeInForce !== "fok";
    this.#execute(order, first ? half : rest, price);
    this.#consider(order);
  }

  /** Fills by a test's hand; what is not given is the rest of the order at the latest price. */
  fill(id: string, qty?: Decimal.Value, price?: Decimal.Value): Execution {
    const order = this.find(id) ?? this.findByClientId(id);
    if (order === undefined) throw new Error(`fill: there is no order ${id}`);
    if (isClosed(order) || order.dormant) throw new Error(`fill: order ${id} is ${order.status}`);
    const at = price ?? order.limitPrice ?? this.#options.market.price(order.symbol);
    if (at === undefined) throw new Error(`fill: ${order.symbol} has no price`);
    const rest = remaining(order, new Decimal(at));
    const size = qty === undefined ? rest : new Decimal(qty);
    if (size.gt(rest))
      throw new Error(`fill: ${size.toString()} is more than the remaining ${rest.toString()}`);
    return this.#execute(order, size, new Decimal(at));
  }

  #execute(order: OrderRecord, qty: Decimal, price: Decimal): Execution {
    const position = this.account.book(order.symbol, order.side, qty, price);
    order.routed = true;
    order.filledQty = order.filledQty.plus(qty);
    order.filledValue = order.filledValue.plus(qty.times(price));
    const full = order.qty === null ? true : order.filledQty.gte(order.qty);
    // A cancel that is under way goes on after a partial fill.
    const pending = order.status === "pending_cancel" || order.status === "pending_replace";
    this.#become(order, full ? "filled" : pending ? order.status : "partially_filled");
    order.filledAt = order.updatedAt;
    const execution: Execution = {
      executionId: randomUUID(),
      orderId: order.id,
      clientOrderId: order.clientOrderId,
      symbol: order.symbol,
      side: order.side,
      qty: qty.toString(),
      price: price.toString(),
      at: order.updatedAt,
    };
    this.executions.push(execution);
    this.#emit(full ? "fill" : "partial_fill", order, {
      execution_id: execution.executionId,
      price: execution.price,
      qty: execution.qty,
      position_qty: position.toString(),
    });
    this.#afterFill(order, qty, full);
    return execution;
  }

  #afterFill(order: OrderRecord, qty: Decimal, full: boolean): void {
    for (const sibling of this.#siblings(order)) {
      if (full) this.#finishCancel(sibling);
      else if (sibling.qty !== null) sibling.qty = sibling.qty.minus(qty);
    }
    // Legs come alive only with the last share of the entry.
    if (!full || order.role !== "entry" || order.orderClass === "oco") return;
    const legs = this.legs(order).filter((leg) => !isClosed(leg));
    for (const leg of legs) leg.armed = true;
    const first = legs.find((leg) => leg.role === "takeProfit") ?? legs[0];
    if (first !== undefined && first.status === "held") this.#wake(first);
    for (const leg of legs) this.#consider(leg);
  }

  /** The other orders of which only one may trade. */
  #siblings(order: OrderRecord): OrderRecord[] {
    if (order.orderClass === "oco" && order.role === "entry")
      return this.legs(order).filter((leg) => !isClosed(leg));
    const parent = order.parentId === null ? undefined : this.find(order.parentId);
    if (parent === undefined) return [];
    const others = parent.orderClass === "oco" ? [parent] : this.legs(parent);
    return others.filter((other) => other !== order && !isClosed(other));
  }

  /** Asks for a cancel; the order is canceled, and its shares are free, only some time later. */
  cancel(order: OrderRecord): void {
    if (isClosed(order)) {
      throw refuse.unprocessable("not-cancelable", `order is already in "${order.status}" state`);
    }
    if (order.status === "pending_cancel")
      throw refuse.unprocessable("not-cancelable", "order pending cancel");
    if (order.status === "pending_replace") {
      throw refuse.unprocessable("not-cancelable", "cannot cancel order in pending_replace status");
    }
    this.#become(order, "pending_cancel");
    order.cancelRequestedAt = order.updatedAt;
    this.#emit("pending_cancel", order);
    this.#options.timers.after(this.#options.delays.cancelMs, () => {
      if (order.status === "pending_cancel") this.#finishCancel(order);
    });
  }

  #finishCancel(order: OrderRecord): void {
    if (isClosed(order)) return;
    this.#cancelAlone(order);
    this.#closeGroup(order);
  }

  #cancelAlone(order: OrderRecord): void {
    this.#become(order, "canceled");
    order.canceledAt = order.updatedAt;
    this.#emit("canceled", order);
  }

  /** One order of a group ended unfilled: the others end with it. */
  #closeGroup(order: OrderRecord): void {
    for (const leg of this.legs(order)) this.#finishCancel(leg);
    for (const sibling of this.#siblings(order)) this.#finishCancel(sibling);
    const parent = order.parentId === null ? undefined : this.find(order.parentId);
    if (parent !== undefined) this.#finishCancel(parent);
  }

  /** Ends every open order that matches, as the close of the day or 90 days do. */
  expire(matches: (order: OrderRecord) => boolean): number {
    const due = this.orders().filter((order) => !isClosed(order) && matches(order));
    for (const order of due) {
      if (isClosed(order)) continue;
      this.#become(order, "expired");
      order.expiredAt = order.updatedAt;
      this.#emit("expired", order);
      this.#closeGroup(order);
    }
    return due.length;
  }

  /** Asks for a replacement: a new order with a new id, in force once the venue has taken it. */
  replace(old: OrderRecord, change: Replacement): OrderRecord {
    this.account.checkBlocked();
    this.#checkDuplicate(change.clientOrderId);
    checkReplacement(old, change, this.account);
    checkStopPrice(old.side, change.stopPrice ?? null, this.#options.market.price(old.symbol));
    const replacement = this.#add(replacementOf(old, change, this.#options.clock.stamp()));
    const before = old.status;
    this.#become(old, "pending_replace");
    old.replacedBy = replacement.id;
    this.#emit("pending_replace", old);
    this.#options.timers.after(this.#options.delays.replaceMs, () =>
      this.#finishReplace(old, replacement, before),
    );
    return replacement;
  }

  #finishReplace(old: OrderRecord, replacement: OrderRecord, before: OrderRecord["status"]): void {
    const rest = replacement.qty === null ? null : replacement.qty.minus(old.filledQty);
    if (isClosed(old) || (rest !== null && rest.lte(0))) {
      old.replacedBy = null;
      if (!isClosed(old)) this.#become(old, before);
      this.#emit("order_replace_rejected", old);
      this.#reject(replacement);
      return;
    }
    this.#become(old, "replaced");
    old.replacedAt = old.updatedAt;
    // Shares that the old order filled meanwhile are not ordered again.
    replacement.qty = rest;
    replacement.dormant = old.dormant;
    replacement.armed = old.armed;
    replacement.legIds = old.legIds;
    for (const leg of this.legs(old)) leg.parentId = replacement.id;
    const parent = old.parentId === null ? undefined : this.find(old.parentId);
    if (parent !== undefined)
      parent.legIds = parent.legIds.map((id) => (id === old.id ? replacement.id : id));
    this.#emit("replaced", old);
    // Cancelled before it was in force: it stays so.
    if (isClosed(replacement)) return;
    this.#become(replacement, old.dormant ? "held" : "new");
    this.#emit(old.dormant ? "held" : "new", replacement);
    const price = this.#options.market.price(old.symbol);
    if (price !== undefined) trail(replacement, price);
    this.#consider(replacement);
  }

  #emit(event: string, order: OrderRecord, more: Partial<TradeUpdateData> = {}): void {
    this.#options.emit({
      event,
      execution_id: randomUUID(),
      timestamp: order.updatedAt,
      at: order.updatedAt,
      order: this.json(order, false),
      ...more,
    });
  }
}
