import type { Gate } from "./contract.ts";

/** Real money at work stays under ALPHAFLOW_LIVE_MAX_CAPITAL; paper has no such cap. */
export const liveCapital: Gate = {
  id: "live_capital",
  title: "Live capital cap",
  check({ shares, price }, { exposure, maxCapital }) {
    const wouldBe = exposure + shares * price;
    const ok = maxCapital === undefined || wouldBe <= maxCapital;
    return {
      gate: "live_capital",
      ok,
      ...(ok ? {} : { code: "LIVE_CAPITAL" as const }),
      text:
        maxCapital === undefined
          ? "paper: no cap on capital"
          : `capital at work would be $${wouldBe.toFixed(2)} of $${maxCapital.toFixed(2)} (ALPHAFLOW_LIVE_MAX_CAPITAL)`,
      figures: { exposure, wouldBe, ...(maxCapital === undefined ? {} : { maxCapital }) },
    };
  },
};
