/** How good probabilities are that were made for samples nobody had seen. */
export interface ProbabilityScores {
  /** Mean of (probability − outcome)², 0–1, lower is better. Brier 1950. */
  readonly brier: number;
  /** Mean of −ln(probability given to what happened), lower is better. */
  readonly logLoss: number;
  /** Chance that a winner is ranked above a loser, 0–1; 0.5 is none. Null where all won or all lost. */
  readonly auc: number | null;
}

/** Entries whose probability fell in [from, to), to 1 included at the top. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability that was told, and share that won; null in an empty bin. */
  readonly told: number | null;
  readonly won: number | null;
}

/** Trades of a backtest as the filter is judged by; percentages of what a position cost, after costs. */
export interface TradeScores {
  readonly trades: number;
  readonly winRatePercent: number | null;
  /** Mean P&L of a trade in percent of its cost. */
  readonly expectancyPercent: number | null;
  /** Percentages won ÷ percentages lost; null where nothing was lost. */
  readonly profitFactor: number | null;
  /** Of the account. */
  readonly returnPercent: number;
}

/** The same bars with and without the filter, with models that had not seen them. */
export interface FilterComparison {
  readonly threshold: number;
  readonly unfiltered: TradeScores;
  readonly filtered: TradeScores;
  /** Filtered less unfiltered expectancy, percent a trade, with its bootstrap interval, 95% for all thresholds together; null without trades. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** What a training found out about its own model, on entries it was not trained on. */
export interface FilterScores {
  readonly scheme: string;
  readonly blocks: number;
  /** Labelled entries, and the share of them that won. */
  readonly samples: number;
  readonly winRate: number;
  /** BUYs whose position was still open at the end of the bars: without a label. */
  readonly unfinished: number;
  /** Samples that trained: evenly thinned where there were too many. */
  readonly trainedOn: number;
  /** Of each classifier; the one with the lowest log loss became the model. */
  readonly classifiers: readonly { readonly kind: string; readonly scores: ProbabilityScores }[];
  /** Of always saying the win rate that was known by then: what a model has to beat. */
  readonly baseline: ProbabilityScores;
  readonly reliability: readonly ReliabilityBin[];
  /** The compared period, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly comparisons: readonly FilterComparison[];
}
