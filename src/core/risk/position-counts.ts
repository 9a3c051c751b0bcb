import type { Gate } from "./contract.ts";
import { countGate } from "./count-gate.ts";

/** Open positions and working entries of the whole account, external holdings and buy orders included. */
export const maxPositions: Gate = countGate({
  id: "max_positions",
  title: "Open positions",
  code: "MAX_POSITIONS",
  limit: "max_positions",
  label: () => "positions",
  count: (_entry, { holdings }) => holdings.length,
});

/** Those of one strategy, over all its runs. */
export const maxStrategyPositions: Gate = countGate({
  id: "max_positions_strategy",
  title: "Open positions of a strategy",
  code: "MAX_STRATEGY_POSITIONS",
  limit: "max_positions_strategy",
  label: ({ strategyId }) => `positions of ${strategyId}`,
  count: ({ strategyId }, { holdings }) => holdings.filter((each) => each.strategyId === strategyId).length,
});

/** Those in one symbol, whoever holds them. */
export const maxSymbolPositions: Gate = countGate({
  id: "max_positions_symbol",
  title: "Open positions in a symbol",
  code: "MAX_SYMBOL_POSITIONS",
  limit: "max_positions_symbol",
  label: ({ symbol }) => `positions in ${symbol}`,
  count: ({ symbol }, { holdings }) => holdings.filter((each) => each.symbol === symbol).length,
});
