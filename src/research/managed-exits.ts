import type { BarSeries } from "../core/bar-series.ts";
import { valueAt } from "../core/column.ts";
import { partialPrice, partOf } from "../core/exits/partial.ts";
import { planExits, type ExitPlan } from "../core/exits/plan.ts";
import { raisedStop } from "../core/exits/raise.ts";
import type { Held } from "../core/exits/risk.ts";
import type { ExitRules } from "../core/exits/rules.ts";
import { money } from "../core/money.ts";
import type { Book } from "./book.ts";

/**
 * The exits of a backtest that change with each bar, by the arithmetic of the live engine. Nothing looks ahead inside a bar:
 * what a bar's high does to the stop holds from the next bar on, because nobody knows whether the high came before the low.
 */
export class ManagedExits {
  private readonly rules: ExitRules;
  private readonly bars: BarSeries;
  private readonly book: Book;
  private readonly round: (price: number) => number;
  private planned: ExitPlan | null = null;
  private plan: ExitPlan | null = null;
  private highWater = Number.NaN;
  private partialTaken = false;

  constructor(rules: ExitRules, bars: BarSeries, book: Book, round: (price: number) => number) {
    this.rules = rules;
    this.bars = bars;
    this.book = book;
    this.round = round;
  }

  /** An entry was decided with this ATR(14); it fills at the next open. */
  decided(atr: number | undefined): void {
    this.planned = planExits(this.rules, null, atr);
  }

  /** The entry has filled (or was dropped, which leaves nothing held). */
  filled(): void {
    this.plan = this.planned;
    this.highWater = this.book.entryPrice;
    this.partialTaken = false;
  }

  /** Bar `t` did not hit the stop: a part is sold where its high came to the partial take-profit. */
  sellPart(t: number): void {
    const { plan, book } = this;
    if (plan === null || this.partialTaken) return;
    const level = partialPrice(plan, this.held());
    if (valueAt(this.bars.high, t) < level) return;
    this.partialTaken = true;
    const part = partOf(money(book.shares), plan.partialFraction).toNumber();
    if (part > 0) book.sellPart(part, Math.max(valueAt(this.bars.open, t), level));
  }

  /** Bar `t` is over: raises the stop for the bars to come. True when the position has been held as long as it may. */
  close(t: number): boolean {
    const { plan, book } = this;
    if (plan === null) return false;
    const high = valueAt(this.bars.high, t);
    if (high > this.highWater) this.highWater = high;
    const raise = raisedStop(plan, this.held());
    if (raise !== undefined) book.stop = this.round(raise.stop);
    return plan.timeStopBars !== null && t - book.entryBar + 1 >= plan.timeStopBars;
  }

  private held(): Held {
    const { entryPrice, initialStop, stop } = this.book;
    return { entryPrice, initialStop, stop, highWater: this.highWater };
  }
}
