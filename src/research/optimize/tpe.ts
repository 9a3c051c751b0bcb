import type { Params, Strategy } from "../../core/strategies/contract.ts";
import type { PlannedTrial, SearchStep, Study, Trial } from "./contract.ts";
import { withoutFinished } from "./grid.ts";
import { densityOf, type Density } from "./parzen.ts";
import { drawCombinations } from "./random.ts";
import { ranked } from "./score.ts";
import { seeded, type Random } from "./seeded.ts";
import { settingsOf } from "./settings.ts";
import { combinationKey, combinationsIn } from "./values.ts";

/** Trials drawn at random before anything is learnt from them. */
const START = 20;
/** Trials that are asked for together: enough for every core, few enough to learn from. */
const BATCH = 16;
/** The best part of the trials, whose likes are looked for. Bergstra 2011, section 4. */
const GOOD = 0.15;
/** Candidates among which the most promising is taken. */
const CANDIDATES = 24;
/** Draws for one candidate before the space counts as used up. */
const MOST_DRAWS = 40;

/**
 * Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio & Kégl, "Algorithms for Hyper-Parameter Optimization", 2011):
 * what is known is split into the good trials and the others, each set is made a density, and of some candidates drawn from
 * that of the good the one is tried whose good ÷ other density is largest, which is the largest expected improvement. Each
 * window learns from its own trials alone. Trials of a batch that are not known yet count as not good, so that the batch
 * spreads. A batch depends on the batches before it and the seed only.
 */
export function tpeStep(
  study: Study,
  strategy: Strategy,
  windows: number,
  finished: readonly Trial[],
): SearchStep {
  const most = Math.min(study.trials, combinationsIn(study.space));
  const start = drawCombinations(study, strategy, Math.min(START, most));
  const planned = Array.from({ length: windows }, (_, window) => {
    const own = finished.filter((trial) => trial.window === window);
    const place = (params: readonly Params[], from: number): readonly PlannedTrial[] =>
      params.map((each, index) => ({ number: (from + index) * windows + window, window, params: each }));
    const missing = withoutFinished(place(start.params, 0), own);
    if (missing.length > 0 || start.params.length < START) return missing;
    const newest = own.reduce((highest, { number }) => Math.max(highest, Math.floor(number / windows)), 0);
    // The batch under way, or the one that follows it.
    const current = START + Math.floor((newest - START) / BATCH) * BATCH;
    for (const from of [Math.max(START, current), Math.max(START, current + BATCH)]) {
      const known = own.filter(({ number }) => Math.floor(number / windows) < from);
      const count = Math.min(BATCH, most - from);
      const batch = withoutFinished(
        place(propose(study, strategy, known, { window, from, count }), from),
        own,
      );
      if (batch.length > 0) return batch;
    }
    return [];
  });
  return {
    trials: planned.flat().toSorted((one, two) => one.number - two.number),
    skipped: start.skipped,
    total: most * windows,
  };
}

/** Which trials of a window are wanted: `count` of them, the first in place `from`. */
interface Wanted {
  readonly window: number;
  readonly from: number;
  readonly count: number;
}

function propose(
  study: Study,
  strategy: Strategy,
  known: readonly Trial[],
  { window, from, count }: Wanted,
): readonly Params[] {
  const best = ranked(study, known);
  const good = best.slice(0, Math.ceil(known.length * GOOD)).map(({ params }) => params);
  const goodOnes = new Set(good);
  const others = known.flatMap(({ params }) => (goodOnes.has(params) ? [] : [params]));
  const seen = new Set(known.map(({ params }) => combinationKey(study.space, params)));
  const proposed: Params[] = [];
  for (let index = 0; index < count; index += 1) {
    const random = seeded(study.seed, window, from + index);
    const params = mostPromising(study, strategy, { good, others: [...others, ...proposed], seen }, random);
    if (params === undefined) break;
    seen.add(combinationKey(study.space, params));
    proposed.push(params);
  }
  return proposed;
}

interface Known {
  readonly good: readonly Params[];
  readonly others: readonly Params[];
  /** As `combinationKey` writes them: none is tried twice. */
  readonly seen: ReadonlySet<string>;
}

function mostPromising(
  study: Study,
  strategy: Strategy,
  { good, others, seen }: Known,
  random: Random,
): Params | undefined {
  const sides = study.space.map((dimension) => {
    const { name } = dimension;
    const density = (trials: readonly Params[]): Density =>
      densityOf(
        dimension,
        trials.map((params) => params[name]),
      );
    return { name, good: density(good), others: density(others) };
  });
  let chosen: Params | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let candidates = 0;
  for (let draws = 0; candidates < CANDIDATES && draws < CANDIDATES * MOST_DRAWS; draws += 1) {
    const drawn = sides.map((side) => ({ side, value: side.good.draw(random) }));
    const params: Params = Object.fromEntries(drawn.map(({ side, value }) => [side.name, value]));
    if (seen.has(combinationKey(study.space, params))) continue;
    if (settingsOf(study, strategy, params).kind !== "ok") continue;
    candidates += 1;
    const promise = drawn.reduce(
      (sum, { side, value }) => sum + side.good.logOf(value) - side.others.logOf(value),
      0,
    );
    if (promise > highest) {
      highest = promise;
      chosen = params;
    }
  }
  return chosen;
}
