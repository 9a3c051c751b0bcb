import { exitParams, exitRulesOf } from "../core/exits/rules.ts";
import type { Limits } from "../core/risk/limits.ts";
import { sizingOf } from "../core/size/options.ts";
import type { ParamSpec, Params, Strategy } from "../core/strategies/contract.ts";
import { parseParams } from "../core/strategies/params.ts";
import { numberParam } from "../core/strategies/read-params.ts";
import { OBJECTIVES, SEARCHES, type Dimension, type Study } from "../research/optimize/contract.ts";
import { OPTIMIZE_OPTIONS } from "../research/optimize/options.ts";
import { FILTER_UNASKED, readSpace } from "../research/optimize/read-space.ts";
import { combinationsIn } from "../research/optimize/values.ts";
import { costRules, readWish, type Wish } from "./backtest-wish.ts";

const { search, trials, objective, minTrades, seed, walkForward, inSample } = OPTIMIZE_OPTIONS;

/** What a study is told beside what a backtest is told. */
export const STUDY_SPECS: readonly ParamSpec[] = [
  search,
  { ...trials, max: 10_000 },
  objective,
  { ...minTrades, name: "min_trades" },
  seed,
  { ...walkForward, name: "walk_forward" },
  { ...inSample, name: "in_sample" },
];
/** A grid up to here is tried whole unless another search is asked for. */
const SMALL_GRID = 500;

/** What was asked for beside symbols and days. */
export interface StudyWish {
  readonly wish: Wish;
  readonly space: readonly Dimension[];
  readonly options: Params;
}

/** A list or a range: no other setting has these characters. */
function isSearched(text: string): boolean {
  return /[:,]/.test(text);
}

/** Reads `name=value` texts: a list or a range is searched, one value is fixed. Every fault is told. */
export function readStudyWish(
  strategy: Strategy,
  texts: readonly string[],
): StudyWish | { readonly errors: readonly string[] } {
  const isOption = (text: string): boolean => STUDY_SPECS.some(({ name }) => text.startsWith(`${name}=`));
  const own = texts.filter(isOption);
  const others = texts.filter((text) => !isOption(text));
  const problems: string[] = [];
  const space = readSpace(strategy, others.filter(isSearched), problems);
  const wish = readWish(
    strategy,
    others.filter((text) => !isSearched(text)),
  );
  const options = parseParams(STUDY_SPECS, own);
  const errors = [
    // The words of the command line, where what is searched stands behind an option of its own.
    ...problems.map((problem) => problem.replaceAll(/--space:? ?/g, "")),
    ...("errors" in wish ? wish.errors : unasked(wish)),
    ...(options.kind === "invalid" ? options.errors : []),
  ];
  if (errors.length > 0 || "errors" in wish || options.kind === "invalid") return { errors };
  const asked = own.some((text) => text.startsWith("search="));
  return {
    wish,
    space,
    options: asked ? options.params : { ...options.params, search: usualSearch(space) },
  };
}

function unasked({ options: { mlFilter } }: Wish): readonly string[] {
  return mlFilter === undefined ? [] : [`ml_filter=${mlFilter}: ${FILTER_UNASKED}`];
}

function usualSearch(space: readonly Dimension[]): Study["search"] {
  return combinationsIn(space) <= SMALL_GRID ? "grid" : "tpe";
}

/** The study of what was asked for. */
export function studyOf(
  strategy: Strategy,
  { wish, space, options }: StudyWish,
  bars: Study["bars"],
  riskLimits: Limits,
): Study {
  const { costs, params } = wish;
  const walked = options["walk_forward"];
  return {
    strategyId: strategy.id,
    bars,
    params,
    rules: {
      ...costRules(costs),
      sizing: sizingOf(wish.options),
      maxPositionPct: wish.options.maxPositionPct,
      stopAtr: wish.options.stopAtr,
      roundToTick: true,
      riskLimits,
      exits: exitRulesOf(exitParams(wish.options)),
      gates: costs["gates"] === true,
    },
    space,
    search: wordOf(SEARCHES, options["search"]),
    trials: numberParam(options, "trials"),
    objective: wordOf(OBJECTIVES, options["objective"]),
    minTrades: numberParam(options, "min_trades"),
    seed: numberParam(options, "seed"),
    walkForward:
      typeof walked === "number"
        ? { windows: walked, inSampleParts: numberParam(options, "in_sample"), anchored: false }
        : null,
  };
}

function wordOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) throw new TypeError(`${String(value)} is none of ${words.join(", ")}`);
  return word;
}
