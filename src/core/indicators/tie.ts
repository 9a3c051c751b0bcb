import { TIE_TOLERANCE } from "../signal.ts";

/** Here once more: what a module imports is read from memory at each use. */
const TIE = TIE_TOLERANCE;

/**
 * Where `a` lies as seen from `b`: 1 above, -1 below, 0 equal, for two prices or averages at a bar with this close.
 * Equal is |a − b| <= 1e-12 × close: running and fresh sums of whole cents differ in the last digits of the double.
 */
export function side(a: number, b: number, close: number): number {
  const difference = a - b;
  const tie = TIE * close;
  // A difference, not a choice: see signalOf. Spelled out, as a call here costs more than the comparison.
  return Number(difference > tie) - Number(difference < -tie);
}

/** Whether `a` is above `b` and not equal to it, as `side` has it. */
export function isAbove(a: number, b: number, close: number): boolean {
  return a - b > TIE * close;
}
