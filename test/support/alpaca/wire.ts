import { Decimal } from "decimal.js";
import { cents, type Account } from "./account.ts";
import { newYorkDate } from "./calendar.ts";
import type { Market } from "./market.ts";
import type { Asset, OrderRecord, PositionRecord } from "./types.ts";

export type Json = Record<string, unknown>;

const text = (value: Decimal | null): string | null => (value === null ? null : value.toString());

export function orderJson(order: OrderRecord, asset: Asset | undefined, legs: readonly Json[] | null): Json {
  const average = order.filledQty.isZero() ? null : order.filledValue.div(order.filledQty).toDecimalPlaces(6);
  return {
    id: order.id,
    client_order_id: order.clientOrderId,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
    submitted_at: order.submittedAt,
    filled_at: order.filledAt,
    expired_at: order.expiredAt,
    expires_at: new Date(order.expiresAtMs).toISOString(),
    cancel_requested_at: order.cancelRequestedAt,
    canceled_at: order.canceledAt,
    failed_at: order.failedAt,
    replaced_at: order.replacedAt,
    replaced_by: order.replacedBy,
    replaces: order.replaces,
    asset_id: asset?.id ?? null,
    symbol: asset?.class === "crypto" ? pairOf(order.symbol) : order.symbol,
    asset_class: asset?.class ?? "us_equity",
    notional: text(order.notional),
    qty: text(order.qty),
    filled_qty: order.filledQty.toString(),
    filled_avg_price: text(average),
    order_class: order.orderClass === "simple" ? "" : order.orderClass,
    order_type: order.type,
    type: order.type,
    side: order.side,
    position_intent: order.side === "buy" ? "buy_to_open" : "sell_to_close",
    time_in_force: order.timeInForce,
    limit_price: text(order.limitPrice),
    stop_price: text(order.stopPrice),
    status: order.status,
    extended_hours: order.extendedHours,
    legs,
    trail_percent: text(order.trailPercent),
    trail_price: text(order.trailPrice),
    hwm: text(order.hwm),
    subtag: null,
    source: null,
  };
}

/** BTCUSD, as positions have it, is BTC/USD in orders. */
function pairOf(symbol: string): string {
  return symbol.replace(/USD$/, "/USD");
}

function part(profit: Decimal, base: Decimal): string {
  return base.isZero() ? "0" : profit.div(base.abs()).toDecimalPlaces(10).toString();
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce((total, value) => total.plus(value), new Decimal(0));
}

export function positionJson(position: PositionRecord, account: Account, market: Market): Json {
  const { symbol, qty, cost } = position;
  const asset = market.asset(symbol);
  const average = cost.div(qty);
  const price = market.price(symbol) ?? average;
  const lastDay = market.lastDayPrice(symbol) ?? price;
  const value = account.marketValue(position);
  const profit = value.minus(cost);
  const held = account.held(symbol, qty.isPositive() ? "sell" : "buy").qty;
  const available = qty.isPositive() ? qty.minus(held) : qty.plus(held);
  return {
    asset_id: asset?.id ?? null,
    symbol,
    exchange: asset?.exchange ?? "NASDAQ",
    asset_class: asset?.class ?? "us_equity",
    asset_marginable: asset?.marginable ?? true,
    qty: qty.toString(),
    avg_entry_price: average.toDecimalPlaces(6).toString(),
    side: qty.isPositive() ? "long" : "short",
    market_value: value.toString(),
    cost_basis: cost.toDecimalPlaces(6).toString(),
    unrealized_pl: profit.toDecimalPlaces(6).toString(),
    unrealized_plpc: part(profit, cost),
    unrealized_intraday_pl: profit.toDecimalPlaces(6).toString(),
    unrealized_intraday_plpc: part(profit, cost),
    current_price: price.toString(),
    lastday_price: lastDay.toString(),
    change_today: part(price.minus(lastDay), lastDay),
    qty_available: available.toString(),
  };
}

export function accountJson(account: Account, nowMs: number): Json {
  const { settings } = account;
  const values = account.positions().map((position) => account.marketValue(position));
  const long = sum(values.filter((value) => value.isPositive()));
  const short = sum(values.filter((value) => value.isNegative()));
  const exposure = long.plus(short.abs());
  const equity = cents(account.equity());
  return {
    id: "e6fe16f3-64a4-4921-8928-cadf02f92f98",
    account_number: settings.account_number,
    status: settings.status,
    crypto_status: "INACTIVE",
    currency: "USD",
    cash: cents(account.cash),
    accrued_fees: "0",
    portfolio_value: equity,
    equity,
    last_equity: cents(new Decimal(settings.last_equity)),
    buying_power: cents(account.buyingPower()),
    regt_buying_power: cents(account.buyingPower()),
    non_marginable_buying_power: cents(Decimal.max(account.cash, 0)),
    options_buying_power: "0",
    multiplier: String(settings.multiplier),
    long_market_value: long.toString(),
    short_market_value: short.toString(),
    position_market_value: exposure.toString(),
    initial_margin: cents(exposure.times("0.5")),
    maintenance_margin: cents(exposure.times("0.3")),
    last_maintenance_margin: "0",
    sma: "0",
    shorting_enabled: settings.shorting_enabled,
    trading_blocked: settings.trading_blocked,
    transfers_blocked: false,
    account_blocked: settings.account_blocked,
    trade_suspended_by_user: settings.trade_suspended_by_user,
    created_at: "2024-01-02T15:00:00.123456Z",
    balance_asof: newYorkDate(nowMs - 24 * 3600 * 1000),
    intraday_adjustments: "0",
    pending_reg_taf_fees: "0",
  };
}

export function assetJson(asset: Asset): Json {
  return {
    id: asset.id,
    class: asset.class,
    exchange: asset.exchange,
    symbol: asset.symbol,
    name: asset.name,
    status: asset.status,
    tradable: asset.tradable,
    marginable: asset.marginable,
    maintenance_margin_requirement: 30,
    margin_requirement_long: "30",
    margin_requirement_short: "30",
    shortable: asset.shortable,
    easy_to_borrow: asset.easy_to_borrow,
    fractionable: asset.fractionable,
    attributes: ["fractional_eh_enabled"],
  };
}
