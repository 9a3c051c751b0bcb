import { seriesOf, type BarSeries } from "../core/bar-series.ts";
import { UsageError } from "../core/errors.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { PastBars } from "../ports.ts";
import { trainedFilter, type TrainedFilter } from "../research/filter/training.ts";
import type { Scheme } from "../research/filter/splits.ts";
import { periodOf } from "../research/period.ts";
import type { ThreadTask } from "../research/thread.ts";
import { rulesOf, type Wish } from "./backtest-wish.ts";
import type { Progress } from "./contract.ts";

/** Unless the settings say with which threshold the filter is to be used. */
const USUAL_THRESHOLD = 0.7;

/** What a training needs, as a thread can be given it. */
interface TrainingJob {
  readonly strategyId: string;
  readonly wish: Wish;
  readonly scheme: Scheme;
  readonly fromMs: number;
  readonly symbols: readonly { readonly symbol: string; readonly series: BarSeries }[];
}

export function trainingTask(
  { fromMs, bars }: PastBars,
  rest: Omit<TrainingJob, "fromMs" | "symbols">,
): ThreadTask<TrainingJob> {
  const symbols = [...bars].map(([symbol, each]) => ({ symbol, series: seriesOf(each) }));
  const module = new URL("./ml-thread", import.meta.url).href;
  return { module, job: { ...rest, fromMs, symbols }, transfer: [] };
}

/** The trained filter, or why these bars teach nothing. */
export function runTraining(
  { strategyId, wish, scheme, fromMs, symbols }: TrainingJob,
  progress: (progress: Progress) => void,
): TrainedFilter | { readonly refused: string } {
  const strategy = strategyById(strategyId);
  if (strategy === undefined) throw new Error(`no strategy ${strategyId}`);
  const { params, options } = wish;
  progress({ done: 0.1, note: "labelling, training and validating" });
  try {
    const portfolio = {
      strategy,
      params,
      timeframe: options.timeframe,
      symbols: symbols.map(({ symbol, series }) => ({
        symbol,
        ...periodOf(series, fromMs, Number.POSITIVE_INFINITY),
      })),
      rules: rulesOf(wish, null),
    };
    return trainedFilter(portfolio, options.mlFilter ?? USUAL_THRESHOLD, scheme);
  } catch (error) {
    if (error instanceof UsageError) return { refused: error.message };
    throw error;
  }
}
