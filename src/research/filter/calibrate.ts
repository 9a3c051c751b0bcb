import type { Calibration } from "../../core/filter/model.ts";
import { logOdds } from "../../core/filter/probability.ts";
import { fitLogistic } from "./fit.ts";

/** A score that a classifier gave to an entry it was not trained on, and what became of the entry. */
export interface Scored {
  readonly score: number;
  readonly won: boolean;
}

/**
 * Platt's sigmoid through out-of-fold scores. Where higher scores won less often they tell nothing: then every score comes
 * to the share that won.
 */
export function calibrate(scored: readonly Scored[]): Calibration {
  const { means, deviations, weights, bias } = fitLogistic(
    scored.map(({ score }) => [logOdds(score)]),
    scored.map(({ won }) => won),
  );
  const [mean = 0, deviation = 1, weight = 0] = [means[0], deviations[0], weights[0]];
  if (weight <= 0) return { slope: 0, intercept: logOdds(winRateOf(scored)) };
  const slope = weight / deviation;
  return { slope, intercept: bias - slope * mean };
}

/** The share that won, never 0 or 1: the next one may come otherwise (Laplace's rule of succession). */
export function winRateOf(outcomes: readonly { readonly won: boolean }[]): number {
  return (outcomes.filter(({ won }) => won).length + 1) / (outcomes.length + 2);
}
