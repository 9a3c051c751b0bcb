import { barsPerSession } from "../core/bar.ts";
import { valueAt } from "../core/column.ts";
import { decide, type DecisionInput, type EntryRules } from "../core/decide.ts";
import { filterCheck } from "../core/filter/check.ts";
import { planExits } from "../core/exits/plan.ts";
import { money, roundUpToTick } from "../core/money.ts";
import type { GateCheck, GateFigures } from "../core/risk/contract.ts";
import { BUY, HOLD, type SignalCode } from "../core/signal.ts";
import { NO_TRADES, type TradeRecord } from "../core/size/trade-record.ts";
import type { BacktestInput, RefusedEntry } from "./backtest.ts";
import { Book, type EntryDecision, type Purse } from "./book.ts";
import { ManagedExits } from "./managed-exits.ts";
import { ownTimeframe } from "./signals.ts";
import type { ExitReason } from "./trade.ts";

/**
 * One symbol of a backtest: its order on the way to the next open, its position, and what `decide` makes of its signals. The
 * events of a bar in the order of STRATEGIES.md: `sell` or `buy`, `hold`, then the caller marks equity, then `decide`.
 */
export class Lane {
  readonly book: Book;
  readonly refused: RefusedEntry[] = [];
  /** On its way to the next open. */
  entry: EntryDecision | undefined;
  private readonly input: BacktestInput;
  private readonly managed: ManagedExits | undefined;
  /** One object for all decisions, which go by the hundred thousand. */
  private readonly asked: { -readonly [Name in keyof DecisionInput]: DecisionInput[Name] };
  private exitPending = false;
  private exitReason: ExitReason = "signal";

  constructor(input: BacktestInput, purse: Purse) {
    this.input = input;
    const rules = entryRules(input);
    this.book = new Book(input.series, purse, input.rules);
    this.managed =
      planExits(input.rules, null, undefined) === null
        ? undefined
        : new ManagedExits(input.rules, input.series, this.book, rules.roundStop);
    this.asked = {
      symbol: input.symbol,
      signal: HOLD,
      long: false,
      price: Number.NaN,
      atr: undefined,
      rules,
      equity: Number.NaN,
      record: NO_TRADES,
      filter: undefined,
      gates: input.rules.gates,
      figures: undefined,
    };
  }

  /** A pending exit sells at the open of bar `t`: it goes before the stop of the same bar. */
  sell(t: number): void {
    if (!this.exitPending) return;
    this.book.sell(t, valueAt(this.input.series.open, t), this.exitReason);
    this.exitPending = false;
  }

  /** A pending entry buys at the open of bar `t`, or is dropped when it costs more than the cash. */
  buy(t: number): void {
    if (this.entry === undefined) return;
    this.book.enter(t, this.entry);
    this.managed?.filled();
    this.entry = undefined;
  }

  /** What bar `t` does to a position, after its open: stop, target, and the exits that change with each bar. */
  hold(t: number): void {
    const { book, managed } = this;
    if (book.shares === 0) return;
    const { open, high, low } = this.input.series;
    // Stop and target inside one bar: the stop is taken.
    if (valueAt(low, t) <= book.stop) book.stopOut(t, Math.min(valueAt(open, t), book.stop));
    else {
      managed?.sellPart(t);
      if (valueAt(high, t) >= book.target)
        book.exit(t, Math.max(valueAt(open, t), book.target), "take_profit");
    }
    if (managed !== undefined && book.shares > 0 && managed.close(t)) {
      this.exitPending = true;
      this.exitReason = "time";
    }
  }

  /** Sells what is held at the close of bar `t`, which nothing follows. */
  close(t: number): void {
    if (this.book.shares > 0) this.book.sell(t, valueAt(this.input.series.close, t), "time");
  }

  /**
   * The decision on the close of bar `t`; its order goes to the next bar. `equity`: cash and positions at that close, USD.
   * `atr`: ATR(14) at the bar; NaN until it exists. `record`: the run's closed trades. `figures`: for the gates; undefined where none are asked.
   */
  decide(
    t: number,
    signal: SignalCode,
    equity: number,
    atr: number,
    record: TradeRecord,
    figures: GateFigures | undefined,
  ): void {
    const { asked } = this;
    asked.signal = signal;
    asked.long = this.book.shares > 0;
    asked.price = valueAt(this.input.series.close, t);
    asked.atr = Number.isNaN(atr) ? undefined : atr;
    asked.equity = equity;
    asked.record = record;
    asked.filter = signal === BUY ? this.filterCheck(t) : undefined;
    asked.figures = figures;
    const decision = decide(asked);
    switch (decision.kind) {
      case "hold":
        break;
      case "exit":
        this.exitPending = true;
        this.exitReason = "signal";
        break;
      case "enter":
        this.entry = decision;
        this.managed?.decided(asked.atr);
        break;
      case "refused":
        this.refused.push({ bar: t, code: decision.code, text: decision.text });
    }
  }

  private filterCheck(t: number): GateCheck | undefined {
    const { filter } = this.input;
    return filter === undefined ? undefined : filterCheck(filter.scored(t), filter.threshold);
  }

  /** An order is on its way to the next open. */
  get pending(): boolean {
    return this.entry !== undefined || this.exitPending;
  }

  /** What a position is left by changes with each bar, so that none may be passed over. */
  get watchesEveryBar(): boolean {
    return this.managed !== undefined;
  }

  /** BUY while long and SELL while flat do nothing: `decide` would say hold, and some strategies signal on nearly every bar. */
  heeds(signal: number): boolean {
    return signal !== HOLD && (signal === BUY) !== this.book.shares > 0;
  }
}

function entryRules(input: BacktestInput): EntryRules {
  const { rules } = input;
  return {
    sizing: rules.sizing,
    limits: {
      decimals: 0,
      ...(rules.maxPositionPct === undefined ? {} : { maxPositionPct: rules.maxPositionPct }),
    },
    barsPerSession: rules.sizing.rule === "volatility" ? barsPerSession(ownTimeframe(input)) : 1,
    stopAtr: rules.stopAtr,
    exits: rules,
    stopRequired: false,
    roundStop: rules.roundToTick ? (price) => roundUpToTick(money(price)).toNumber() : (price) => price,
  };
}
