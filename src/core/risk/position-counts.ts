import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";

/** Open positions and working entries of the whole account, external holdings included. */
export const maxPositions: Gate = {
  id: "max_positions",
  title: "Open positions",
  check(_entry, { holdings, limits }) {
    return atMost({
      gate: "max_positions",
      code: "MAX_POSITIONS",
      label: "positions",
      unit: "count",
      before: holdings.length,
      after: holdings.length + 1,
      limit: limits.max_positions,
    });
  },
};

/** Those of one strategy, over all its runs. */
export const maxStrategyPositions: Gate = {
  id: "max_positions_strategy",
  title: "Open positions of a strategy",
  check({ strategyId }, { holdings, limits }) {
    const open = holdings.filter((each) => each.strategyId === strategyId).length;
    return atMost({
      gate: "max_positions_strategy",
      code: "MAX_STRATEGY_POSITIONS",
      label: `positions of ${strategyId}`,
      unit: "count",
      before: open,
      after: open + 1,
      limit: limits.max_positions_strategy,
    });
  },
};

/** Those in one symbol, whoever holds them. */
export const maxSymbolPositions: Gate = {
  id: "max_positions_symbol",
  title: "Open positions in a symbol",
  check({ symbol }, { holdings, limits }) {
    const open = holdings.filter((each) => each.symbol === symbol).length;
    return atMost({
      gate: "max_positions_symbol",
      code: "MAX_SYMBOL_POSITIONS",
      label: `positions in ${symbol}`,
      unit: "count",
      before: open,
      after: open + 1,
      limit: limits.max_positions_symbol,
    });
  },
};
