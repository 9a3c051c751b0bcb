import { dailyReturns } from "../../core/performance.ts";
import type { Strategy } from "../../core/strategies/contract.ts";
import { backtest } from "../backtest.ts";
import { backtestPortfolio } from "../portfolio.ts";
import type { Stats } from "../stats.ts";
import type { PlannedTrial, Span, Study, Trial, TrialFigures } from "./contract.ts";
import { shapeOf } from "./return-shape.ts";
import { settingsOf, strategyOf, type TrialSettings } from "./settings.ts";
import { barsOf, type StudyBars } from "./study-bars.ts";

/**
 * Runs trials on the in-sample bars of their windows, in the given order. Pure: a trial's figures are those of one backtest of
 * its settings, whatever else is in the chunk. A trial that throws has failed; the others go on.
 */
export function evaluateTrials(
  study: Study,
  bars: StudyBars,
  trials: readonly PlannedTrial[],
): readonly Trial[] {
  const strategy = strategyOf(study);
  return trials.map((trial) => evaluate(study, strategy, bars, trial));
}

function evaluate(study: Study, strategy: Strategy, bars: StudyBars, trial: PlannedTrial): Trial {
  const { number, window, params } = trial;
  const failed = (text: string): Trial => ({
    number,
    window,
    params,
    state: "failed",
    inSample: null,
    outOfSample: null,
    text,
  });
  const settings = settingsOf(study, strategy, params);
  if (settings.kind === "contradiction") return failed(settings.text);
  const span = bars.windows[window]?.inSample;
  if (span === undefined) return failed(`no window ${window}: the study has ${bars.windows.length}`);
  try {
    const outcome = simulate(strategy, settings, bars, { span, judging: false });
    return {
      number,
      window,
      params,
      state: "done",
      inSample: figuresOf(outcome),
      outOfSample: null,
      text: "",
    };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** What a backtest of one symbol or several comes to. */
interface Outcome {
  readonly stats: Stats;
  /** Epoch ms, and USD at those times; from the first bar that was decided on. */
  readonly time: Float64Array;
  readonly equity: Float64Array;
}

function simulate(
  strategy: Strategy,
  { params, rules }: Extract<TrialSettings, { kind: "ok" }>,
  bars: StudyBars,
  { span, judging }: { readonly span: Span; readonly judging: boolean },
): Outcome {
  const symbols = barsOf(bars, { strategy, params, span, fromBefore: judging });
  const { timeframe } = bars;
  const run = {
    strategy,
    params,
    rules,
    closeAtEnd: judging,
    ...(timeframe === undefined ? {} : { timeframe }),
  };
  const [only, ...more] = symbols;
  if (only === undefined || more.length > 0) return backtestPortfolio({ ...run, symbols });
  const { stats, equity } = backtest({ ...run, ...only });
  return { stats, time: only.series.time.subarray(only.start), equity: equity.subarray(only.start) };
}

function figuresOf({ stats, time, equity }: Outcome): TrialFigures {
  const { count, sharpe, skewness, kurtosis } = shapeOf(dailyReturns(time, equity));
  return { ...stats, days: count, dailySharpe: sharpe, skewness, kurtosis };
}
