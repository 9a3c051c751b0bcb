import { valueAt } from "../core/column.ts";
import { EXIT_REASONS, type ExitReason, type Trade } from "./trade.ts";

/** Columns of a row of the log. */
const ENTRY_BAR = 0;
const EXIT_BAR = 1;
const ENTRY_PRICE = 2;
const EXIT_PRICE = 3;
const SIZE = 4;
const STOP = 5;
const COMMISSION = 6;
const REASON = 7;
const WIDTH = 8;

/** What a trade is closed with; a stop of 0 is none. */
export type ClosedTrade = Pick<
  Trade,
  "entryBar" | "exitBar" | "entryPrice" | "exitPrice" | "size" | "commission"
> & {
  readonly stop: number;
  readonly exitReason: ExitReason;
};

/**
 * The closed trades of a backtest in one growing block of doubles. As objects, the tens of thousands of trades of a long
 * backtest would be copied by the garbage collector again and again; here they are made when somebody looks.
 */
export class TradeLog {
  length = 0;
  private rows = new Float64Array(64 * WIDTH);

  push(trade: ClosedTrade): void {
    const row = this.length * WIDTH;
    if (row === this.rows.length) this.grow();
    const { rows } = this;
    rows[row + ENTRY_BAR] = trade.entryBar;
    rows[row + EXIT_BAR] = trade.exitBar;
    rows[row + ENTRY_PRICE] = trade.entryPrice;
    rows[row + EXIT_PRICE] = trade.exitPrice;
    rows[row + SIZE] = trade.size;
    rows[row + STOP] = trade.stop;
    rows[row + COMMISSION] = trade.commission;
    rows[row + REASON] = EXIT_REASONS.indexOf(trade.exitReason);
    this.length += 1;
  }

  /** After commissions, USD. */
  pnl(index: number): number {
    const { rows } = this;
    const row = index * WIDTH;
    const move = valueAt(rows, row + EXIT_PRICE) - valueAt(rows, row + ENTRY_PRICE);
    return valueAt(rows, row + SIZE) * move - valueAt(rows, row + COMMISSION);
  }

  /** P&L in percent of what the shares cost. */
  pnlPercent(index: number): number {
    const row = index * WIDTH;
    return (this.pnl(index) / (valueAt(this.rows, row + SIZE) * valueAt(this.rows, row + ENTRY_PRICE))) * 100;
  }

  /** Bars inside the trade, entry and exit bar counted. */
  bars(index: number): number {
    const row = index * WIDTH;
    return valueAt(this.rows, row + EXIT_BAR) - valueAt(this.rows, row + ENTRY_BAR) + 1;
  }

  /** The trades in the order in which they were closed. */
  all(): readonly Trade[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }

  at(index: number): Trade {
    const column = (name: number): number => valueAt(this.rows, index * WIDTH + name);
    return {
      entryBar: column(ENTRY_BAR),
      exitBar: column(EXIT_BAR),
      entryPrice: column(ENTRY_PRICE),
      exitPrice: column(EXIT_PRICE),
      size: column(SIZE),
      stop: column(STOP) === 0 ? null : column(STOP),
      commission: column(COMMISSION),
      pnl: this.pnl(index),
      pnlPercent: this.pnlPercent(index),
      exitReason: EXIT_REASONS[column(REASON)] ?? "signal",
    };
  }

  private grow(): void {
    const grown = new Float64Array(this.rows.length * 2);
    grown.set(this.rows);
    this.rows = grown;
  }
}
