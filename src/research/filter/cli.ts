import { isTimeframe, TIMEFRAMES, type Timeframe } from "../../core/bar.ts";
import { UsageError } from "../../core/errors.ts";
import type { FilteredRun } from "../../core/filter/same-run.ts";
import { isBuiltIn, type AskOnnx, type NamedModel } from "../../core/filter/score-entry.ts";
import { ML_FILTER } from "../../core/run-options.ts";
import type { Params, Strategy } from "../../core/strategies/contract.ts";
import { strategyById, unknownStrategy } from "../../core/strategies/index.ts";
import { parseStrategyParams, parseValue } from "../../core/strategies/params.ts";
import { unknownName } from "../../core/suggest.ts";
import { backtestRules } from "../backtest-options.ts";
import { refuse, type BacktestOptions, type BarsInput } from "../cli.ts";
import { inferTimeframe } from "../timeframe.ts";
import { builtInFilter, onnxFilter } from "./entry-filter.ts";
import { SCHEMES, type Scheme } from "./splits.ts";
import { trainedFilter, type TrainedFilter } from "./training.ts";

/** Options of `alphaflow ml train` as the command line gives them: texts, unchecked. */
export interface TrainOptions extends BacktestOptions {
  readonly mlFilter?: string | undefined;
  readonly validation?: string | undefined;
}

/** Whom a filter is for. */
export interface FilterSetting {
  readonly strategy: Strategy;
  readonly params: Params;
  readonly timeframe: Timeframe;
}

const USUAL_THRESHOLD = "0.7";

/** Strategy, parameters and timeframe of the options; `bars` tell the timeframe where none is given. Throws a UsageError. */
export function filterSetting(
  strategyId: string,
  { param = [], timeframe }: Pick<BacktestOptions, "param" | "timeframe">,
  bars?: BarsInput,
): FilterSetting {
  const strategy = strategyById(strategyId);
  if (strategy === undefined) throw new UsageError(unknownStrategy(strategyId));
  const parsed = parseStrategyParams(strategy, param);
  if (parsed.kind === "invalid") throw new UsageError(parsed.errors.join("\n"));
  if (timeframe !== undefined && !isTimeframe(timeframe))
    throw new UsageError(`--timeframe ${timeframe}: expected one of ${TIMEFRAMES.join(", ")}`);
  const own = timeframe ?? (bars === undefined ? undefined : inferTimeframe(bars.series));
  if (own === undefined)
    throw new UsageError("the timeframe cannot be told: give it, for example --timeframe 15Min");
  return { strategy, params: parsed.params, timeframe: own };
}

/** What a filter is asked for by a backtest with these options. Throws a UsageError. */
export function filteredRun(strategyId: string, options: BacktestOptions, bars?: BarsInput): FilteredRun {
  const problems: string[] = [];
  // No gate decides how an entry ends.
  const exits = backtestRules({ ...options, limit: [] }, [], problems);
  refuse(problems);
  return { ...filterSetting(strategyId, options, bars), exits };
}

/** Trains a filter on these bars. Throws a UsageError that names what is wrong, or missing. */
export function trainFromBars(
  strategyId: string,
  bars: readonly BarsInput[],
  options: TrainOptions,
): TrainedFilter {
  const setting = filterSetting(strategyId, options, bars[0]);
  const problems: string[] = [];
  const rules = backtestRules(options, [], problems);
  refuse(problems);
  const threshold = thresholdOf(options.mlFilter ?? USUAL_THRESHOLD);
  return trainedFilter({ ...setting, symbols: bars, rules }, threshold, schemeOf(options.validation));
}

/** The bars with the filter that a backtest of them asks. */
export async function filteredBars(
  { strategy, params, timeframe }: FilterSetting,
  bars: readonly BarsInput[],
  threshold: string,
  model: NamedModel,
  ask: AskOnnx,
): Promise<readonly BarsInput[]> {
  const least = thresholdOf(threshold);
  return Promise.all(
    bars.map(async (each) => {
      const run = { strategy, params, timeframe, series: each.series };
      const filter = isBuiltIn(model)
        ? builtInFilter(run, model, least)
        : await onnxFilter(run, model, least, ask);
      return { ...each, filter };
    }),
  );
}

function thresholdOf(text: string): number {
  const parsed = parseValue(ML_FILTER, text, `--ml-filter ${text}`);
  if (parsed.kind === "invalid") throw new UsageError(parsed.error);
  if (typeof parsed.value !== "number")
    throw new UsageError(`--ml-filter ${text}: expected a probability between 0 and 1, for example 0.7`);
  return parsed.value;
}

function schemeOf(text: string | undefined): Scheme {
  if (text === undefined) return "walk_forward";
  const scheme = SCHEMES.find((name) => name === text);
  if (scheme === undefined) throw new UsageError(unknownName("--validation", text, SCHEMES));
  return scheme;
}
