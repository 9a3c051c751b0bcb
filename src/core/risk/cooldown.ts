import type { Gate } from "./contract.ts";
import { passed, refused } from "./verdict.ts";

const MINUTE_MS = 60_000;

/** After a stop-loss a run (a person, by hand) stays out of that symbol for `cooldown_minutes`. */
export const cooldown: Gate = {
  id: "cooldown",
  title: "Cooldown after a stop-loss",
  check({ runId }, { trades, nowMs, limits }) {
    const limit = limits.cooldown_minutes;
    const stop = trades.find((trade) => trade.stoppedOut && trade.runId === runId);
    if (limit === null) return passed("cooldown", "no cooldown", { limit });
    if (stop === undefined) return passed("cooldown", "no stop-loss lately", { limit });
    const minutes = (nowMs - stop.exitTime) / MINUTE_MS;
    const text = `${Math.max(0, Math.floor(minutes))} of ${limit} min since the stop-loss`;
    const measured = { limit, unit: "min" as const, before: minutes, after: minutes };
    return minutes < limit
      ? refused("cooldown", "COOLDOWN", text, measured)
      : passed("cooldown", text, measured);
  },
};
