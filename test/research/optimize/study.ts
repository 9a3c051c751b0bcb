import { seriesOf } from "../../../src/core/bar-series.ts";
import { DEFAULT_LIMITS } from "../../../src/core/risk/limits.ts";
import type { PlannedTrial, Study, Trial, TrialFigures } from "../../../src/research/optimize/contract.ts";
import type { SymbolBars } from "../../../src/research/portfolio.ts";
import { walk } from "../../core/series-builder.ts";

export const HOUR_MS = 3_600_000;

/** A grid of 3 × 3 moving averages, of which fast 20 with slow 20 contradicts itself. */
export const STUDY: Study = {
  strategyId: "ma_crossover",
  bars: { source: "csv", files: ["T.csv"], timeframe: null, fromMs: null, toMs: null },
  params: { fast_period: 10, slow_period: 30 },
  rules: {
    cash: 100_000,
    sizing: { rule: "fixed_fraction", fraction: 0.5 },
    stopAtr: 2,
    commission: 0.0002,
    roundToTick: false,
    gates: false,
    riskLimits: DEFAULT_LIMITS,
    exits: {},
  },
  space: [
    { name: "fast_period", kind: "list", values: [5, 10, 20] },
    { name: "slow_period", kind: "range", low: 20, high: 40, step: 10, log: false },
  ],
  search: "grid",
  trials: 20,
  objective: "sharpe",
  minTrades: 1,
  seed: 7,
  walkForward: null,
};

/** A walk of hours, the same for the same seed. */
export function hours(length: number, seed = 1, symbol = "T"): SymbolBars {
  return { symbol, series: seriesOf(walk(length, seed, HOUR_MS)) };
}

const FIGURES: TrialFigures = {
  finalEquity: 110_000,
  returnPercent: 10,
  maxDrawdownPercent: -5,
  winRatePercent: 50,
  profitFactor: 1.5,
  expectancy: 100,
  sqn: 1,
  cagrPercent: 10,
  calmar: 2,
  exposurePercent: 40,
  trades: 30,
  annualReturnPercent: 10,
  annualVolatilityPercent: 10,
  sharpe: 1,
  sortino: 1.5,
  days: 250,
  dailySharpe: 0.06,
  skewness: 0,
  kurtosis: 3,
};

/** A finished trial with these figures in sample. */
export function trialOf(trial: PlannedTrial, figures: Partial<TrialFigures> = {}): Trial {
  const { number, window, params } = trial;
  return {
    number,
    window,
    params,
    state: "done",
    inSample: { ...FIGURES, ...figures },
    outOfSample: null,
    text: "",
  };
}
