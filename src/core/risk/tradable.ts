import type { Gate } from "./contract.ts";
import { passed, refused } from "./verdict.ts";

/** The broker lists the symbol and lets it be traded. */
export const tradable: Gate = {
  id: "tradable",
  title: "Tradable",
  check({ symbol }, { market }) {
    if (market.tradable === true) return passed("tradable", "tradable");
    return refused(
      "tradable",
      "NOT_TRADABLE",
      market.tradable === false
        ? `${symbol} is not tradable at the broker now`
        : `the broker does not know ${symbol}`,
    );
  },
};
