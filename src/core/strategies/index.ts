import { unknownName } from "../suggest.ts";
import type { Strategy } from "./contract.ts";
import { maCrossover } from "./ma-crossover.ts";
import { meanReversion } from "./mean-reversion.ts";
import { momentum } from "./momentum.ts";
import { multiTimeframe } from "./multi-timeframe.ts";
import { quickTest } from "./quick-test.ts";
import { rsiMeanReversion } from "./rsi-mean-reversion.ts";
import { volatilityBreakout } from "./volatility-breakout.ts";

/** The seven of STRATEGIES.md, in the order in which they are listed. To add one: a file here and a line in this list. */
const BUILT_IN: readonly Strategy[] = [
  maCrossover,
  rsiMeanReversion,
  momentum,
  meanReversion,
  quickTest,
  multiTimeframe,
  volatilityBreakout,
];

/** A desk's own strategies as they were found in files. */
export interface OwnStrategies {
  /** Where the files lie: other threads load them from there. */
  readonly directory?: string;
  readonly loaded: readonly { readonly file: string; readonly strategy: Strategy }[];
  /** Files that are no strategy, each with the reason. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

const known: Strategy[] = [...BUILT_IN];
let own: OwnStrategies = { loaded: [], leftOut: [] };

/** Every strategy there is: the built-in ones, then a desk's own. */
export const strategies: readonly Strategy[] = known;

/** The desk's own strategies, and what was left out. */
export function ownStrategies(): OwnStrategies {
  return own;
}

/**
 * Makes a desk's own strategies known to this process or thread; called once, before anything asks for one. An id that is
 * taken is left out. Returns what stands.
 */
export function registerOwnStrategies(found: OwnStrategies): OwnStrategies {
  const taken = new Map(BUILT_IN.map(({ id }) => [id, "a built-in strategy"]));
  const loaded: OwnStrategies["loaded"][number][] = [];
  const leftOut = [...found.leftOut];
  for (const each of found.loaded) {
    const { id } = each.strategy;
    const holder = taken.get(id);
    if (holder === undefined) loaded.push(each);
    else leftOut.push({ file: each.file, reason: `id ${id} is taken by ${holder}; choose another` });
    taken.set(id, holder ?? each.file);
  }
  own = { ...found, loaded, leftOut };
  known.splice(BUILT_IN.length, known.length, ...loaded.map(({ strategy }) => strategy));
  return own;
}

/** The strategy with this id, or undefined; `unknownStrategy` then says what would be right. */
export function strategyById(id: string): Strategy | undefined {
  return strategies.find((strategy) => strategy.id === id);
}

/** The strategy in words, a desk's own with its file: `two_up (strategies/two-up.js)`. */
export function strategyName(id: string): string {
  const file = own.loaded.find(({ strategy }) => strategy.id === id)?.file;
  return file === undefined ? id : `${id} (strategies/${file})`;
}

/** `unknown strategy momentun; did you mean momentum?` */
export function unknownStrategy(id: string): string {
  return unknownName(
    "strategy",
    id,
    strategies.map((strategy) => strategy.id),
  );
}
