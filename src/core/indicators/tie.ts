import { TIE_TOLERANCE } from "../signal.ts";

/**
 * Where `a` lies as seen from `b`: 1 above, -1 below, 0 equal, for two prices or averages at a bar with this close.
 * Equal is |a − b| <= 1e-12 × close: running and fresh sums of whole cents differ in the last digits of the double.
 */
export function side(a: number, b: number, close: number): -1 | 0 | 1 {
  const difference = a - b;
  const tie = TIE_TOLERANCE * close;
  return difference > tie ? 1 : difference < -tie ? -1 : 0;
}
