/** `7 more bars needed` with singular and plural; `missing` >= 1. */
export function barsNeeded(missing: number, timeframe = ""): string {
  const kind = timeframe === "" ? "" : `${timeframe} `;
  return `${missing} more ${kind}${missing === 1 ? "bar" : "bars"}`;
}

/** The reason while values are still missing: `warming up: 7 more bars needed`. */
export function warmingUp(missing: number): string {
  return `warming up: ${barsNeeded(missing)} needed`;
}

/** A figure as a trader reads it: six significant digits, never an exponent. 186.30999 → 186.31, 1.07219 → 1.07219. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return value.toFixed(0);
  const rounded = Number(value.toPrecision(6));
  return Math.abs(rounded) >= 1e-6 || rounded === 0 ? String(rounded) : rounded.toFixed(12);
}

/** A fraction in percent, to the hundredth: 0.0234 → 2.34%; finer where that would read as nothing. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  return `${Math.abs(value) >= 0.1 ? Number(value.toFixed(2)) : figure(Number(value.toPrecision(3)))}%`;
}

/** The figures that exist: NaN stands for a value that does not. */
export function knownFigures(figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
}
