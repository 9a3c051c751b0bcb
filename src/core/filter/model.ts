/** A leaf is its value, 0–1; a node is [index of the feature, threshold, tree below it, tree from it on]. */
export type Tree = number | readonly [feature: number, threshold: number, below: Tree, above: Tree];

/** What gives a score to the features of a bar, 0–1; plain JSON. */
export type Classifier =
  /** weights · (features − means) / deviations + bias, through the logistic function. */
  | {
      readonly kind: "logistic";
      readonly means: readonly number[];
      readonly deviations: readonly number[];
      readonly weights: readonly number[];
      readonly bias: number;
    }
  /** The mean of what its trees say. Breiman 2001. */
  | { readonly kind: "forest"; readonly trees: readonly Tree[] }
  /** A user's own model: the bytes of the ONNX file in base64. One float input [1, features]. */
  | { readonly kind: "onnx"; readonly base64: string };

/** Platt's sigmoid on the log-odds of a score: p = 1 / (1 + e^−(slope × log-odds + intercept)). Platt 1999. */
export interface Calibration {
  readonly slope: number;
  readonly intercept: number;
}

/** Everything that is needed to ask a model for the probability that an entry wins. */
export interface FilterModel {
  /** Version and names of the features it was trained on. */
  readonly featuresVersion: number;
  readonly featureNames: readonly string[];
  readonly classifier: Classifier;
  /** Null: the scores are probabilities as they are. */
  readonly calibration: Calibration | null;
}
