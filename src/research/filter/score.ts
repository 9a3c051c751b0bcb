import type { ProbabilityScores, ReliabilityBin } from "../../core/filter/scores.ts";

/** A probability that was told for an entry, and what became of the entry. */
export interface Told {
  readonly probability: number;
  readonly won: boolean;
}

const BINS = 10;
/** A probability of exactly 0 or 1 that is wrong would cost infinitely much. */
const SURE = 1e-9;

export function scoresOf(told: readonly Told[]): ProbabilityScores {
  return {
    brier: mean(told.map(({ probability, won }) => (probability - Number(won)) ** 2)),
    logLoss: mean(
      told.map(({ probability, won }) => -Math.log(Math.max(SURE, won ? probability : 1 - probability))),
    ),
    auc: aucOf(told),
  };
}

/** Ten bins of equal width: where the model is calibrated, what was told and what came of it are alike in each. */
export function reliabilityOf(told: readonly Told[]): readonly ReliabilityBin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const inside = told.filter(
      ({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === bin,
    );
    return {
      from: bin / BINS,
      to: (bin + 1) / BINS,
      count: inside.length,
      told: inside.length === 0 ? null : mean(inside.map(({ probability }) => probability)),
      won: inside.length === 0 ? null : mean(inside.map(({ won }) => Number(won))),
    };
  });
}

/** By ranks; equal probabilities share theirs. Mann and Whitney 1947. */
function aucOf(told: readonly Told[]): number | null {
  const sorted = told.toSorted((one, two) => one.probability - two.probability);
  const wins = told.filter(({ won }) => won).length;
  const losses = told.length - wins;
  if (wins === 0 || losses === 0) return null;
  let ranks = 0;
  for (let first = 0; first < sorted.length;) {
    let end = first;
    while (sorted[end]?.probability === sorted[first]?.probability) end += 1;
    const tied = sorted.slice(first, end).filter(({ won }) => won).length;
    ranks += tied * ((first + 1 + end) / 2);
    first = end;
  }
  return (ranks - (wins * (wins + 1)) / 2) / (wins * losses);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
