import { UsageError } from "../../core/errors.ts";
import type { Params, Strategy } from "../../core/strategies/contract.ts";
import type { Dimension, PlannedTrial, SearchStep, Study, Trial } from "./contract.ts";
import { settingsOf } from "./settings.ts";
import { combinationsIn, countOf, valuesOf } from "./values.ts";

/** Trials that one study may have, all windows together. */
const MOST_TRIALS = 100_000;

/** All of `soundCombinations`. */
export function gridStep(
  study: Study,
  strategy: Strategy,
  windows: number,
  finished: readonly Trial[],
): SearchStep {
  refuseLargeGrid(study.space, windows);
  const sound = soundCombinations(study, strategy);
  return {
    trials: withoutFinished(numbered(sound, windows), finished),
    skipped: combinationsIn(study.space) - sound.length,
    total: sound.length * windows,
  };
}

/** Every combination of a space with steps that does not contradict itself; the last dimension changes fastest. */
export function soundCombinations(study: Study, strategy: Strategy): readonly Params[] {
  return combinations(study.space).filter((params) => settingsOf(study, strategy, params).kind === "ok");
}

function refuseLargeGrid(space: readonly Dimension[], windows: number): void {
  const total = combinationsIn(space) * windows;
  if (!Number.isFinite(total) || total <= MOST_TRIALS) return;
  const sides = space.map((dimension) => `${dimension.name} ${countOf(dimension)}`).join(" × ");
  throw new UsageError(
    `the grid has ${total.toLocaleString("en-US")} trials (${sides}${windows === 1 ? "" : ` × ${windows} windows`}), at most ${MOST_TRIALS.toLocaleString("en-US")}: fewer values, or --search random or tpe with --trials`,
  );
}

function combinations(space: readonly Dimension[]): readonly Params[] {
  return space.reduce<readonly Params[]>(
    (partial, dimension) => {
      const values = valuesOf(dimension);
      return partial.flatMap((params) => values.map((value) => ({ ...params, [dimension.name]: value })));
    },
    [{}],
  );
}

/** Each combination in every window, one after the other: so windows share what a combination computes. */
export function numbered(all: readonly Params[], windows: number): readonly PlannedTrial[] {
  return all.flatMap((params, index) =>
    Array.from({ length: windows }, (_, window) => ({ number: index * windows + window, window, params })),
  );
}

export function withoutFinished(
  planned: readonly PlannedTrial[],
  finished: readonly Trial[],
): readonly PlannedTrial[] {
  const known = new Set(finished.map(({ number }) => number));
  return planned.filter(({ number }) => !known.has(number));
}
