import { availableParallelism } from "node:os";
import type { Timeframe } from "../../core/bar.ts";
import { valueAt } from "../../core/column.ts";
import { EXIT_KEYS, EXIT_OPTIONS } from "../../core/exits/rules.ts";
import type { Gate } from "../../core/risk/contract.ts";
import type { ParamSpec, ParamValue } from "../../core/strategies/contract.ts";
import { parseParams, parseValue } from "../../core/strategies/params.ts";
import type { BacktestRules } from "../backtest.ts";
import { backtestRules } from "../backtest-options.ts";
import { findStrategy, refuse, timeframeOf, type BacktestOptions, type BarsInput } from "../cli.ts";
import { OBJECTIVES, SEARCHES, type BarsReference, type Dimension, type Study } from "./contract.ts";
import { OPTIMIZE_OPTIONS } from "./options.ts";
import { FILTER_UNASKED, readSpace } from "./read-space.ts";

/** Options of `alphaflow optimize` as the command line gives them: texts, unchecked. */
export type OptimizeOptions = BacktestOptions &
  Partial<Readonly<Record<keyof typeof OPTIMIZE_OPTIONS, string | undefined>>> & {
    /** `name=values`, as often as `--space` was given. */
    readonly space?: readonly string[] | undefined;
    readonly anchored?: boolean | undefined;
    /** Refused with the reason: it is an option of a backtest. */
    readonly mlFilter?: string | undefined;
    /** The files of the bars; none: they came from the market. */
    readonly csv?: readonly string[] | undefined;
  };

/** The study that the options ask for, and on how many threads. Throws a UsageError that names every wrong value. */
export function readStudy(
  strategyId: string,
  symbols: readonly BarsInput[],
  options: OptimizeOptions,
  gates: readonly Gate[],
): { readonly study: Study; readonly threads: number } {
  const problems: string[] = [];
  if (options.mlFilter !== undefined) problems.push(`--ml-filter ${options.mlFilter}: ${FILTER_UNASKED}`);
  const strategy = findStrategy(strategyId);
  const read = (name: keyof typeof OPTIMIZE_OPTIONS): ParamValue => {
    const spec: ParamSpec = OPTIMIZE_OPTIONS[name];
    const text = options[name];
    if (text === undefined) return spec.default;
    const parsed = parseValue(spec, text, `--${spec.name} ${text}`);
    if (parsed.kind === "invalid") problems.push(parsed.error);
    return parsed.kind === "ok" ? parsed.value : spec.default;
  };
  // Values across parameters are checked trial by trial: those that are searched are not known yet.
  const params = parseParams(strategy.params, options.param ?? []);
  if (params.kind === "invalid") problems.push(...params.errors);
  const timeframe = timeframeOf(options.timeframe, problems);
  const space = readSpace(strategy, options.space ?? [], problems);
  problems.push(...fixedAndSearched(options, space), ...unusedWindows(options));
  const rules = backtestRules(options, gates, problems);
  const walkForward = read("walkForward");
  const inSampleParts = Number(read("inSample"));
  const threads = read("threads");
  const study: Study = {
    strategyId: strategy.id,
    bars: referenceOf(symbols, options.csv ?? [], timeframe),
    params: params.kind === "ok" ? params.params : {},
    rules: studyRules(rules),
    space,
    search: wordAmong(SEARCHES, read("search")),
    trials: Number(read("trials")),
    objective: wordAmong(OBJECTIVES, read("objective")),
    minTrades: Number(read("minTrades")),
    seed: Number(read("seed")),
    walkForward:
      typeof walkForward === "number"
        ? { windows: walkForward, inSampleParts, anchored: options.anchored === true }
        : null,
  };
  refuse(problems);
  return { study, threads: typeof threads === "number" ? threads : availableParallelism() };
}

/** A value that is fixed and searched at once: one of the two was not meant. */
function fixedAndSearched(options: OptimizeOptions, space: readonly Dimension[]): readonly string[] {
  const fixed = new Map([
    ...(options.param ?? []).map((text) => [text.split("=", 1)[0]?.trim() ?? "", "--param"] as const),
    ...(options.stopAtr === undefined ? [] : [["stop_atr", "--stop-atr"] as const]),
    ...EXIT_KEYS.filter((key) => options[key] !== undefined).map(
      (key) => [EXIT_OPTIONS[key].name, `--${EXIT_OPTIONS[key].name.replaceAll("_", "-")}`] as const,
    ),
  ]);
  return space.flatMap(({ name }) => {
    const where = fixed.get(name);
    return where === undefined ? [] : [`${name} stands in --space and in ${where}: fix it or search it`];
  });
}

function unusedWindows({ walkForward, inSample, anchored }: OptimizeOptions): readonly string[] {
  if (walkForward !== undefined) return [];
  return [
    ...(inSample === undefined ? [] : ["--in-sample"]),
    ...(anchored === true ? ["--anchored"] : []),
  ].map((option) => `${option} needs --walk-forward: without it all bars are searched`);
}

function referenceOf(
  symbols: readonly BarsInput[],
  files: readonly string[],
  timeframe: Timeframe | undefined,
): BarsReference {
  const fromMs = Math.min(...symbols.map(({ series, start = 0 }) => valueAt(series.time, start)));
  const toMs = Math.max(...symbols.map(({ series }) => valueAt(series.time, series.length - 1)));
  return files.length > 0
    ? { source: "csv", files, timeframe: timeframe ?? null, fromMs, toMs }
    : {
        source: "market",
        symbols: symbols.map(({ symbol }) => symbol),
        timeframe: timeframe ?? "1Day",
        fromMs,
        toMs,
      };
}

function studyRules(rules: BacktestRules): Study["rules"] {
  const { gates, cash, sizing, maxPositionPct, stopAtr, commission, slippageBps, spread, ...rest } = rules;
  const { roundToTick, riskLimits, ...exits } = rest;
  return {
    cash,
    sizing,
    ...(maxPositionPct === undefined ? {} : { maxPositionPct }),
    stopAtr,
    commission,
    ...(slippageBps === undefined ? {} : { slippageBps }),
    ...(spread === undefined ? {} : { spread }),
    roundToTick,
    riskLimits,
    exits,
    gates: gates.length > 0,
  };
}

function wordAmong<Word extends string>(words: readonly Word[], value: ParamValue): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) throw new TypeError(`${String(value)} is none of ${words.join(", ")}`);
  return word;
}
