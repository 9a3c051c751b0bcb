import type { Params, Strategy } from "../../core/strategies/contract.ts";
import type { PlannedTrial, SearchStep, Study, Trial } from "./contract.ts";
import { soundCombinations, withoutFinished } from "./grid.ts";
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
/** Combinations up to which a space is looked through, so that a search can end with every one of them tried. */
const SMALL_SPACE = 2_000;

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
  const all = combinationsIn(study.space) <= SMALL_SPACE ? soundCombinations(study, strategy) : undefined;
  const most = Math.min(study.trials, all?.length ?? combinationsIn(study.space));
  const start = startOf(study, strategy, Math.min(START, most), all);
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
        place(propose(study, strategy, known, { window, from, count, all }), from),
        own,
      );
      if (batch.length > 0) return batch;
    }
    return [];
  });
  const trials = planned.flat().toSorted((one, two) => one.number - two.number);
  // A large space that has no more than was found ends here.
  return { trials, skipped: start.skipped, total: trials.length === 0 ? finished.length : most * windows };
}

/** Drawn at random; of a small space that draws have not found enough of, what it has beside. */
function startOf(
  study: Study,
  strategy: Strategy,
  count: number,
  all: readonly Params[] | undefined,
): ReturnType<typeof drawCombinations> {
  const drawn = drawCombinations(study, strategy, count);
  if (all === undefined || drawn.params.length === count) return drawn;
  const seen = new Set(drawn.params.map((params) => combinationKey(study.space, params)));
  const others = all.filter((params) => !seen.has(combinationKey(study.space, params)));
  return { ...drawn, params: [...drawn.params, ...others].slice(0, count) };
}

/** Which trials of a window are wanted: `count` of them, the first in place `from`. */
interface Wanted {
  readonly window: number;
  readonly from: number;
  readonly count: number;
  /** All that a small space has. */
  readonly all: readonly Params[] | undefined;
}

function propose(
  study: Study,
  strategy: Strategy,
  known: readonly Trial[],
  { window, from, count, all }: Wanted,
): readonly Params[] {
  const best = ranked(study, known);
  const good = best.slice(0, Math.ceil(known.length * GOOD)).map(({ params }) => params);
  const goodOnes = new Set(good);
  const others = known.flatMap(({ params }) => (goodOnes.has(params) ? [] : [params]));
  const seen = new Set(known.map(({ params }) => combinationKey(study.space, params)));
  const proposed: Params[] = [];
  for (let index = 0; index < count; index += 1) {
    const random = seeded(study.seed, window, from + index);
    const params = mostPromising(
      study,
      strategy,
      { good, others: [...others, ...proposed], seen, all },
      random,
    );
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
  readonly all: readonly Params[] | undefined;
}

function mostPromising(
  study: Study,
  strategy: Strategy,
  { good, others, seen, all }: Known,
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
  const consider = (params: Params): void => {
    const promise = sides.reduce((sum, side) => {
      const value = params[side.name];
      return value === undefined ? sum : sum + side.good.logOf(value) - side.others.logOf(value);
    }, 0);
    if (promise > highest) {
      highest = promise;
      chosen = params;
    }
  };
  for (let draws = 0; candidates < CANDIDATES && draws < CANDIDATES * MOST_DRAWS; draws += 1) {
    const params: Params = Object.fromEntries(sides.map((side) => [side.name, side.good.draw(random)]));
    if (seen.has(combinationKey(study.space, params))) continue;
    if (settingsOf(study, strategy, params).kind !== "ok") continue;
    candidates += 1;
    consider(params);
  }
  if (candidates === 0)
    for (const params of all ?? []) if (!seen.has(combinationKey(study.space, params))) consider(params);
  return chosen;
}
