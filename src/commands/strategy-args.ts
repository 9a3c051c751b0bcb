import { strategies } from "../core/strategies/index.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Desk, RunView } from "../ports.ts";
import { readTag } from "../app/journal.ts";
import type { Args, ArgSpec } from "./contract.ts";
import { echo } from "./words.ts";

export const STRATEGY: ArgSpec = {
  name: "strategy",
  kind: "strategy",
  required: true,
  description: "id of the strategy, e.g. momentum",
};

/** A run, all runs of a strategy, or every run. */
export const RUNS: ArgSpec = {
  name: "run",
  kind: "run",
  required: true,
  description: "id of a run, id of a strategy, or all",
  words: ["all"],
};

/** Narrows a list to one strategy; orders by hand count as the strategy `manual`. */
export const STRATEGY_FILTER: ArgSpec = {
  name: "strategy",
  kind: "strategy",
  required: false,
  description: "only this strategy (manual: by hand)",
  words: ["manual"],
};

export const SYMBOL_FILTER: ArgSpec = {
  name: "symbol",
  kind: "symbol",
  required: false,
  description: "only this symbol",
};

/** Narrows a list to one tag of the journal. */
export const TAG_FILTER: ArgSpec = {
  name: "tag",
  kind: "text",
  completes: "tags",
  required: false,
  named: true,
  description: "only what has this tag",
};

/** The tag that was asked for, as tags are kept. */
export function readTagFilter({ values }: Args): string | undefined {
  const { tag } = values;
  return tag === undefined ? undefined : (readTag(tag) ?? tag);
}

export type NamedRuns =
  | { readonly kind: "found"; readonly which: string; readonly views: readonly RunView[] }
  | { readonly kind: "unknown"; readonly text: string };

/** The runs that a word names, and the word as the desk knows it; stopped runs only by their own id. */
export async function namedRuns(desk: Desk, word: string): Promise<NamedRuns> {
  const views = await desk.runs();
  const active = views.filter(({ run }) => run.status !== "stopped");
  const wanted = word.toLowerCase();
  const one = views.find(({ run }) => run.id.toLowerCase() === wanted);
  if (one !== undefined) return { kind: "found", which: one.run.id, views: [one] };
  if (wanted === "all")
    return active.length > 0
      ? { kind: "found", which: "all", views: active }
      : { kind: "unknown", text: "no strategy is running; /strategy start begins one" };
  const ofStrategy = active.filter(({ run }) => run.strategyId === wanted);
  if (ofStrategy.length > 0) return { kind: "found", which: wanted, views: ofStrategy };
  if (strategies.some((strategy) => strategy.id === wanted))
    return { kind: "unknown", text: `${wanted} is not running; /strategy start ${wanted} SYMBOLS begins it` };
  return { kind: "unknown", text: unknownRun(word, active) };
}

function unknownRun(word: string, active: readonly RunView[]): string {
  const names = [...new Set(active.flatMap(({ run }) => [run.id, run.strategyId]))];
  if (names.length === 0) return `unknown run ${echo(word)}; no strategy is running`;
  const near = didYouMean(word, [...names, ...strategies.map((strategy) => strategy.id)]);
  return `unknown run ${echo(word)}; ${near === undefined ? `running: ${names.join(", ")}` : `did you mean ${near}?`}`;
}
