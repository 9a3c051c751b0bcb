import { Matrix } from "ml-matrix";
import LogisticRegression from "ml-logistic-regression";
import { RandomForestRegression } from "ml-random-forest";
import { z } from "zod";
import type { Classifier, Tree } from "../../core/filter/model.ts";
import { logOdds } from "../../core/filter/probability.ts";

/** Classifiers that can be trained here. */
export const TRAINABLE = ["logistic", "forest"] as const;
export type Trainable = (typeof TRAINABLE)[number];

/** What a classifier learns from: features in rows, and whether the entry won. */
export interface TrainingSet {
  readonly features: readonly (readonly number[])[];
  readonly won: readonly boolean[];
}

/** Gradient steps on standardised features: enough to converge, and the same for every training. */
const STEPS = 500;
const TREES = 60;
const DEPTH = 3;
/** A node of less than this part of the samples is a leaf: small samples are noise. */
const LEAF_PART = 0.05;
const SMALLEST_LEAF = 10;
const SEED = 20_180_203;

/** Trains a classifier; the same samples give the same classifier. Where all won or all lost it says just that. */
export function fit(kind: Trainable, { features, won }: TrainingSet): Exclude<Classifier, { kind: "onnx" }> {
  switch (kind) {
    case "logistic":
      return fitLogistic(features, won);
    case "forest":
      return { kind: "forest", trees: fitTrees(features, won) };
  }
}

/** By mljs, on standardised columns and a column of ones, which takes the bias. */
export function fitLogistic(
  features: readonly (readonly number[])[],
  won: readonly boolean[],
): Extract<Classifier, { kind: "logistic" }> {
  const width = features[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, k) => features.map((row) => row[k] ?? Number.NaN));
  const means = columns.map(mean);
  const deviations = columns.map((column, k) => deviationOf(column, means[k] ?? 0));
  const wins = won.filter(Boolean).length;
  if (wins === 0 || wins === won.length)
    return {
      kind: "logistic",
      means,
      deviations,
      weights: means.map(() => 0),
      bias: logOdds(wins === 0 ? 0 : 1),
    };
  const rows = features.map((row) => [
    ...row.map((value, k) => (value - (means[k] ?? 0)) / (deviations[k] ?? 1)),
    1,
  ]);
  const regression = new LogisticRegression({ numSteps: STEPS, learningRate: 1 / rows.length });
  regression.train(new Matrix(rows), Matrix.columnVector(won.map(Number)));
  const weights = regression.classifiers[0]?.weights.to1DArray() ?? [];
  return { kind: "logistic", means, deviations, weights: weights.slice(0, width), bias: weights[width] ?? 0 };
}

/** A random forest of regression trees on 0 and 1, by mljs: a leaf is the share of winners, the mean of leaves a probability. */
function fitTrees(features: readonly (readonly number[])[], won: readonly boolean[]): readonly Tree[] {
  const forest = new RandomForestRegression({
    nEstimators: TREES,
    // The square root of the number of features, as is usual for classification.
    maxFeatures: Math.ceil(Math.sqrt(features[0]?.length ?? 1)),
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    seed: SEED,
    treeOptions: {
      maxDepth: DEPTH,
      minNumSamples: Math.max(SMALLEST_LEAF, Math.ceil(won.length * LEAF_PART)),
    },
  });
  forest.train(
    features.map((row) => [...row]),
    won.map(Number),
  );
  const { indexes, estimators } = FOREST.parse(JSON.parse(JSON.stringify(forest))).baseModel;
  return estimators.map(({ root }, index) => treeOf(root, indexes[index] ?? []));
}

interface Node {
  readonly splitColumn?: number | undefined;
  readonly splitValue?: number | undefined;
  readonly distribution?: number | undefined;
  readonly left?: Node | undefined;
  readonly right?: Node | undefined;
}

const NODE: z.ZodType<Node> = z.object({
  splitColumn: z.number().optional(),
  splitValue: z.number().optional(),
  distribution: z.number().optional(),
  left: z.lazy(() => NODE).optional(),
  right: z.lazy(() => NODE).optional(),
});
/** What mljs writes of a forest: `indexes` are the features that each tree was given. */
const FOREST = z.object({
  baseModel: z.object({
    indexes: z.array(z.array(z.number())),
    estimators: z.array(z.object({ root: NODE })),
  }),
});

function treeOf(
  { splitColumn, splitValue, distribution, left, right }: Node,
  given: readonly number[],
): Tree {
  if (left === undefined || right === undefined) return distribution ?? wrongTree();
  return [
    given[splitColumn ?? -1] ?? wrongTree(),
    splitValue ?? wrongTree(),
    treeOf(left, given),
    treeOf(right, given),
  ];
}

function wrongTree(): never {
  throw new Error("ml-random-forest wrote a tree with a node that neither splits nor tells a value");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 1 for a column that never changes: it tells nothing, and divides by nothing. */
function deviationOf(values: readonly number[], center: number): number {
  const variance = mean(values.map((value) => (value - center) ** 2));
  return variance > 0 ? Math.sqrt(variance) : 1;
}
