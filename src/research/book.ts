import { valueAt } from "../core/column.ts";
import type { BarSeries } from "../core/bar-series.ts";
import type { Decision } from "../core/decide.ts";
import { TradeLog } from "./trade-log.ts";
import type { DroppedEntry, ExitReason, OpenPosition } from "./trade.ts";

/** What `decide` answers when it enters: an order on its way to the next open. */
export type EntryDecision = Extract<Decision, { kind: "enter" }>;

/** Cash and the one position of a backtest, and what became of its orders. Money in USD. */
export class Book {
  cash: number;
  /** 0 while flat. */
  shares = 0;
  /** No low reaches 0 and no high Infinity: without a stop or a target neither is ever hit. */
  stop = Number.NaN;
  target = Number.POSITIVE_INFINITY;
  readonly trades = new TradeLog();
  readonly dropped: DroppedEntry[] = [];
  private readonly bars: BarSeries;
  private readonly commission: number;
  private entryBar = 0;
  private entryPrice = Number.NaN;
  private entryCommission = Number.NaN;

  /** `commission` is a fraction of traded value. */
  constructor(bars: BarSeries, cash: number, commission: number) {
    this.bars = bars;
    this.cash = cash;
    this.commission = commission;
    this.stop = 0;
  }

  /** Fills an entry at the open of bar `t`, or drops it when it costs more than the cash. */
  enter(t: number, { intent, stop, target }: EntryDecision): void {
    const size = intent.shares;
    const price = valueAt(this.bars.open, t);
    const commission = size * price * this.commission;
    const cost = size * price + commission;
    if (cost > this.cash) {
      this.dropped.push({ bar: t, price, size, cost, cash: this.cash });
      return;
    }
    this.cash -= cost;
    this.shares = size;
    this.stop = stop ?? 0;
    this.target = target ?? Number.POSITIVE_INFINITY;
    this.entryBar = t;
    this.entryPrice = price;
    this.entryCommission = commission;
  }

  /** Sells the whole position on bar `t` at `price`. */
  exit(t: number, price: number, exitReason: ExitReason): void {
    const { shares: size, entryBar, entryPrice } = this;
    const commission = size * price * this.commission;
    this.cash += size * price - commission;
    this.shares = 0;
    this.trades.push({
      entryBar,
      exitBar: t,
      entryPrice,
      exitPrice: price,
      size,
      stop: this.stop,
      commission: this.entryCommission + commission,
      exitReason,
    });
  }

  /** The position marked at the last close, or null when flat. */
  openPosition(): OpenPosition | null {
    if (this.shares === 0) return null;
    const { shares: size, entryPrice, stop, target } = this;
    const lastPrice = this.bars.close.at(-1) ?? entryPrice;
    const unrealizedPnl = size * (lastPrice - entryPrice) - this.entryCommission;
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
