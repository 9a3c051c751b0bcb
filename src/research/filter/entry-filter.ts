import { scoreEntry, type BuiltInModel } from "../../core/filter/score-entry.ts";
import type { EntryFilter } from "../backtest.ts";
import { ownTimeframe, type StrategyOnBars } from "../signals.ts";

/** The filter of a run for its backtest: asked when an entry wants to be made, as live. */
export function builtInFilter(run: StrategyOnBars, model: BuiltInModel, threshold: number): EntryFilter {
  const timeframe = ownTimeframe(run);
  return { threshold, scored: (bar) => scoreEntry(model, run.series, bar, timeframe) };
}
