import type { SearchStep, Study, Trial } from "./contract.ts";
import { gridStep } from "./grid.ts";
import { randomStep } from "./random.ts";
import { strategyOf } from "./settings.ts";
import { tpeStep } from "./tpe.ts";

/**
 * What is to be tried next, once some trials are finished: all of a grid and a random search at once, a TPE search in batches. Only
 * when everything asked for is finished does it ask for more. Nothing is remembered in between: the same study and trials give
 * the same answer, in whatever order the trials are, so a study goes on after a crash from the trials that were kept.
 * Throws a UsageError when the space is not one that can be searched so.
 */
export function nextTrials(study: Study, windows: number, finished: readonly Trial[]): SearchStep {
  const strategy = strategyOf(study);
  switch (study.search) {
    case "grid":
      return gridStep(study, strategy, windows, finished);
    case "random":
      return randomStep(study, strategy, windows, finished);
    case "tpe":
      return tpeStep(study, strategy, windows, finished);
  }
}
