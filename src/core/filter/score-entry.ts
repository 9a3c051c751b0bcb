import type { BarSeries } from "../bar-series.ts";
import type { Timeframe } from "../bar.ts";
import type { Scored } from "./check.ts";
import { FEATURES } from "./features.ts";
import type { Classifier, FilterModel } from "./model.ts";
import { calibrated, scoreOf } from "./probability.ts";
import type { TrainedOn } from "./trained-on.ts";

/** A model with the name that people know it by: `model 3`, or its file. */
export interface NamedModel {
  readonly label: string;
  readonly model: FilterModel;
  /** Null for a user's own. */
  readonly trainedOn: TrainedOn | null;
}

type BuiltIn = Exclude<Classifier, { kind: "onnx" }>;

/** One that computes here, without a runtime of its own. */
export type BuiltInModel = NamedModel & { readonly model: { readonly classifier: BuiltIn } };

/** Asks a user's own model for its score of these features; rejects when it cannot be asked. */
export type AskOnnx = (features: readonly number[]) => Promise<number>;

/** What a built-in model says of an entry at the close of bar `t`. */
export function scoreEntry(named: BuiltInModel, series: BarSeries, t: number, timeframe: Timeframe): Scored {
  const read = readFeatures(named, series, t, timeframe);
  return read.kind === "features" ? told(named, scoreOf(named.model.classifier, read.values)) : read;
}

/** What a user's own model says of it. Never rejects: what goes wrong is a `failed`. */
export async function scoreEntryByOnnx(
  named: NamedModel,
  ask: AskOnnx,
  series: BarSeries,
  t: number,
  timeframe: Timeframe,
): Promise<Scored> {
  const read = readFeatures(named, series, t, timeframe);
  if (read.kind !== "features") return read;
  try {
    return told(named, await ask(read.values));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "failed", text: `${named.label} could not be asked: ${why}` };
  }
}

/** Whether a model needs no runtime of its own. */
export function isBuiltIn(named: NamedModel): named is BuiltInModel {
  return named.model.classifier.kind !== "onnx";
}

function readFeatures(
  { label, model }: NamedModel,
  series: BarSeries,
  t: number,
  timeframe: Timeframe,
): Scored | { readonly kind: "features"; readonly values: readonly number[] } {
  if (model.featuresVersion !== FEATURES.version)
    return {
      kind: "failed",
      text: `${label} was trained on version ${model.featuresVersion} of the features, here they are version ${FEATURES.version}; train it again (/ml train)`,
    };
  const values = FEATURES.at(series, t, timeframe);
  return values === undefined ? { kind: "not_ready", bars: t + 1 } : { kind: "features", values };
}

function told({ label, model }: NamedModel, score: number): Scored {
  const probability = calibrated(model.calibration, score);
  return probability >= 0 && probability <= 1
    ? { kind: "scored", probability, label }
    : { kind: "failed", text: `${label} answered ${probability}, expected a probability from 0 to 1` };
}
