import type { Strategy } from "./contract.ts";
import { numberParam } from "./read-params.ts";
import { ReturnKernel, returnPlot } from "./return-kernel.ts";

/** Trades nearly every move of one bar: to see the machinery work, not to earn. */
export const quickTest: Strategy = {
  id: "quick_test",
  title: "Quick Test",
  description:
    "Buys when one bar rises by more than the threshold, sells when one falls by more: trades soon and often, to see the bot work.",
  defaultTimeframe: "1Min",
  params: [
    {
      name: "threshold",
      kind: "number",
      default: 0.001,
      min: 0,
      max: 10,
      description: "move of one bar that counts, as a fraction (0.001 is 0.1%)",
    },
  ],
  warmupBars: () => 1,
  longestPeriod: () => 1,
  timeframes: () => [],
  kernel: (params) => new ReturnKernel(1, numberParam(params, "threshold")),
  plot: (params, bars) => returnPlot(1, numberParam(params, "threshold"), bars),
};
