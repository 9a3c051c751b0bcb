import type { Timeframe } from "../bar.ts";
import type { ExitRules } from "./rules.ts";

/**
 * What a position carries of its run's exit rules: written with the entry order, so that neither a crash nor a later
 * `/strategy set` changes how it is left. The target is not in it: it is a price of its own.
 */
export interface ExitPlan {
  /** Trailing stop in percent under the highest price; null is none. */
  readonly trailPct: number | null;
  /** Trailing stop in USD under the highest price: a multiple of the decision's ATR(14), fixed then; null is none. */
  readonly trailBy: number | null;
  readonly trailAfterR: number;
  readonly breakevenR: number | null;
  readonly timeStopBars: number | null;
  /** Whose bars the time stop counts; null in a backtest, which counts its own. */
  readonly timeframe: Timeframe | null;
  readonly partialR: number | null;
  readonly partialFraction: number;
}

const HALF = 0.5;

/** The plan of an entry decided now; null when the rules ask for nothing that it would hold. `atr`: ATR(14) at the signal bar. */
export function planExits(
  rules: ExitRules,
  timeframe: Timeframe | null,
  atr: number | undefined,
): ExitPlan | null {
  const { trailPct, trailAtr, breakevenR, timeStopBars, partialR } = rules;
  const some = [trailPct, trailAtr, breakevenR, timeStopBars, partialR].some((each) => each !== undefined);
  if (!some) return null;
  return {
    trailPct: trailPct ?? null,
    trailBy: trailAtr === undefined || atr === undefined ? null : trailAtr * atr,
    trailAfterR: rules.trailAfterR ?? 0,
    breakevenR: breakevenR ?? null,
    timeStopBars: timeStopBars ?? null,
    timeframe,
    partialR: partialR ?? null,
    partialFraction: rules.partialFraction ?? HALF,
  };
}

/** Whether anything in the plan moves the stop, so that the highest price matters. */
export function movesStop(plan: ExitPlan): boolean {
  return plan.trailPct !== null || plan.trailBy !== null || plan.breakevenR !== null;
}
