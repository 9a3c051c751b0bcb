import type { Timeframe } from "../../core/bar.ts";
import type { ExitRules } from "../../core/exits/rules.ts";
import type { Params, ParamValue } from "../../core/strategies/contract.ts";
import type { BacktestRules } from "../backtest.ts";
import type { Stats } from "../stats.ts";

// Everything here is plain JSON, so that a store, a queue and a worker on another machine can carry it.

/** Where the bars of a study come from; whoever runs it reads them. Times are epoch ms, both ends included; null: as far as there are. */
export type BarsReference =
  | {
      readonly source: "csv";
      readonly files: readonly string[];
      readonly timeframe: Timeframe | null;
      readonly fromMs: number | null;
      readonly toMs: number | null;
    }
  | {
      readonly source: "market";
      readonly symbols: readonly string[];
      readonly timeframe: Timeframe;
      readonly fromMs: number;
      readonly toMs: number;
    };

/** The values that a search may give one name: a parameter of the strategy, `stop_atr`, or an exit option (`trail_pct`). */
export type Dimension =
  | { readonly name: string; readonly kind: "list"; readonly values: readonly ParamValue[] }
  | {
      readonly name: string;
      readonly kind: "range";
      readonly low: number;
      readonly high: number;
      /** Distance of the values from `low` on; null: any number between (not for a grid). Whole numbers have a step of 1 at least. */
      readonly step: number | null;
      /** Random and TPE searches look at equal ratios alike, not at equal distances; low > 0. */
      readonly log: boolean;
    };

export const SEARCHES = ["grid", "random", "tpe"] as const;
type SearchKind = (typeof SEARCHES)[number];

/** What is made as large as it can be. `return` is the annual return in percent; the rest as in `Stats`. */
export const OBJECTIVES = [
  "sharpe",
  "sortino",
  "calmar",
  "return",
  "profit_factor",
  "expectancy",
  "sqn",
] as const;
export type Objective = (typeof OBJECTIVES)[number];

/**
 * The bars in equal parts: each window looks for parameters on `inSampleParts` of them (all before, when anchored) and is
 * judged on the one that follows. Together the parts that judge never overlap.
 */
export interface WalkForward {
  /** 1 to 100. */
  readonly windows: number;
  /** Length of what is searched in lengths of what judges, 1 to 50. */
  readonly inSampleParts: number;
  /** The search always begins at the first bar. */
  readonly anchored: boolean;
}

/** The rules of a backtest. */
interface StudyRules extends Omit<BacktestRules, "gates" | keyof ExitRules> {
  readonly exits: ExitRules;
  /** Whether entries must pass the risk gates that bars can answer. */
  readonly gates: boolean;
}

/** One optimisation: which settings of a strategy would have done best on these bars, and what is to be thought of it. */
export interface Study {
  readonly strategyId: string;
  readonly bars: BarsReference;
  /** Value of every parameter that is not searched. */
  readonly params: Params;
  readonly rules: StudyRules;
  readonly space: readonly Dimension[];
  readonly search: SearchKind;
  /** Combinations that random and TPE searches try (in each window); a grid tries all it has. */
  readonly trials: number;
  readonly objective: Objective;
  /** A trial with fewer closed trades is never the best. */
  readonly minTrades: number;
  /** Of everything that is drawn; the same seed gives the same study. */
  readonly seed: number;
  readonly walkForward: WalkForward | null;
}

/** Bars with times in [fromMs, toMs]. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is searched on, and what then judges; without walk-forward everything is searched on. */
export interface StudyWindow {
  readonly inSample: Span;
  readonly outOfSample: Span | null;
}

/** A combination that is to be tried. */
export interface PlannedTrial {
  /** Its place in the study, from 0. */
  readonly number: number;
  /** Index of the window on whose in-sample bars it is tried. */
  readonly window: number;
  /** The values of the searched names. */
  readonly params: Params;
}

/** The statistics of a backtest, and the shape of its daily returns that the deflated Sharpe ratio needs. */
export interface TrialFigures extends Stats {
  /** Daily returns there are. */
  readonly days: number;
  /** Mean ÷ sample deviation of the daily returns, not annualised; null when undefined. */
  readonly dailySharpe: number | null;
  /** Third standardised moment of the daily returns; null when undefined. */
  readonly skewness: number | null;
  /** Fourth standardised moment, 3 for a normal distribution; null when undefined. */
  readonly kurtosis: number | null;
}

export interface Trial extends PlannedTrial {
  readonly state: "done" | "failed";
  /** Null when it failed. */
  readonly inSample: TrialFigures | null;
  /** Only of the trials that a window chose: nothing else may be known of bars that judge. */
  readonly outOfSample: TrialFigures | null;
  /** Why it failed; empty when done. */
  readonly text: string;
}

/** What a search wants tried next. */
export interface SearchStep {
  /** Empty when the search is over. */
  readonly trials: readonly PlannedTrial[];
  /** Combinations that contradict themselves (fast ≥ slow) and are not tried; of a TPE search those of its random start. */
  readonly skipped: number;
  /** Trials of the whole study, when it goes on to its end; at its end those that were tried. */
  readonly total: number;
}
