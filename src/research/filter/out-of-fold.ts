import { calibrated, scoreOf } from "../../core/filter/probability.ts";
import { calibrate, winRateOf, type Scored } from "./calibrate.ts";
import type { EntrySignal, LabelledSignal } from "./entry-signals.ts";
import { fit, type Trainable } from "./fit.ts";
import type { Told } from "./score.ts";
import { purgedSplits, type LabelSpan, type Scheme, type Split } from "./splits.ts";

/** A block of which purging leaves less to train on is not asked about. */
const LEAST_TRAINING = 15;

/** How a training is validated. */
export interface Validation {
  readonly scheme: Scheme;
  readonly blocks: number;
  readonly embargoMs: number;
}

/** What one classifier told of entries it had not seen. */
export interface OutOfFold {
  /** Every score of a labelled entry: what the final calibration goes through. */
  readonly scored: readonly Scored[];
  /** Calibrated on other blocks only: what the probabilities are judged by. */
  readonly told: readonly Told[];
  /** The share of winners that was known by then, for the same entries. */
  readonly baseline: readonly Told[];
  /** Of every BUY of the compared period, labelled or not. */
  readonly probabilities: ReadonlyMap<EntrySignal, number>;
}

/** A test block with what its classifier said of it. */
interface Block {
  readonly split: Split;
  readonly scored: readonly (Scored & { readonly span: LabelSpan })[];
  /** Winners among the entries that trained. */
  readonly winRate: number;
  readonly signals: readonly { readonly signal: EntrySignal; readonly score: number }[];
}

/**
 * Trains on each split and asks about its test block. `samples` train and are in the order of time; `signals` are all BUYs, each
 * of which belongs to the block that its time falls in. A block's calibration knows only blocks that its classifier could
 * have known: those before it, and with k_fold those after it whose entries do not touch it.
 */
export function outOfFold(
  kind: Trainable,
  samples: readonly LabelledSignal[],
  signals: readonly EntrySignal[],
  validation: Validation,
): OutOfFold {
  const splits = purgedSplits(
    samples.map(({ atMs, label }) => ({ startMs: atMs, endMs: label.endMs })),
    validation,
  );
  const blocks = splits.flatMap((split, index) =>
    split.train.length < LEAST_TRAINING
      ? []
      : [askBlock(kind, samples, signalsFrom(signals, split, splits[index + 1]), split)],
  );
  const told: Told[] = [];
  const baseline: Told[] = [];
  const probabilities = new Map<EntrySignal, number>();
  for (const [index, block] of blocks.entries()) {
    const others = blocks
      .filter((_, other) => (validation.scheme === "walk_forward" ? other < index : other !== index))
      .flatMap(({ scored }) => scored.filter(({ span }) => isApart(span, block.split.span)));
    // The first block of walking forward has nothing to be calibrated with: it calibrates the next.
    if (others.length === 0) continue;
    const calibration = calibrate(others);
    for (const { score, won } of block.scored) {
      told.push({ probability: calibrated(calibration, score), won });
      baseline.push({ probability: block.winRate, won });
    }
    for (const { signal, score } of block.signals) probabilities.set(signal, calibrated(calibration, score));
  }
  return { scored: blocks.flatMap(({ scored }) => scored), told, baseline, probabilities };
}

/** From the block's first decision to that of the next block. */
function signalsFrom(
  signals: readonly EntrySignal[],
  { span: { startMs } }: Split,
  next: Split | undefined,
): readonly EntrySignal[] {
  const end = next?.span.startMs ?? Number.POSITIVE_INFINITY;
  return signals.filter(({ atMs }) => atMs >= startMs && atMs < end);
}

function askBlock(
  kind: Trainable,
  samples: readonly LabelledSignal[],
  signals: readonly EntrySignal[],
  split: Split,
): Block {
  const training = split.train.flatMap((index) => samples[index] ?? []);
  const classifier = fit(kind, trainingSet(training));
  return {
    split,
    scored: split.test
      .flatMap((index) => samples[index] ?? [])
      .map(({ features, label, atMs }) => ({
        score: scoreOf(classifier, features),
        won: isWin(label),
        span: { startMs: atMs, endMs: label.endMs },
      })),
    winRate: winRateOf(training.map(({ label }) => ({ won: isWin(label) }))),
    signals: signals.map((signal) => ({ signal, score: scoreOf(classifier, signal.features) })),
  };
}

function isApart(one: LabelSpan, other: LabelSpan): boolean {
  return one.endMs < other.startMs || one.startMs > other.endMs;
}

export function trainingSet(samples: readonly LabelledSignal[]) {
  return { features: samples.map(({ features }) => features), won: samples.map(({ label }) => isWin(label)) };
}

/** After commission and slippage. */
export function isWin({ pnlPercent }: LabelledSignal["label"]): boolean {
  return pnlPercent > 0;
}
