/**
 * One step of Wilder's smoothing over values that start at bar 1: up to bar `period` their sum, at bar `period` their simple
 * mean, from there avg = (avg × (period − 1) + new) / period. An average only from bar `period` on.
 */
export function wilderStep(bar: number, average: number, value: number, period: number): number {
  if (bar > period) return (average * (period - 1) + value) / period;
  const sum = average + value;
  return bar === period ? sum / period : sum;
}
