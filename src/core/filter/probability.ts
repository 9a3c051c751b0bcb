import type { Calibration, Classifier, Tree } from "./model.ts";

/** Scores this near to 0 or 1 count as this: a log-odds has to exist. */
const EDGE = 1e-6;

/** 1 / (1 + e^−x) */
function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function logOdds(score: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, score));
  return Math.log(inside / (1 - inside));
}

/** The score of the features, 0–1, before calibration. */
export function scoreOf(
  classifier: Exclude<Classifier, { kind: "onnx" }>,
  features: readonly number[],
): number {
  switch (classifier.kind) {
    case "logistic": {
      const { means, deviations, weights, bias } = classifier;
      return logistic(
        weights.reduce(
          (sum, weight, k) =>
            sum + (weight * ((features[k] ?? Number.NaN) - (means[k] ?? 0))) / (deviations[k] ?? 1),
          bias,
        ),
      );
    }
    case "forest": {
      const { trees } = classifier;
      return trees.reduce<number>((sum, tree) => sum + leafOf(tree, features), 0) / trees.length;
    }
  }
}

/** The score as a probability. */
export function calibrated(calibration: Calibration | null, score: number): number {
  if (calibration === null) return score;
  return logistic(calibration.slope * logOdds(score) + calibration.intercept);
}

function leafOf(tree: Tree, features: readonly number[]): number {
  let node = tree;
  while (typeof node !== "number") {
    const [feature, threshold, below, above] = node;
    node = (features[feature] ?? Number.NaN) < threshold ? below : above;
  }
  return node;
}
