import type { Timeframe } from "../../core/bar.ts";
import { FEATURES } from "../../core/filter/features.ts";
import { exitSettings } from "../../core/filter/same-run.ts";
import type { FilterModelRow } from "../../ports.ts";
import type { BacktestRules } from "../backtest.ts";
import type { PortfolioInput } from "../portfolio.ts";
import { trainFilter } from "./train.ts";
import type { Scheme } from "./splits.ts";

/** A filter that was trained, before anybody has kept it. */
export type TrainedFilter = Omit<FilterModelRow, "id" | "createdBy" | "createdAt">;

/** Trains a filter of what a run of this strategy would have done on these bars; throws as `trainFilter` does. */
export function trainedFilter(
  portfolio: PortfolioInput & { readonly timeframe: Timeframe },
  threshold: number,
  scheme: Scheme,
): TrainedFilter {
  const { model, scores, fromMs, toMs } = trainFilter({ portfolio, threshold, scheme }, FEATURES);
  return {
    strategyId: portfolio.strategy.id,
    timeframe: portfolio.timeframe,
    params: portfolio.params,
    symbols: portfolio.symbols.map(({ symbol }) => symbol),
    settings: labelSettings(portfolio.rules),
    trainedFromMs: fromMs,
    trainedToMs: toMs,
    model,
    scores,
  };
}

/** What of the rules decides whether an entry wins. */
function labelSettings(rules: BacktestRules): readonly string[] {
  const { commission, slippageBps = 0, spread = 0 } = rules;
  const costs = { commission, slippage_bps: slippageBps, spread };
  return [
    ...exitSettings(rules),
    ...Object.entries(costs).flatMap(([name, value]) => (value === 0 ? [] : [`${name}=${value}`])),
  ];
}
