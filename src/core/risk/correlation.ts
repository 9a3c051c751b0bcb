/** Closes of daily bars by their exchange day (YYYY-MM-DD), oldest first. */
export type DailyCloses = ReadonlyMap<string, number>;

/** Daily returns that are compared, and how few of them say nothing. */
const RETURNS = 60;
const FEWEST_RETURNS = 30;

/**
 * Pearson's correlation of two symbols' daily returns over the newest 60 days that both have, −1 to 1. Undefined with fewer
 * than 30 common returns, or when one of them never moved.
 */
export function correlationOf(one: DailyCloses, other: DailyCloses): number | undefined {
  const days = [...one.keys()].filter((day) => other.has(day)).slice(-(RETURNS + 1));
  const x = returnsOn(days, one);
  const y = returnsOn(days, other);
  if (x.length < FEWEST_RETURNS) return undefined;
  const [meanX, meanY] = [mean(x), mean(y)];
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  for (const [index, each] of x.entries()) {
    const dx = each - meanX;
    const dy = (y[index] ?? meanY) - meanY;
    covariance += dx * dy;
    varianceX += dx * dx;
    varianceY += dy * dy;
  }
  // Prices that never moved leave only rounding behind.
  if (varianceX < FLAT || varianceY < FLAT) return undefined;
  return covariance / Math.sqrt(varianceX * varianceY);
}

const FLAT = 1e-18;

/** From each day to the next of the list: a day that one symbol lacks is bridged in both. */
function returnsOn(days: readonly string[], closes: DailyCloses): readonly number[] {
  const prices = days.map((day) => closes.get(day) ?? Number.NaN);
  return prices.slice(1).map((price, index) => price / (prices[index] ?? Number.NaN) - 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
