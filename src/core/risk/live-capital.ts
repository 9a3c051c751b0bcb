import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";
import { passed } from "./verdict.ts";

/** Real money at work stays under ALPHAFLOW_LIVE_MAX_CAPITAL; paper has no such cap. */
export const liveCapital: Gate = {
  id: "live_capital",
  title: "Live capital cap",
  check({ shares, price }, { holdings, maxCapital }) {
    if (maxCapital === undefined) return passed("live_capital", "paper: no cap on capital", { limit: null });
    const exposure = holdings.reduce((sum, each) => sum + each.value, 0);
    return atMost({
      gate: "live_capital",
      code: "LIVE_CAPITAL",
      label: "capital at work",
      unit: "$",
      before: exposure,
      after: exposure + shares * price,
      limit: maxCapital,
      note: "ALPHAFLOW_LIVE_MAX_CAPITAL",
    });
  },
};
