import { Decimal } from "decimal.js";
import type { Market } from "./market.ts";
import { refuse } from "./refusal.ts";
import type { AccountSettings, OrderRecord, OrderTicket, PositionRecord, Side } from "./types.ts";

const zero = new Decimal(0);

export function cents(value: Decimal): string {
  return value.toDecimalPlaces(2).toString();
}

export function remaining(order: OrderRecord, price: Decimal | undefined): Decimal {
  if (order.qty !== null) return order.qty.minus(order.filledQty);
  if (order.notional === null || price === undefined) return zero;
  return order.notional.minus(order.filledValue).div(price).toDecimalPlaces(9, Decimal.ROUND_DOWN);
}

const closed: ReadonlySet<string> = new Set(["filled", "canceled", "expired", "replaced", "rejected"]);

export function isClosed(order: OrderRecord): boolean {
  return closed.has(order.status);
}

/** Cash and positions, kept exactly; what the account may still do follows from them and the open orders. */
export class Account {
  readonly #market: Market;
  readonly #orders: () => Iterable<OrderRecord>;
  readonly #positions = new Map<string, PositionRecord>();
  #cash = new Decimal(100_000);
  settings: AccountSettings;

  constructor(market: Market, orders: () => Iterable<OrderRecord>, settings: Partial<AccountSettings>) {
    this.#market = market;
    this.#orders = orders;
    this.settings = {
      cash: 100_000,
      last_equity: settings.cash ?? 100_000,
      multiplier: 2,
      account_number: "PA3TEST00001",
      status: "ACTIVE",
      trading_blocked: false,
      account_blocked: false,
      trade_suspended_by_user: false,
      shorting_enabled: false,
      ...settings,
    };
    this.#cash = new Decimal(this.settings.cash);
  }

  set(changes: Partial<AccountSettings>): void {
    this.settings = { ...this.settings, ...changes };
    if (changes.cash !== undefined) this.#cash = new Decimal(changes.cash);
  }

  get cash(): Decimal {
    return this.#cash;
  }

  position(symbol: string): PositionRecord | undefined {
    return this.#positions.get(symbol);
  }

  positions(): PositionRecord[] {
    return [...this.#positions.values()];
  }

  /** A position that exists without any order of ours: opened by hand, or transferred in. */
  setPosition(symbol: string, qty: Decimal, averagePrice: Decimal): void {
    if (qty.isZero()) this.#positions.delete(symbol);
    else this.#positions.set(symbol, { symbol, qty, cost: qty.times(averagePrice) });
  }

  /** Books an execution; answers the signed position after it. */
  book(symbol: string, side: Side, qty: Decimal, price: Decimal): Decimal {
    const signed = side === "buy" ? qty : qty.neg();
    this.#cash = this.#cash.minus(signed.times(price));
    const before = this.#positions.get(symbol) ?? { symbol, qty: zero, cost: zero };
    const after = before.qty.plus(signed);
    const adds = before.qty.isZero() || before.qty.isPositive() === signed.isPositive();
    let cost = before.cost.plus(signed.times(price));
    if (!adds) {
      const crosses = !after.isZero() && after.isPositive() !== before.qty.isPositive();
      cost = crosses ? after.times(price) : before.cost.times(after).div(before.qty);
    }
    if (after.isZero()) this.#positions.delete(symbol);
    else this.#positions.set(symbol, { symbol, qty: after, cost });
    return after;
  }

  marketValue(position: PositionRecord): Decimal {
    const price = this.#market.price(position.symbol) ?? position.cost.div(position.qty);
    const shares = this.#market.asset(position.symbol)?.class === "us_option" ? 100 : 1;
    return position.qty.times(price).times(shares).toDecimalPlaces(2);
  }

  equity(): Decimal {
    return this.positions().reduce(
      (sum, each) => sum.plus(this.marketValue(each)),
      this.#cash.toDecimalPlaces(2),
    );
  }

  /** Shares that open orders keep from being sold, or bought back for a short; a waiting leg keeps none. */
  held(symbol: string, side: Side, except?: OrderRecord): { qty: Decimal; orderIds: string[] } {
    const holders = [...this.#orders()].filter(
      (order) =>
        order.symbol === symbol &&
        order.side === side &&
        !order.dormant &&
        !isClosed(order) &&
        order !== except,
    );
    const price = this.#market.price(symbol);
    const existing = (this.position(symbol)?.qty ?? zero).abs();
    const qty = holders.reduce((sum, order) => sum.plus(remaining(order, price)), zero);
    return { qty: Decimal.min(qty, existing), orderIds: holders.map((order) => order.id) };
  }

  /** What the open orders that add to positions would cost. */
  #reserved(except?: OrderRecord): Decimal {
    let sum = zero;
    for (const order of this.#orders()) {
      if (order === except || order.dormant || isClosed(order) || this.#reduces(order.symbol, order.side))
        continue;
      sum = sum.plus(this.#price(order).times(remaining(order, this.#market.price(order.symbol))));
    }
    return sum;
  }

  #reduces(symbol: string, side: Side): boolean {
    const qty = this.position(symbol)?.qty ?? zero;
    return side === "sell" ? qty.gt(0) : qty.lt(0);
  }

  /** The price an order is reckoned at; a short sale 3 % above the market. */
  #price(order: Pick<OrderRecord, "symbol" | "side" | "limitPrice" | "stopPrice">): Decimal {
    const price = order.limitPrice ?? order.stopPrice ?? this.#market.price(order.symbol) ?? zero;
    return order.side === "sell"
      ? Decimal.max(price, (this.#market.price(order.symbol) ?? zero).times("1.03"))
      : price;
  }

  buyingPower(except?: OrderRecord): Decimal {
    const exposure = this.positions().reduce((sum, each) => sum.plus(this.marketValue(each).abs()), zero);
    const power = this.equity().times(this.settings.multiplier).minus(exposure).minus(this.#reserved(except));
    return Decimal.max(power, 0);
  }

  checkBlocked(): void {
    if (this.settings.trading_blocked || this.settings.account_blocked) {
      throw refuse.forbidden("trading-blocked", "account is blocked from trading");
    }
    if (this.settings.trade_suspended_by_user) {
      throw refuse.forbidden("trading-blocked", "trading is suspended by user");
    }
  }

  checkBuyingPower(order: OrderTicket | OrderRecord, qty: Decimal, except?: OrderRecord): void {
    if (this.#reduces(order.symbol, order.side)) return;
    const cost = order.notional ?? this.#price(order).times(qty);
    const power = this.buyingPower(except);
    if (cost.gt(power)) {
      throw refuse.forbidden("insufficient-buying-power", "insufficient buying power", {
        buying_power: cents(power),
        cost_basis: cents(cost),
      });
    }
  }

  /** Shares to sell must exist and be free; without any, the sale would open a short position. */
  checkShares(symbol: string, side: Side, qty: Decimal, except?: OrderRecord): void {
    const existing = this.position(symbol)?.qty ?? zero;
    if (side === "sell" && existing.lte(0)) {
      if (!this.settings.shorting_enabled) {
        throw refuse.forbidden("short-not-allowed", "account is not allowed to short");
      }
      if (this.#market.asset(symbol)?.shortable !== true) {
        throw refuse.unprocessable("short-not-allowed", `asset "${symbol}" cannot be sold short`);
      }
      if (!qty.isInteger()) {
        throw refuse.forbidden("short-not-allowed", "fractional orders cannot be sold short");
      }
      return;
    }
    if (!this.#reduces(symbol, side)) return;
    const held = this.held(symbol, side, except);
    if (qty.gt(existing.abs().minus(held.qty))) {
      throw refuse.insufficientQty({
        symbol,
        requested: qty,
        existing: existing.abs(),
        held: held.qty,
        relatedOrders: held.orderIds,
      });
    }
  }
}
