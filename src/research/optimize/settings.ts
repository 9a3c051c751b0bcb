import { EXIT_SPECS, exitFault, exitParams, exitRulesOf } from "../../core/exits/rules.ts";
import { backtestGates } from "../../core/risk/index.ts";
import type { ParamSpec, Params, Strategy } from "../../core/strategies/contract.ts";
import { strategyById, unknownStrategy } from "../../core/strategies/index.ts";
import { UsageError } from "../../core/errors.ts";
import type { BacktestRules } from "../backtest.ts";
import { BACKTEST_OPTIONS } from "../backtest-options.ts";
import type { Study } from "./contract.ts";

/** `--stop-atr` as a name of a search. */
const STOP_ATR: ParamSpec = { ...BACKTEST_OPTIONS.stopAtr, name: "stop_atr" };

/** Everything that a study of this strategy may vary: its own parameters, the stop and the exits. */
export function searchableSpecs(strategy: Strategy): readonly ParamSpec[] {
  return [...strategy.params, STOP_ATR, ...EXIT_SPECS];
}

/** What one trial is run with, or the sentence that says why its values contradict each other. */
export type TrialSettings =
  | { readonly kind: "ok"; readonly params: Params; readonly rules: BacktestRules }
  | { readonly kind: "contradiction"; readonly text: string };

/** The study's settings with these values of the searched names in their place. */
export function settingsOf(study: Study, strategy: Strategy, values: Params): TrialSettings {
  const own = new Set(strategy.params.map(({ name }) => name));
  const params: Params = {
    ...study.params,
    ...Object.fromEntries(Object.entries(values).filter(([name]) => own.has(name))),
  };
  const rules = rulesOf(study, values);
  const text = strategy.check?.(params) ?? exitFault(rules);
  return text === undefined ? { kind: "ok", params, rules } : { kind: "contradiction", text };
}

function rulesOf({ rules: { gates, exits, ...rules } }: Study, values: Params): BacktestRules {
  const stopAtr = values[STOP_ATR.name] ?? rules.stopAtr;
  return {
    ...rules,
    stopAtr: typeof stopAtr === "number" ? stopAtr : rules.stopAtr,
    ...exitRulesOf({ ...exitParams(exits), ...values }),
    gates: gates ? backtestGates : [],
  };
}

/** The strategy of a study. Throws a UsageError when there is none of that name. */
export function strategyOf({ strategyId }: Pick<Study, "strategyId">): Strategy {
  const strategy = strategyById(strategyId);
  if (strategy === undefined) throw new UsageError(unknownStrategy(strategyId));
  return strategy;
}
