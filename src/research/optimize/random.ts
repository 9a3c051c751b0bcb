import type { Params, Strategy } from "../../core/strategies/contract.ts";
import type { SearchStep, Study, Trial } from "./contract.ts";
import { numbered, withoutFinished } from "./grid.ts";
import { seeded } from "./seeded.ts";
import { settingsOf } from "./settings.ts";
import { combinationKey, valueAtPlace } from "./values.ts";

/** Draws for one sound combination before the space counts as used up. */
const MOST_DRAWS = 200;

/** Combinations drawn by the study's seed, none twice; the same in every window. Fewer than asked for where the space has no more. */
export function randomStep(
  study: Study,
  strategy: Strategy,
  windows: number,
  finished: readonly Trial[],
): SearchStep {
  const drawn = drawCombinations(study, strategy, study.trials);
  return {
    trials: withoutFinished(numbered(drawn.params, windows), finished),
    skipped: drawn.skipped,
    total: drawn.params.length * windows,
  };
}

/** The first `count` combinations of the study's seed, and how many on the way contradicted themselves. */
export function drawCombinations(
  study: Study,
  strategy: Strategy,
  count: number,
): { readonly params: readonly Params[]; readonly skipped: number } {
  const random = seeded(study.seed);
  const params: Params[] = [];
  const seen = new Set<string>();
  let skipped = 0;
  for (let draws = 0; params.length < count && draws < MOST_DRAWS; draws += 1) {
    const drawn = Object.fromEntries(
      study.space.map((dimension) => [dimension.name, valueAtPlace(dimension, random())]),
    );
    const key = combinationKey(study.space, drawn);
    if (seen.has(key)) continue;
    seen.add(key);
    if (settingsOf(study, strategy, drawn).kind === "ok") {
      params.push(drawn);
      draws = -1;
    } else skipped += 1;
  }
  return { params, skipped };
}
