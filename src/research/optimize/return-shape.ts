/** How returns are distributed, as the probabilistic Sharpe ratio looks at them; null where a figure is not defined. */
export interface ReturnShape {
  /** Returns there are. */
  readonly count: number;
  /** Mean ÷ sample deviation (divided by count − 1), not annualised. */
  readonly sharpe: number | null;
  /** Third standardised moment of the population, 0 for a symmetric distribution. */
  readonly skewness: number | null;
  /** Fourth standardised moment of the population, 3 for a normal distribution. */
  readonly kurtosis: number | null;
}

/** The shape of fractional returns. Moments are taken about the mean in a second pass. */
export function shapeOf(returns: readonly number[]): ReturnShape {
  const count = returns.length;
  let sum = 0;
  for (const each of returns) sum += each;
  const mean = sum / count;
  let squares = 0;
  let cubes = 0;
  let fourths = 0;
  for (const each of returns) {
    const apart = each - mean;
    const square = apart * apart;
    squares += square;
    cubes += square * apart;
    fourths += square * square;
  }
  const variance = squares / count;
  // Returns that are all the same have no deviation, only rounding.
  if (count < 2 || !(Math.sqrt(variance) > 1e-15))
    return { count, sharpe: null, skewness: null, kurtosis: null };
  return {
    count,
    sharpe: mean / Math.sqrt(squares / (count - 1)),
    skewness: cubes / count / variance ** 1.5,
    kurtosis: fourths / count / variance ** 2,
  };
}
