import type { ExitPlan } from "./plan.ts";
import { priceAtRisk, reaches, type Held } from "./risk.ts";

export interface Raise {
  /** Unrounded, USD; above the stop in force. */
  readonly stop: number;
  readonly by: "trailing" | "breakeven";
}

/** Where the plan puts the stop now that the highest price is known; undefined when that is not higher than it is. It never falls. */
export function raisedStop(plan: ExitPlan, held: Held): Raise | undefined {
  const trailing = trailingStop(plan, held);
  const breakeven = breakevenStop(plan, held);
  const by = trailing >= breakeven ? "trailing" : "breakeven";
  const stop = Math.max(trailing, breakeven);
  return stop > held.stop ? { stop, by } : undefined;
}

/** 0 while nothing trails. */
function trailingStop({ trailPct, trailBy, trailAfterR }: ExitPlan, held: Held): number {
  const { highWater } = held;
  if (trailAfterR > 0 && !reaches(highWater, priceAtRisk(held, trailAfterR))) return 0;
  if (trailPct !== null) return highWater * (1 - trailPct / 100);
  return trailBy === null ? 0 : highWater - trailBy;
}

function breakevenStop({ breakevenR }: ExitPlan, held: Held): number {
  return breakevenR !== null && reaches(held.highWater, priceAtRisk(held, breakevenR)) ? held.entryPrice : 0;
}
