import { seriesOf, type BarSeries } from "../core/bar-series.ts";
import { UsageError } from "../core/errors.ts";
import type { BuiltInModel } from "../core/filter/score-entry.ts";
import type { Limits } from "../core/risk/limits.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { PastBars } from "../ports.ts";
import { builtInFilter } from "../research/filter/entry-filter.ts";
import { refuseInSample } from "../research/filter/in-sample.ts";
import { periodOf } from "../research/period.ts";
import { backtestPortfolio, type PortfolioInput } from "../research/portfolio.ts";
import { portfolioReport } from "../research/report.ts";
import type { ThreadTask } from "../research/thread.ts";
import { refusal } from "./answers.ts";
import { backtestMessage } from "./backtest-message.ts";
import { rulesOf, type Wish } from "./backtest-wish.ts";
import type { Answer, Progress } from "./contract.ts";

const OUT_OF_SAMPLE =
  "fewer days=, later bars than those, or a model that was trained with test_days= (/ml train); in_sample=yes tests all the same and says so";

/** What a backtest needs, as a thread can be given it. */
export interface BacktestJob {
  readonly strategyId: string;
  readonly wish: Wish;
  readonly days: number;
  readonly fromMs: number;
  readonly symbols: readonly { readonly symbol: string; readonly series: BarSeries }[];
  /** The desk's, where the gates are asked. */
  readonly riskLimits: Limits | null;
  /** The signal filter's, where the run has one. */
  readonly filter: BuiltInModel | null;
  /** Whether it is asked even about bars that trained it. */
  readonly inSample: boolean;
}

/** The job as a task; the columns of the bars are handed over. */
export function backtestTask(
  { fromMs, bars }: PastBars,
  rest: Omit<BacktestJob, "fromMs" | "symbols">,
): ThreadTask<BacktestJob> {
  const symbols = [...bars].map(([symbol, each]) => ({ symbol, series: seriesOf(each) }));
  const transfer = symbols.flatMap(({ series }) =>
    Object.values(series).flatMap((column: unknown) =>
      column instanceof Float64Array && column.buffer instanceof ArrayBuffer ? [column.buffer] : [],
    ),
  );
  const module = new URL("./backtest-thread", import.meta.url).href;
  return { module, job: { ...rest, fromMs, symbols }, transfer };
}

/** The answer of `/backtest`; what the bars themselves rule out is a refusal. */
export function runBacktest(job: BacktestJob, progress: (progress: Progress) => void): Answer {
  const strategy = strategyById(job.strategyId);
  if (strategy === undefined) throw new Error(`no strategy ${job.strategyId}`);
  const { wish, days, fromMs, symbols, riskLimits, filter, inSample } = job;
  const { params, options } = wish;
  const bars = symbols.reduce((sum, { series }) => sum + series.length, 0);
  try {
    const input: PortfolioInput = {
      strategy,
      params,
      timeframe: options.timeframe,
      symbols: symbols.map((each) => {
        const { symbol } = each;
        const period = periodOf(each.series, fromMs, Number.POSITIVE_INFINITY);
        const run = { strategy, params, timeframe: options.timeframe, series: period.series };
        return {
          symbol,
          ...period,
          ...(filter === null || options.mlFilter === undefined
            ? {}
            : { filter: builtInFilter(run, filter, options.mlFilter) }),
        };
      }),
      rules: rulesOf(wish, riskLimits),
      progress: (done, of) => progress({ done: done / of, note: barsDone(bars * (done / of)) }),
    };
    if (filter !== null && !inSample) refuseInSample(filter, input.symbols, OUT_OF_SAMPLE);
    const startedMs = performance.now();
    const result = backtestPortfolio(input);
    const rate = result.time.length / (performance.now() - startedMs + 1e-3);
    return backtestMessage(strategy, wish, days, result, portfolioReport(input, result, rate));
  } catch (error) {
    if (error instanceof UsageError) return refusal(error.message);
    throw error;
  }
}

/** `840 bars`, `84 k bars`, `3.1 M bars`. */
function barsDone(count: number): string {
  if (count < 10_000) return `${Math.round(count)} bars`;
  return count < 1_000_000
    ? `${Math.round(count / 1_000)} k bars`
    : `${(count / 1_000_000).toFixed(1)} M bars`;
}
