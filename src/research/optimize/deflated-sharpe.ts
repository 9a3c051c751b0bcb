import { normalCdf, normalQuantile } from "./normal.ts";
import type { ReturnShape } from "./return-shape.ts";

/** Euler's constant, 0.5772… */
const EULER = 0.577_215_664_901_532_9;

/**
 * Probability that the true Sharpe ratio lies above `benchmark`, both not annualised, seen that many returns of that skewness
 * and kurtosis: Φ((SR − SR*) √(T − 1) ÷ √(1 − γ₃ SR + (γ₄ − 1)/4 SR²)). Null where the shape is not defined.
 * Bailey & López de Prado, "The Sharpe Ratio Efficient Frontier" (2012).
 */
export function probabilisticSharpe(
  { count, sharpe, skewness, kurtosis }: ReturnShape,
  benchmark: number,
): number | null {
  if (sharpe === null || skewness === null || kurtosis === null) return null;
  const spread = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  if (!(spread > 0)) return null;
  return normalCdf(((sharpe - benchmark) * Math.sqrt(count - 1)) / Math.sqrt(spread));
}

/**
 * The Sharpe ratio that the best of so many worthless trials is expected to show, when theirs scatter with this variance:
 * √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))). Bailey & López de Prado, "The Deflated Sharpe Ratio" (2014), eq. 1.
 */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials < 2) return 0;
  const best = normalQuantile(1 - 1 / trials);
  const better = normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(variance) * ((1 - EULER) * best + EULER * better);
}

/** What is left of a Sharpe ratio once it is asked how many trials were made for it. Ratios are daily, not annualised. */
export interface DeflatedSharpe {
  /** Trials that had a Sharpe ratio. They count as independent, which is hard on a fine grid and never too kind. */
  readonly trials: number;
  readonly sharpe: number;
  /** What luck alone is expected to show as the best of so many. */
  readonly expectedByLuck: number;
  /** Probability that the true ratio is above 0, had this been the only trial. */
  readonly probabilistic: number;
  /** Probability that it is above what luck is expected to show: the deflated Sharpe ratio. */
  readonly deflated: number;
}

/** The deflated Sharpe ratio of the best of trials with these Sharpe ratios (`best`'s among them); null where it is not defined. */
export function deflateSharpe(best: ReturnShape, ratios: readonly number[]): DeflatedSharpe | null {
  const trials = ratios.length;
  if (best.sharpe === null || trials === 0) return null;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / trials;
  const squares = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0);
  const expectedByLuck = expectedBestSharpe(trials, trials < 2 ? 0 : squares / (trials - 1));
  const probabilistic = probabilisticSharpe(best, 0);
  const deflated = probabilisticSharpe(best, expectedByLuck);
  if (probabilistic === null || deflated === null) return null;
  return { trials, sharpe: best.sharpe, expectedByLuck, probabilistic, deflated };
}
