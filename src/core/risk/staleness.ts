import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";
import { passed, refused } from "./verdict.ts";

/** While the market is open the latest trade may be `stale_seconds` old, in market time. */
export const staleness: Gate = {
  id: "staleness",
  title: "Age of the price",
  check({ symbol }, { market: { nowMs, isOpen, last }, limits }) {
    const limit = limits.stale_seconds;
    if (limit === null) return passed("staleness", "no limit on the price's age", { limit });
    if (!isOpen) return passed("staleness", "market closed");
    if (last === undefined)
      return refused("staleness", "STALE", `no latest trade of ${symbol}`, { limit, unit: "s" });
    const age = Math.max(0, (nowMs - last.atMs) / 1_000);
    return atMost({
      gate: "staleness",
      code: "STALE",
      label: "last trade, s ago:",
      unit: "s",
      before: age,
      after: age,
      limit,
    });
  },
};
