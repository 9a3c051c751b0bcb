import type { Scored } from "../../core/filter/check.ts";
import {
  scoreEntry,
  scoreEntryByOnnx,
  type AskOnnx,
  type BuiltInModel,
  type NamedModel,
} from "../../core/filter/score-entry.ts";
import { BUY } from "../../core/signal.ts";
import type { EntryFilter } from "../backtest.ts";
import { ownTimeframe, scanSignals, type StrategyOnBars } from "../signals.ts";

/** The filter of a run for its backtest: asked when an entry wants to be made, as live. */
export function builtInFilter(run: StrategyOnBars, model: BuiltInModel, threshold: number): EntryFilter {
  const timeframe = ownTimeframe(run);
  return { threshold, model, scored: (bar) => scoreEntry(model, run.series, bar, timeframe) };
}

/** The same with a user's own model, which is asked about every BUY beforehand: a backtest does not wait. */
export async function onnxFilter(
  run: StrategyOnBars,
  model: NamedModel,
  threshold: number,
  ask: AskOnnx,
): Promise<EntryFilter> {
  const timeframe = ownTimeframe(run);
  const known = new Map<number, Scored>();
  for (const [bar, signal] of scanSignals(run).entries())
    if (signal === BUY) known.set(bar, await scoreEntryByOnnx(model, ask, run.series, bar, timeframe));
  return { threshold, model, scored: (bar) => known.get(bar) ?? { kind: "not_ready", bars: bar + 1 } };
}
