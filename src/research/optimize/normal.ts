/** ln √(2π) */
const LOG_ROOT_TWO_PI = 0.918_938_533_204_672_8;
/** Beyond it the tail is below what a double can tell from 0 or 1. */
const FAR = 8.3;

/** Probability that a standard normal variable is at most `x`; 15 digits. The series of Marsaglia, "Evaluating the Normal Distribution" (2004). */
export function normalCdf(x: number): number {
  if (x <= -FAR) return 0;
  if (x >= FAR) return 1;
  let term = x;
  let sum = x;
  let before = Number.NaN;
  for (let odd = 3; sum !== before; odd += 2) {
    before = sum;
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - LOG_ROOT_TWO_PI);
}

/** The `x` below which a standard normal variable lies with probability `p`, 0 < p < 1; by halving, 1e-9 or better up to 1 in a million. */
export function normalQuantile(p: number): number {
  let low = -FAR;
  let high = FAR;
  for (let halving = 0; halving < 60; halving += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
