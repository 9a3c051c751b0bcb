import { dailyReturns } from "../../core/performance.ts";
import type { Strategy } from "../../core/strategies/contract.ts";
import { valueAt } from "../../core/column.ts";
import { backtest } from "../backtest.ts";
import { backtestPortfolio } from "../portfolio.ts";
import type { Stats, TradedBars } from "../stats.ts";
import type { Span, TrialFigures } from "./contract.ts";
import { shapeOf } from "./return-shape.ts";
import type { TrialSettings } from "./settings.ts";
import { barsOf, type StudyBars } from "./study-bars.ts";

/** What became of an account. */
export interface Outcome {
  /** At the start, USD. */
  readonly cash: number;
  /** Epoch ms, and USD at those times; from the first bar that was decided on. */
  readonly time: Float64Array;
  readonly equity: Float64Array;
  readonly stats: Stats;
  /** By symbol; bars are counted in `time` of the symbol. */
  readonly traded: readonly (TradedBars & { readonly time: Float64Array })[];
}

/**
 * The settings on the bars of a span. When it is `judged`, what the bar before the span wants is filled in it, and what is open
 * at its end is sold: so spans that follow one another lose no trade, and none is in two.
 */
export function simulate(
  strategy: Strategy,
  { params, rules }: Extract<TrialSettings, { kind: "ok" }>,
  bars: StudyBars,
  { span, judged }: { readonly span: Span; readonly judged: boolean },
): Outcome {
  const symbols = barsOf(bars, { strategy, params, span, fromBefore: judged });
  const { timeframe } = bars;
  const run = {
    strategy,
    params,
    rules,
    closeAtEnd: judged,
    ...(timeframe === undefined ? {} : { timeframe }),
  };
  const { cash } = rules;
  // The bar before a judged span belongs to the span before.
  const history = judged ? 1 : 0;
  const [only, ...more] = symbols;
  if (only === undefined || more.length > 0) {
    const { time, equity, stats, symbols: results } = backtestPortfolio({ ...run, symbols });
    const traded = results.map(({ trades, bars: { series, start = 0 } }) => ({
      trades,
      bars: series.length - start - history,
      time: series.time,
    }));
    return { cash, time, equity, stats, traded };
  }
  const { series, start = 0 } = only;
  const { trades, equity, stats } = backtest({ ...run, ...only });
  return {
    cash,
    time: series.time.subarray(start),
    equity: equity.subarray(start),
    stats,
    traded: [{ trades, bars: series.length - start - history, time: series.time }],
  };
}

/** The figures of an account from first to last. */
export function figuresOf({ time, equity, stats }: Outcome): TrialFigures {
  const { count, sharpe, skewness, kurtosis } = shapeOf(dailyReturns(time, equity));
  return { ...stats, days: count, dailySharpe: sharpe, skewness, kurtosis };
}

/** P&L of every closed trade in the order in which they were closed, USD. */
export function pnlsOf({ traded }: Outcome): readonly number[] {
  return traded
    .flatMap(({ trades, time }) =>
      trades.all().map(({ exitBar, pnl }) => ({ pnl, closedMs: valueAt(time, exitBar) })),
    )
    .toSorted((one, two) => one.closedMs - two.closedMs)
    .map(({ pnl }) => pnl);
}
