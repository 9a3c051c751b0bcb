import { FEATURES } from "../core/filter/features.ts";
import type { Params, Strategy } from "../core/strategies/contract.ts";
import { defaultParams, parseParams } from "../core/strategies/params.ts";
import { findStrategy } from "./cli.ts";
import type { Dimension } from "./optimize/contract.ts";
import { readSpace } from "./optimize/read-space.ts";

/** Wilder averages depend on where they start; live runs fetch ten times the longest period, too. */
const HISTORY_FACTOR = 10;

/** What is tested. */
interface Tested {
  readonly params: Params;
  /** Values that a search gives some of the parameters. */
  readonly space?: readonly Dimension[];
  /** Whether a signal filter is asked or trained. */
  readonly filtered: boolean;
}

/** Bars before a period that warm up the indicators of a strategy, whatever a search sets, and the features of a filter. */
export function warmupBars(strategy: Strategy, { params, space = [], filtered }: Tested): number {
  const highest = { ...params, ...Object.fromEntries(space.flatMap(highestOf)) };
  const periods = [params, highest].flatMap((each) => [
    strategy.longestPeriod(each),
    strategy.warmupBars(each),
  ]);
  return Math.max(HISTORY_FACTOR * Math.max(...periods), filtered ? FEATURES.bars : 0);
}

function highestOf(dimension: Dimension): readonly (readonly [string, number])[] {
  if (dimension.kind === "range") return [[dimension.name, dimension.high]];
  const numbers = dimension.values.filter((value) => typeof value === "number");
  return numbers.length === 0 ? [] : [[dimension.name, Math.max(...numbers)]];
}

/** What a command line says of settings, not checked yet: `name=value`, and for a search `name=values`. */
interface Written {
  readonly filtered: boolean;
  readonly param?: readonly string[] | undefined;
  readonly space?: readonly string[] | undefined;
}

/**
 * As `warmupBars`, for a command that reads its bars before it reads its options: settings that are wrong count as the defaults,
 * and are told with all else that is. Throws a UsageError for an unknown strategy.
 */
export function warmupBarsOf(strategyId: string, { param = [], space = [], filtered }: Written): number {
  const strategy = findStrategy(strategyId);
  const parsed = parseParams(strategy.params, param);
  const params = parsed.kind === "ok" ? parsed.params : defaultParams(strategy.params);
  return warmupBars(strategy, {
    params,
    space: space.length === 0 ? [] : readSpace(strategy, space, []),
    filtered,
  });
}
