import { valueAt } from "../../core/column.ts";
import type { FeatureSet } from "../../core/filter/feature-set.ts";
import { atrValues } from "../../core/indicators/atr.ts";
import { BUY, SELL } from "../../core/signal.ts";
import { NO_TRADES } from "../../core/size/trade-record.ts";
import type { BacktestInput } from "../backtest.ts";
import { Lane } from "../lane.ts";
import type { PortfolioInput } from "../portfolio.ts";
import { ownTimeframe, scanSignals } from "../signals.ts";

/** Enough for whole shares of anything: the label is a percentage. */
const LABEL_CASH = 1e9;

/** What became of an entry by the run's own exits: stop, target, trailing, time, or the strategy's SELL. */
interface Label {
  /** Time of the bar of the exit, epoch ms. */
  readonly endMs: number;
  /** After commission and slippage, in percent of the cost; the entry won when it is above 0. */
  readonly pnlPercent: number;
}

/** One BUY of the strategy. */
export interface EntrySignal {
  readonly symbol: string;
  /** Index and time of the bar on whose close it came. */
  readonly bar: number;
  readonly atMs: number;
  readonly features: readonly number[];
  /** Undefined while the position would still be open at the end of the bars, or could not have been bought. */
  readonly label: Label | undefined;
}

export type LabelledSignal = EntrySignal & { readonly label: Label };

/**
 * Every BUY in the period that has its features, in the order of time, each entered on its own whatever else is held: the
 * triple barrier (López de Prado 2018, ch. 3) is that of the run's exit rules, with the fills of the backtest.
 */
export function entrySignals(input: PortfolioInput, features: FeatureSet): readonly EntrySignal[] {
  return input.symbols
    .flatMap(({ symbol, series, start }) =>
      signalsOf({ ...input, symbol, series, ...(start === undefined ? {} : { start }) }, features),
    )
    .toSorted((one, two) => one.atMs - two.atMs || (one.symbol < two.symbol ? -1 : 1));
}

function signalsOf(input: BacktestInput, features: FeatureSet): readonly EntrySignal[] {
  const { symbol, series, start = 0 } = input;
  const timeframe = ownTimeframe(input);
  const signals = scanSignals(input);
  const atr = atrValues(input.series);
  const found: EntrySignal[] = [];
  for (let bar = start; bar < series.length; bar += 1) {
    if (signals[bar] !== BUY) continue;
    const values = features.at(series, bar, timeframe);
    if (values === undefined) continue;
    const label = labelOf(input, signals, atr, bar);
    found.push({ symbol, bar, atMs: valueAt(series.time, bar), features: values, label });
  }
  return found;
}

function labelOf(
  input: BacktestInput,
  signals: Int8Array,
  atr: Float64Array,
  bar: number,
): Label | undefined {
  const rules = {
    ...input.rules,
    cash: LABEL_CASH,
    sizing: { rule: "fixed_fraction", fraction: 0.5 } as const,
  };
  const lane = new Lane({ ...input, rules }, { cash: LABEL_CASH });
  const decide = (t: number, signal: typeof BUY | typeof SELL): void => {
    lane.decide(t, signal, LABEL_CASH, valueAt(atr, t), NO_TRADES, undefined);
  };
  decide(bar, BUY);
  const { time, length } = input.series;
  for (let t = bar + 1; t < length && (lane.entry !== undefined || lane.book.shares > 0); t += 1) {
    lane.sell(t);
    lane.buy(t);
    lane.hold(t);
    if (lane.book.trades.length > 0)
      return { endMs: valueAt(time, t), pnlPercent: lane.book.trades.pnlPercent(0) };
    if (signals[t] === SELL) decide(t, SELL);
  }
  return undefined;
}
