import { signedPercent } from "../figures.ts";
import type { FilterComparison } from "./scores.ts";

/** Fewer trades than this prove nothing either way. */
const LEAST_TRADES = 20;

export interface Verdict {
  readonly beats: boolean;
  /** One sentence that a trader can read. */
  readonly text: string;
}

/**
 * Whether the filter is better than none: only where the 95% interval of the difference in expectancy lies above 0, on at
 * least 20 filtered trades.
 */
export function verdictOf({ threshold, unfiltered, filtered, difference }: FilterComparison): Verdict {
  const at = threshold.toFixed(2);
  if (unfiltered.trades === 0)
    return {
      beats: false,
      text: `At ${at} nothing can be said: the strategy made no trade in the compared period.`,
    };
  if (difference === null)
    return {
      beats: false,
      text: `At ${at} the filter does not beat no filter: it let none of ${unfiltered.trades} trades through.`,
    };
  const interval = `${signedPercent(difference.value)} a trade, 95% interval ${signedPercent(difference.low)} to ${signedPercent(difference.high)}, on ${filtered.trades} of ${unfiltered.trades} trades`;
  if (filtered.trades < LEAST_TRADES)
    return {
      beats: false,
      text: `At ${at} the filter does not beat no filter: ${interval}; fewer than ${LEAST_TRADES} trades prove nothing.`,
    };
  if (difference.high < 0)
    return { beats: false, text: `At ${at} the filter is worse than no filter: ${interval}.` };
  if (difference.low <= 0)
    return {
      beats: false,
      text: `At ${at} the filter does not beat no filter: ${interval}; that may be chance.`,
    };
  return { beats: true, text: `At ${at} the filter beats no filter: ${interval}.` };
}
