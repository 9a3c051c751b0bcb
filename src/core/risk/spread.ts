import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";
import { passed, refused } from "./verdict.ts";

/** Ask less bid may be `spread_pct` of the mid price; without a two-sided quote there is no entry. */
export const spread: Gate = {
  id: "spread",
  title: "Spread",
  check({ symbol }, { market: { quote }, limits }) {
    const limit = limits.spread_pct;
    if (limit === null) return passed("spread", "no spread limit", { limit });
    if (quote === undefined || !(quote.bid > 0) || !(quote.ask > 0))
      return refused("spread", "SPREAD", `no two-sided quote of ${symbol}`, { limit, unit: "%" });
    const width = ((quote.ask - quote.bid) / ((quote.ask + quote.bid) / 2)) * 100;
    return atMost({
      gate: "spread",
      code: "SPREAD",
      label: "spread",
      unit: "%",
      before: width,
      after: width,
      limit,
      figures: { bid: quote.bid, ask: quote.ask },
    });
  },
};
