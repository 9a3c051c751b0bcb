import type { BarSeries } from "../core/bar-series.ts";
import { TIMEFRAMES, isTimeframe, type Timeframe } from "../core/bar.ts";
import { UsageError } from "../core/errors.ts";
import type { Gate } from "../core/risk/contract.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { strategyById, unknownStrategy } from "../core/strategies/index.ts";
import { parseStrategyParams } from "../core/strategies/params.ts";
import { backtest, type BacktestInput, type EntryFilter } from "./backtest.ts";
import { backtestRules, type BacktestRuleOptions } from "./backtest-options.ts";
import { formatBacktest, formatSignals } from "./format.ts";
import { backtestPortfolio } from "./portfolio.ts";
import { backtestReport, portfolioReport, signalRows, type BacktestReport } from "./report.ts";
import type { StrategyOnBars } from "./signals.ts";

/** Bars that were read already: `parseCsv(file name, bytes)`, or fetched and checked. */
export interface BarsInput {
  /** Stands in the texts of risk gates. */
  readonly symbol: string;
  readonly series: BarSeries;
  /** The first bar of the period asked for, where there are bars before it; 0 unless given. */
  readonly start?: number;
  /** The signal filter, where one is asked. */
  readonly filter?: EntryFilter;
}

/** Options of `alphaflow signals` as the command line gives them: texts, unchecked. */
export interface SignalsOptions {
  /** `name=value`, as often as `--param` was given. */
  readonly param?: readonly string[] | undefined;
  readonly timeframe?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Options of `alphaflow backtest`. */
export type BacktestOptions = SignalsOptions &
  BacktestRuleOptions & {
    /** Each figure beside its definition. */
    readonly explain?: boolean | undefined;
  };

/** What `alphaflow signals` prints. Throws a UsageError that names every wrong value. */
export function runSignals(strategyId: string, bars: BarsInput, options: SignalsOptions): string {
  const problems: string[] = [];
  const { start = 0 } = bars;
  const strategy = findStrategy(strategyId);
  const run = { ...strategyRun(strategy, options, problems), series: bars.series };
  refuse(problems);
  if (options.json !== true)
    return formatSignals(signalRows(run, "orders", start), bars.series.length - start);
  // One entry a line: easy to read, to grep and to compare.
  return `[\n${signalRows(run, "all", start)
    .map((row) => JSON.stringify(row))
    .join(",\n")}\n]`;
}

/**
 * What `alphaflow backtest` prints; several symbols trade on one equity. `gates` are the live risk gates with `--gates`, else
 * none. Throws a UsageError that names every wrong value.
 */
export function runBacktest(
  strategyId: string,
  bars: BarsInput | readonly BarsInput[],
  options: BacktestOptions,
  gates: readonly Gate[] = [],
): string {
  const report = reportBacktest(strategyId, bars, options, gates);
  return options.json === true
    ? JSON.stringify(report, undefined, 1)
    : formatBacktest(report, options.explain === true);
}

function reportBacktest(
  strategyId: string,
  given: BarsInput | readonly BarsInput[],
  options: BacktestOptions,
  gates: readonly Gate[],
): BacktestReport {
  const problems: string[] = [];
  const strategy = findStrategy(strategyId);
  const setting = strategyRun(strategy, options, problems);
  const rules = backtestRules(options, gates, problems);
  refuse(problems);
  const symbols = "series" in given ? [given] : given;
  const [only, ...more] = symbols;
  if (only === undefined) throw new UsageError("no bars: name at least one symbol");
  const count = symbols.reduce((sum, { series }) => sum + series.length, 0);
  const startedMs = performance.now();
  const rate = (): number => (count / Math.max(performance.now() - startedMs, 1e-3)) * 1000;
  if (more.length > 0) {
    const input = { ...setting, symbols, rules };
    const result = backtestPortfolio(input);
    return portfolioReport(input, result, rate());
  }
  const input: BacktestInput = { ...setting, ...only, rules };
  const result = backtest(input);
  return backtestReport(input, result, rate());
}

/** The strategy of this id. Throws a UsageError that says what would be right. */
export function findStrategy(id: string): Strategy {
  const strategy = strategyById(id);
  if (strategy === undefined) throw new UsageError(unknownStrategy(id));
  return strategy;
}

function strategyRun(
  strategy: Strategy,
  options: SignalsOptions,
  problems: string[],
): Omit<StrategyOnBars, "series"> {
  const parsed = parseStrategyParams(strategy, options.param ?? []);
  if (parsed.kind === "invalid") problems.push(...parsed.errors);
  const timeframe = timeframeOf(options.timeframe, problems);
  return {
    strategy,
    params: parsed.kind === "ok" ? parsed.params : {},
    ...(timeframe === undefined ? {} : { timeframe }),
  };
}

/** The timeframe that was given, if any; a wrong one goes to `problems`. */
export function timeframeOf(text: string | undefined, problems: string[]): Timeframe | undefined {
  if (text === undefined) return undefined;
  if (isTimeframe(text)) return text;
  problems.push(`--timeframe ${text}: expected one of ${TIMEFRAMES.join(", ")}`);
  return undefined;
}

/** Throws what is wrong, a line each. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}
