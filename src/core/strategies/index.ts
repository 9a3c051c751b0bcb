import { unknownName } from "../suggest.ts";
import type { Strategy } from "./contract.ts";
import { maCrossover } from "./ma-crossover.ts";
import { meanReversion } from "./mean-reversion.ts";
import { momentum } from "./momentum.ts";
import { multiTimeframe } from "./multi-timeframe.ts";
import { quickTest } from "./quick-test.ts";
import { rsiMeanReversion } from "./rsi-mean-reversion.ts";
import { volatilityBreakout } from "./volatility-breakout.ts";

/** Every strategy there is, in the order in which they are listed. To add one: a file here and a line in this list. */
export const strategies: readonly Strategy[] = [
  maCrossover,
  rsiMeanReversion,
  momentum,
  meanReversion,
  quickTest,
  multiTimeframe,
  volatilityBreakout,
];

/** The strategy with this id, or undefined; `unknownStrategy` then says what would be right. */
export function strategyById(id: string): Strategy | undefined {
  return strategies.find((strategy) => strategy.id === id);
}

/** `unknown strategy momentun; did you mean momentum?` */
export function unknownStrategy(id: string): string {
  return unknownName(
    "strategy",
    id,
    strategies.map((strategy) => strategy.id),
  );
}
