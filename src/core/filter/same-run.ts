import { exitParams, type ExitRules } from "../exits/rules.ts";
import type { Timeframe } from "../bar.ts";
import type { Params, Strategy } from "../strategies/contract.ts";
import { formatParams, formatValue } from "../strategies/params.ts";

/** How a run gets out: the exits, and the stop in ATR(14)s, 0 for none. */
export type WaysOut = ExitRules & { readonly stopAtr: number };

/** Whom a filter is trained for, or asked by. */
export interface FilteredRun {
  readonly strategy: Strategy;
  readonly params: Params;
  readonly timeframe: Timeframe;
  readonly exits: WaysOut;
}

/** What a version says of the run that it was trained for. */
interface TrainedFor {
  readonly strategyId: string;
  readonly timeframe: Timeframe;
  readonly params: Params;
  readonly settings: readonly string[];
}

const OFF = exitParams({});

/** `name=value` of the stop and of every exit that is on. */
export function exitSettings(rules: WaysOut): readonly string[] {
  const exits = Object.entries(exitParams(rules)).filter(([name, value]) => value !== OFF[name]);
  return [`stop_atr=${rules.stopAtr}`, ...exits.map(([name, value]) => `${name}=${formatValue(value)}`)];
}

/**
 * How a model's own run differs from this one, in words: its probabilities are those of other entries, or of entries that are
 * left otherwise. Undefined where it does not. Costs may differ; a user's own model, without settings, fits any exits.
 */
export function differenceFrom(model: TrainedFor, run: FilteredRun): string | undefined {
  const { strategy, params, timeframe, exits } = run;
  if (model.strategyId !== strategy.id) return `it is a filter of ${model.strategyId}, not of ${strategy.id}`;
  const theirs = formatParams(strategy.params, model.params);
  const ours = formatParams(strategy.params, params);
  const differences = [
    ...(model.timeframe === timeframe ? [] : [`${model.timeframe} bars instead of ${timeframe}`]),
    ...changed(theirs, ours),
    ...(model.settings.length === 0 ? [] : changed(model.settings.filter(isExit), exitSettings(exits))),
  ];
  return differences.length === 0 ? undefined : `it was trained for ${differences.join(", ")}`;
}

function isExit(setting: string): boolean {
  const [name = ""] = setting.split("=", 1);
  return name === "stop_atr" || name in OFF;
}

/** `stop_atr=3 instead of 2`, `no take_profit_r instead of 2`. */
function changed(theirs: readonly string[], ours: readonly string[]): readonly string[] {
  const [before, now] = [valuesOf(theirs), valuesOf(ours)];
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), now.get(name)];
    if (was === is) return [];
    return [`${was === undefined ? `no ${name}` : `${name}=${was}`} instead of ${is ?? "none"}`];
  });
}

function valuesOf(settings: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    settings.map((text) => {
      const [name = ""] = text.split("=", 1);
      return [name, text.slice(name.length + 1)];
    }),
  );
}
