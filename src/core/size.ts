/** Whole shares for `fraction` of equity: floor(fraction × equity / price), in that order of operations (STRATEGIES.md). */
export function sizeShares(fraction: number, equity: number, price: number): number {
  return Math.floor((fraction * equity) / price);
}
