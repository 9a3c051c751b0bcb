/** The package has no types of its own; only what is used is declared. */
declare module "ml-logistic-regression" {
  import type { Matrix } from "ml-matrix";

  export default class LogisticRegression {
    constructor(options: { readonly numSteps: number; readonly learningRate: number });
    /** Classes count from 0. */
    train(features: Matrix, classes: Matrix): void;
    /** One classifier a class; the one of class 0 tells the probability of not being it. */
    readonly classifiers: readonly { readonly weights: Matrix }[];
  }
}
