import type { Bar } from "./bar.ts";
import { isoTime } from "./iso-time.ts";

/** What is wrong with one value of a bar: the column and the rest of the sentence ("NaN is not a price"). */
export interface ValueFault {
  readonly column: "time" | "open" | "high" | "low" | "close" | "volume";
  readonly text: string;
}

/** A bar that must not reach a strategy: its place in the list, counted from 0, and one line that names it. */
export interface BarFault {
  readonly index: number;
  readonly text: string;
}

// Split adjustment multiplies each price on its own, so a close may pass its high in the last digits of the double.
const ROUNDING = 1e-9;

/**
 * Splits bars into those that may be traded on and those that may not: a price that is not finite or not positive, a high
 * below or a low above another price of the bar, a negative volume, a duplicate time, a time before the one of an earlier bar.
 * `name` (a symbol) stands in every fault: `AAPL bar 17 (2026-01-02T14:30:00Z): close NaN is not a price`; bars count from 0.
 */
export function checkBars(
  name: string,
  bars: readonly Bar[],
): { readonly sound: readonly Bar[]; readonly faults: readonly BarFault[] } {
  const sound: Bar[] = [];
  const faults: BarFault[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, bar] of bars.entries()) {
    const fault = timeFault(bar.time, last) ?? valueFault(bar.open, bar.high, bar.low, bar.close, bar.volume);
    if (fault === undefined) {
      sound.push(bar);
      last = bar.time;
    } else {
      const when = Number.isFinite(bar.time) ? ` (${isoTime(bar.time)})` : "";
      faults.push({ index, text: `${name} bar ${index}${when}: ${fault.column} ${fault.text}` });
    }
  }
  return { sound, faults };
}

function timeFault(time: number, last: number): ValueFault | undefined {
  if (!Number.isFinite(time)) return { column: "time", text: `${time} is not a time` };
  if (time === last) return { column: "time", text: "is there twice" };
  if (time < last) return { column: "time", text: `is out of order: it comes after ${isoTime(last)}` };
  return undefined;
}

/** Whether a bar passes at first sight; when false, `valueFault` says what is wrong, if anything. Cheap enough for every row of a file. */
export function looksSound(open: number, high: number, low: number, close: number, volume: number): boolean {
  return (
    low > 0 &&
    low <= open &&
    low <= close &&
    high >= open &&
    high >= close &&
    high < Number.POSITIVE_INFINITY &&
    volume >= 0 &&
    volume < Number.POSITIVE_INFINITY
  );
}

/** The first thing wrong with a bar's values, or undefined. */
export function valueFault(
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
): ValueFault | undefined {
  const prices = { open, high, low, close };
  for (const column of ["open", "high", "low", "close"] as const) {
    const price = prices[column];
    if (!(price > 0 && price < Number.POSITIVE_INFINITY)) return { column, text: `${price} is not a price` };
  }
  if (!(volume >= 0 && volume < Number.POSITIVE_INFINITY))
    return { column: "volume", text: `${volume} is not a volume` };
  for (const column of ["low", "open", "close"] as const)
    if (high < prices[column] * (1 - ROUNDING))
      return { column: "high", text: `${high} is below the ${column} ${prices[column]}` };
  for (const column of ["open", "close"] as const)
    if (low > prices[column] * (1 + ROUNDING))
      return { column: "low", text: `${low} is above the ${column} ${prices[column]}` };
  return undefined;
}
