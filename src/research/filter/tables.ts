import { signedPercent } from "../../core/figures.ts";
import type { FilterScores, TradeScores } from "../../core/filter/scores.ts";

/** A header and its rows: for a message's table, or aligned text. */
interface Cells {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = "-";

/** Each threshold under no filter, on the entries that no model had seen. */
export function comparisonCells({ comparisons }: FilterScores): Cells {
  const [first] = comparisons;
  return {
    header: ["filter", "trades", "won", "expectancy", "profit factor", "return"],
    rows: [
      ...(first === undefined ? [] : [tradeRow("none", first.unfiltered)]),
      ...comparisons.map(({ threshold, filtered }) => tradeRow(threshold.toFixed(2), filtered)),
    ],
  };
}

/** What the probabilities are worth: lower is better but for AUC; the last row is to be beaten. */
export function classifierCells({ classifiers, baseline }: FilterScores): Cells {
  const row = (name: string, { brier, logLoss, auc }: FilterScores["baseline"]): readonly string[] => [
    name,
    brier.toFixed(4),
    logLoss.toFixed(4),
    auc === null ? NONE : auc.toFixed(3),
  ];
  return {
    header: ["classifier", "Brier", "log loss", "AUC"],
    rows: [...classifiers.map(({ kind, scores }) => row(kind, scores)), row("win rate alone", baseline)],
  };
}

/** Calibration: what was told and what came of it, bin by bin. */
export function reliabilityCells({ reliability }: FilterScores): Cells {
  return {
    header: ["told", "entries", "mean told", "won"],
    rows: reliability
      .filter(({ count }) => count > 0)
      .map(({ from, to, count, told, won }) => [
        `${percent(from)}–${percent(to)}`,
        String(count),
        told === null ? NONE : percent(told),
        won === null ? NONE : percent(won),
      ]),
  };
}

function tradeRow(name: string, scores: TradeScores): readonly string[] {
  const { trades, winRatePercent, expectancyPercent, profitFactor, returnPercent } = scores;
  return [
    name,
    String(trades),
    winRatePercent === null ? NONE : `${winRatePercent.toFixed(1)}%`,
    expectancyPercent === null ? NONE : signedPercent(expectancyPercent),
    profitFactor === null ? NONE : profitFactor.toFixed(2),
    signedPercent(returnPercent),
  ];
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(0)}%`;
}
