import type { Strategy } from "./contract.ts";
import { numberParam } from "./read-params.ts";
import { ReturnKernel, returnPlot } from "./return-kernel.ts";

/** Follows a move of more than the threshold over the lookback. */
export const momentum: Strategy = {
  id: "momentum",
  title: "Momentum",
  description:
    "Buys when the close has risen by more than the threshold over the lookback, sells when it has fallen by more.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "lookback_period",
      kind: "integer",
      default: 20,
      min: 1,
      max: 1000,
      description: "bars to look back",
    },
    {
      name: "momentum_threshold",
      kind: "number",
      default: 0.02,
      min: 0,
      max: 10,
      description: "move that counts, as a fraction (0.02 is 2%)",
    },
  ],
  warmupBars: (params) => numberParam(params, "lookback_period"),
  longestPeriod: (params) => numberParam(params, "lookback_period"),
  timeframes: () => [],
  kernel: (params) =>
    new ReturnKernel(numberParam(params, "lookback_period"), numberParam(params, "momentum_threshold")),
  plot: (params, bars) =>
    returnPlot(numberParam(params, "lookback_period"), numberParam(params, "momentum_threshold"), bars),
};
