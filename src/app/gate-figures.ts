import { exchangeDay, exchangeTimeMs } from "../core/calendar.ts";
import { money, type Money } from "../core/money.ts";
import { isLive, type Order } from "../core/order.ts";
import type { Position, Trade } from "../core/position.ts";
import type { GateFigures, PastTrade } from "../core/risk/contract.ts";
import { holdingsOf } from "../core/risk/holdings.ts";
import type { Limits } from "../core/risk/limits.ts";
import type { LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import type { PreTradeFacts } from "./facts.ts";
import { deskLimits } from "./limits.ts";

const MINUTE_MS = 60_000;
/** More entries than one tick can make: those made since the account was read are among them. */
const RECENT_ORDERS = 200;
/** A longer losing streak than any limit can name. */
const PAST_TRADES = 100;

/** The rows that the figures are reckoned from. */
export interface GateRows {
  readonly positions: readonly Position[];
  readonly live: readonly Order[];
  /** The newest orders, newest first. */
  readonly recent: readonly Order[];
  /** Closed round trips in the symbol, newest first. */
  readonly trades: readonly Trade[];
  readonly limits: Limits;
  readonly peakEquity: Money | null;
  readonly entriesLastMinute: number;
  readonly entriesToday: number;
}

/** Reads them; inside T1 they are as fresh as its locks. `symbol` is that of the entry, undefined for the desk as a whole. */
export async function readGateRows(
  engine: Engine,
  ledger: LedgerOps,
  symbol: string | undefined,
): Promise<GateRows> {
  const { accountId } = engine;
  const nowMs = engine.clock.nowMs();
  const limits = await deskLimits(engine, ledger);
  const whole = symbol === undefined;
  return {
    positions: await ledger.openPositions(accountId),
    live: await ledger.liveOrders(accountId),
    recent: await ledger.recentOrders({ accountId, limit: RECENT_ORDERS }),
    trades: whole ? [] : await ledger.trades({ accountId, symbol, limit: PAST_TRADES }),
    limits,
    // These cost a scan each: they are read only for somebody who looks at them.
    peakEquity: whole || limits.drawdown_pct !== null ? await ledger.peakEquity(accountId) : null,
    entriesLastMinute:
      whole || limits.orders_per_minute !== null
        ? await ledger.countEntries(accountId, nowMs - MINUTE_MS)
        : 0,
    entriesToday:
      whole || limits.trades_per_day !== null
        ? await ledger.countEntries(accountId, exchangeTimeMs(exchangeDay(nowMs), "00:00"))
        : 0,
  };
}

/**
 * The account's figures with what is on its way: an entry made after the account was read, or one the broker may not
 * know of yet, takes buying power in advance.
 */
export function gateFigures(
  engine: Engine,
  { account, market, correlation, externals }: PreTradeFacts,
  rows: GateRows,
  symbol: string | undefined,
): GateFigures {
  const { positions, live, recent } = rows;
  const entries = [
    ...new Map(
      [...live, ...recent]
        .filter((order) => order.purpose === "entry")
        .map((order) => [order.clientOrderId, order]),
    ).values(),
  ];
  const reserved = entries
    .filter(
      (order) =>
        (isLive(order) && order.brokerOrderId === null) ||
        (order.createdAt >= account.atMs && order.state !== "REJECTED"),
    )
    .map((order) => order.quantity.times(order.limitPrice ?? order.decisionPrice ?? 0));
  const equity = account.equity.toNumber();
  return {
    nowMs: engine.clock.nowMs(),
    limits: rows.limits,
    equity,
    lastEquity: account.lastEquity.toNumber(),
    peakEquity: Math.max(equity, rows.peakEquity?.toNumber() ?? 0),
    buyingPower: account.buyingPower.minus(sum(reserved)).toNumber(),
    ...(engine.maxCapital === undefined ? {} : { maxCapital: engine.maxCapital }),
    holdings: holdingsOf(
      positions,
      entries,
      { holdings: externals, orders: engine.state.foreignOrders ?? [] },
      (each) => engine.state.prices.get(each)?.price,
    ),
    entriesLastMinute: rows.entriesLastMinute,
    entriesToday: rows.entriesToday,
    trades: rows.trades.map(pastTrade),
    sellers: sellersOf(symbol, positions, live),
    market,
    correlation,
  };
}

function pastTrade({ runId, exitTime, pnl, exitReason }: Trade): PastTrade {
  return { runId, exitTime, pnl: pnl.toNumber(), stoppedOut: exitReason === "stop-loss" };
}

/** Whose position in the symbol is on its way out, or whose exit works. Resting stops are handed over, not opposed. */
function sellersOf(
  symbol: string | undefined,
  positions: readonly Position[],
  live: readonly Order[],
): readonly string[] {
  const leaving = positions.filter((each) => each.symbol === symbol && each.exitReason !== null);
  const exits = live.filter((order) => order.symbol === symbol && order.purpose === "exit");
  return [...new Set([...leaving, ...exits].map((each) => each.strategyId))];
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce((total, each) => total.plus(each), money(0));
}
