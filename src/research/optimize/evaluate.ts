import type { Strategy } from "../../core/strategies/contract.ts";
import type { PlannedTrial, Study, Trial } from "./contract.ts";
import { failedTrial } from "./failed-trial.ts";
import { settingsOf, strategyOf } from "./settings.ts";
import { figuresOf, simulate } from "./simulate.ts";
import type { StudyBars } from "./study-bars.ts";

/**
 * Runs trials on the in-sample bars of their windows, in the given order. Pure: a trial's figures are those of one backtest of
 * its settings, whatever else is in the chunk. A trial that throws has failed; the others go on.
 */
export function evaluateTrials(
  study: Study,
  bars: StudyBars,
  trials: readonly PlannedTrial[],
): readonly Trial[] {
  const strategy = strategyOf(study);
  return trials.map((trial) => evaluate(study, strategy, bars, trial));
}

function evaluate(study: Study, strategy: Strategy, bars: StudyBars, trial: PlannedTrial): Trial {
  const { number, window, params } = trial;
  const settings = settingsOf(study, strategy, params);
  if (settings.kind === "contradiction") return failedTrial(trial, settings.text);
  const span = bars.windows[window]?.inSample;
  if (span === undefined)
    return failedTrial(trial, `no window ${window}: the study has ${bars.windows.length}`);
  try {
    const outcome = simulate(strategy, settings, bars, { span, judged: false });
    return {
      number,
      window,
      params,
      state: "done",
      inSample: figuresOf(outcome),
      outOfSample: null,
      text: "",
    };
  } catch (error) {
    return failedTrial(trial, error instanceof Error ? error.message : String(error));
  }
}
