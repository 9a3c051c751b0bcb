import type { Objective, Study, Trial, TrialFigures } from "./contract.ts";

/** What the objective makes as large as it can; null where it is not defined, or there are too few trades to speak of. */
export function scoreOf(
  { objective, minTrades }: Pick<Study, "objective" | "minTrades">,
  figures: TrialFigures | null,
): number | null {
  return figures === null || figures.trades < minTrades ? null : figureOf(objective, figures);
}

/** The figure that an objective names. */
function figureOf(objective: Objective, figures: TrialFigures): number | null {
  switch (objective) {
    case "sharpe":
      return figures.sharpe;
    case "sortino":
      return figures.sortino;
    case "calmar":
      return figures.calmar;
    case "return":
      return figures.annualReturnPercent;
    case "profit_factor":
      return figures.profitFactor;
    case "expectancy":
      return figures.expectancy;
    case "sqn":
      return figures.sqn;
  }
}

/** Trials that have a score, best first; of equals the earlier one, so that their order changes nothing. */
export function ranked(study: Study, trials: readonly Trial[]): readonly Trial[] {
  return trials
    .flatMap((trial) => {
      const score = scoreOf(study, trial.inSample);
      return score === null ? [] : [{ trial, score }];
    })
    .toSorted((one, two) => two.score - one.score || one.trial.number - two.trial.number)
    .map(({ trial }) => trial);
}
