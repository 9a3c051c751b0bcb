import { valueAt } from "../core/column.ts";
import type { BarSeries } from "../core/bar-series.ts";
import type { Decision } from "../core/decide.ts";
import { TradeLog } from "./trade-log.ts";
import type { DroppedEntry, ExitReason, OpenPosition } from "./trade.ts";

/** What `decide` answers when it enters: an order on its way to the next open. */
export type EntryDecision = Extract<Decision, { kind: "enter" }>;

/** What trading costs: see BacktestRules. */
interface Costs {
  readonly commission: number;
  readonly slippageBps?: number;
  readonly spread?: number;
}

/** Cash in USD that the books of several symbols spend from. */
export interface Purse {
  cash: number;
}

/** Cash and the one position of a backtest, and what became of its orders. Money in USD. */
export class Book {
  /** 0 while flat. */
  shares = 0;
  /** No low reaches 0 and no high Infinity: without a stop or a target neither is ever hit. */
  stop = Number.NaN;
  target = Number.POSITIVE_INFINITY;
  readonly trades = new TradeLog();
  readonly dropped: DroppedEntry[] = [];
  private readonly bars: BarSeries;
  private readonly purse: Purse;
  private readonly commission: number;
  /** Whatever takes the market's price pays this fraction of it, and this many USD a share. */
  private readonly slippage: number;
  private readonly halfSpread: number;
  /** Of the position that is held, or of the last one. */
  entryBar = 0;
  entryPrice = Number.NaN;
  /** The stop that was set at entry; 0 without one. */
  initialStop = 0;
  private entryCommission = Number.NaN;
  /** What a partial take-profit has sold of the position already. */
  private soldShares = 0;
  private soldValue = 0;
  private soldCommission = 0;

  constructor(bars: BarSeries, purse: Purse, { commission, slippageBps = 0, spread = 0 }: Costs) {
    this.bars = bars;
    this.purse = purse;
    this.commission = commission;
    this.slippage = slippageBps / 10_000;
    this.halfSpread = spread / 2;
    this.stop = 0;
  }

  /** Fills an entry at the open of bar `t`, or drops it when it costs more than the cash. */
  enter(t: number, { intent, stop, target }: EntryDecision): void {
    const size = intent.shares;
    const price = valueAt(this.bars.open, t) * (1 + this.slippage) + this.halfSpread;
    const commission = size * price * this.commission;
    const cost = size * price + commission;
    if (cost > this.purse.cash) {
      this.dropped.push({ bar: t, price, size, cost, cash: this.purse.cash });
      return;
    }
    this.purse.cash -= cost;
    this.shares = size;
    this.stop = stop ?? 0;
    this.initialStop = this.stop;
    this.target = target ?? Number.POSITIVE_INFINITY;
    this.entryBar = t;
    this.entryPrice = price;
    this.entryCommission = commission;
  }

  /** Sells `shares` of the position at `price`; the trade is written when the last of it goes. */
  sellPart(shares: number, price: number): void {
    const commission = shares * price * this.commission;
    this.purse.cash += shares * price - commission;
    this.shares -= shares;
    this.soldShares += shares;
    this.soldValue += shares * price;
    this.soldCommission += commission;
  }

  /** A raised stop that is hit is another reason than the one set at entry. */
  stopOut(t: number, price: number): void {
    this.sell(t, price, this.stop > this.initialStop ? "trailing" : "stop");
  }

  /** Sells all that is left at market, where the price is `price`. */
  sell(t: number, price: number, exitReason: ExitReason): void {
    // The spread of a share of a cent would be more than the share.
    this.exit(t, Math.max(0, price * (1 - this.slippage) - this.halfSpread), exitReason);
  }

  /** Sells all that is left of the position on bar `t` at exactly `price`. */
  exit(t: number, price: number, exitReason: ExitReason): void {
    const { shares: left, soldShares, entryBar, entryPrice } = this;
    const commission = left * price * this.commission;
    this.purse.cash += left * price - commission;
    this.shares = 0;
    const size = left + soldShares;
    this.trades.push({
      entryBar,
      exitBar: t,
      entryPrice,
      exitPrice: soldShares === 0 ? price : (this.soldValue + left * price) / size,
      size,
      stop: this.initialStop,
      commission: this.entryCommission + this.soldCommission + commission,
      exitReason,
    });
    this.soldShares = 0;
    this.soldValue = 0;
    this.soldCommission = 0;
  }

  /** The position marked at the last close, or null when flat. */
  openPosition(): OpenPosition | null {
    if (this.shares === 0) return null;
    const { shares: size, entryPrice, stop, target } = this;
    const lastPrice = this.bars.close.at(-1) ?? entryPrice;
    const commission = this.entryCommission * (size / (size + this.soldShares));
    const unrealizedPnl = size * (lastPrice - entryPrice) - commission;
    return {
      entryBar: this.entryBar,
      entryPrice,
      size,
      stop: stop === 0 ? null : stop,
      target: target === Number.POSITIVE_INFINITY ? null : target,
      lastPrice,
      unrealizedPnl,
      unrealizedPnlPercent: (unrealizedPnl / (size * entryPrice)) * 100,
    };
  }
}
