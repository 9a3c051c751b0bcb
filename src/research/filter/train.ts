import { UsageError } from "../../core/errors.ts";
import type { FeatureSet } from "../../core/filter/feature-set.ts";
import type { FilterModel } from "../../core/filter/model.ts";
import type { FilterScores } from "../../core/filter/scores.ts";
import { counted } from "../../core/figures.ts";
import type { PortfolioInput } from "../portfolio.ts";
import { ownTimeframe } from "../signals.ts";
import { calibrate } from "./calibrate.ts";
import { compareFilter } from "./compare.ts";
import { entrySignals, type EntrySignal, type LabelledSignal } from "./entry-signals.ts";
import { fit, TRAINABLE } from "./fit.ts";
import { refuseLookAhead } from "./look-ahead.ts";
import { isWin, outOfFold, trainingSet, type Validation } from "./out-of-fold.ts";
import { reliabilityOf, scoresOf } from "./score.ts";

/** With fewer entries a block has too few to tell anything. */
const LEAST_SAMPLES = 100;
/** A forest of mljs takes time with the square of the samples; beyond this they are thinned evenly. */
const MOST_SAMPLES = 1_200;
/** Part of the whole time that is kept free beside a test block. López de Prado 2018, ch. 7.4.2. */
const EMBARGO_PART = 0.01;
const BLOCKS = 6;
/** Beside the threshold that was asked for. */
const THRESHOLDS = [0.5, 0.6, 0.7];

export interface TrainInput {
  /** Strategy, exits, costs and bars as a backtest takes them. */
  readonly portfolio: PortfolioInput;
  /** The threshold that the filter will be used with, (0, 1). */
  readonly threshold: number;
  readonly scheme: Validation["scheme"];
}

export interface Trained {
  readonly model: FilterModel;
  readonly scores: FilterScores;
  /** First decision that trained, and last exit that a label knows, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Labels every BUY by what the exits made of it, validates a logistic regression and a random forest out of fold, takes the one
 * with the lower log loss, trains it on everything and calibrates it on its out-of-fold scores. Throws a UsageError where
 * there is too little to learn from, or a feature knows the future. The same input gives the same model.
 */
export function trainFilter({ portfolio, threshold, scheme }: TrainInput, features: FeatureSet): Trained {
  const signals = entrySignals(portfolio, features);
  refuseFuture(portfolio, signals, features);
  const labelled = signals.filter(isLabelled);
  refuseTooFew(portfolio, labelled, features);
  const samples = thinned(labelled);
  const validation: Validation = { scheme, blocks: BLOCKS, embargoMs: embargoOf(samples) };
  const tried = TRAINABLE.map((kind) => ({ kind, ...outOfFold(kind, samples, signals, validation) }));
  const ranked = tried
    .map((each) => ({ ...each, scores: scoresOf(each.told) }))
    .toSorted((one, two) => one.scores.logLoss - two.scores.logLoss);
  const [best] = ranked;
  if (best === undefined) throw new Error("no classifier was tried");
  if (best.told.length === 0)
    throw new UsageError(
      "the positions of this strategy last so long that after purging nothing is left to train on: more days, or shorter bars",
    );
  const compared = comparedPeriod(best.probabilities);
  const told = new Map(
    [...best.probabilities].map(([{ symbol, bar }, probability]) => [`${symbol} ${bar}`, probability]),
  );
  return {
    model: {
      featuresVersion: features.version,
      featureNames: features.names,
      classifier: fit(best.kind, trainingSet(samples)),
      calibration: calibrate(best.scored),
    },
    scores: {
      scheme,
      blocks: BLOCKS,
      samples: labelled.length,
      winRate: labelled.filter(({ label }) => isWin(label)).length / labelled.length,
      unfinished: signals.length - labelled.length,
      trainedOn: samples.length,
      classifiers: ranked.map(({ kind, scores }) => ({ kind, scores })),
      baseline: scoresOf(best.baseline),
      reliability: reliabilityOf(best.told),
      ...compared,
      comparisons: compareFilter(
        periodFrom(portfolio, compared.fromMs),
        (symbol, bar) => told.get(`${symbol} ${bar}`),
        [threshold, ...THRESHOLDS.filter((other) => other !== threshold)],
      ),
    },
    fromMs: samples[0]?.atMs ?? 0,
    toMs: samples.reduce((latest, { label: { endMs } }) => Math.max(latest, endMs), 0),
  };
}

function isLabelled(signal: EntrySignal): signal is LabelledSignal {
  return signal.label !== undefined;
}

function refuseFuture(
  portfolio: PortfolioInput,
  signals: readonly EntrySignal[],
  features: FeatureSet,
): void {
  for (const { symbol, series } of portfolio.symbols) {
    const bars = signals.filter((signal) => signal.symbol === symbol).map(({ bar }) => bar);
    refuseLookAhead(features, series, bars, ownTimeframe({ ...portfolio, series }));
  }
}

function refuseTooFew(
  { strategy, symbols }: PortfolioInput,
  labelled: readonly LabelledSignal[],
  features: FeatureSet,
): void {
  const of = `${strategy.id} on ${symbols.map(({ symbol }) => symbol).join(", ")}`;
  if (labelled.length < LEAST_SAMPLES)
    throw new UsageError(
      `${counted(labelled.length, "finished BUY")} of ${of} after the first ${features.bars} bars: expected at least ${LEAST_SAMPLES}; more days, more symbols, or shorter bars`,
    );
  const wins = labelled.filter(({ label }) => isWin(label)).length;
  if (wins === 0 || wins === labelled.length)
    throw new UsageError(
      `all ${labelled.length} BUYs of ${of} ${wins === 0 ? "lost" : "won"}: there is nothing to tell apart`,
    );
}

function thinned(labelled: readonly LabelledSignal[]): readonly LabelledSignal[] {
  if (labelled.length <= MOST_SAMPLES) return labelled;
  const step = labelled.length / MOST_SAMPLES;
  return Array.from({ length: MOST_SAMPLES }, (_, index) => labelled[Math.floor(index * step)]).filter(
    (each) => each !== undefined,
  );
}

function embargoOf(samples: readonly LabelledSignal[]): number {
  const first = samples[0]?.atMs ?? 0;
  return ((samples.at(-1)?.atMs ?? first) - first) * EMBARGO_PART;
}

function comparedPeriod(probabilities: ReadonlyMap<EntrySignal, number>): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atMs } of probabilities.keys()) {
    fromMs = Math.min(fromMs, atMs);
    toMs = Math.max(toMs, atMs);
  }
  return { fromMs, toMs };
}

/** From the first entry that can be judged on. */
function periodFrom(portfolio: PortfolioInput, fromMs: number): PortfolioInput {
  return {
    ...portfolio,
    symbols: portfolio.symbols.flatMap((bars) => {
      const start = bars.series.time.findIndex((time) => time >= fromMs);
      return start < 0 ? [] : [{ ...bars, start }];
    }),
  };
}
