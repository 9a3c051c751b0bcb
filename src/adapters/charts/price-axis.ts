import type { CandleDrawing } from "../../message.ts";
import { axisOf, grouped, type Axis } from "./figures.ts";

export interface PriceAxis extends Axis {
  /** A price as its tag shows it. */
  text(price: number): string;
}

/** A level this many times the candles' span away is not worth squeezing the candles for: its tag stands at the edge. */
const REACH = 0.6;
const PADDING = 0.06;

/** Holds every candle, and levels and averages that are near enough. */
export function priceAxis({ bars, lines, levels }: CandleDrawing): PriceAxis {
  const low = Math.min(...bars.low);
  const high = Math.max(...bars.high);
  // A single price has no span: one per cent of it is room enough.
  const span = high > low ? high - low : high * 0.01;
  const near = (value: number | null): value is number =>
    value !== null && value > low - REACH * span && value < high + REACH * span;
  const seen = [
    low,
    high,
    ...lines.flatMap(({ values }) => values.filter(near)),
    ...levels.map(({ price }) => price).filter(near),
  ];
  const bottom = Math.min(...seen);
  const top = Math.max(...seen);
  const padding = Math.max(top - bottom, span) * PADDING;
  const axis = axisOf(Math.max(0, bottom - padding), top + padding, 6);
  const decimals = tagDecimals(high, axis.decimals);
  return { ...axis, text: (price) => grouped(price, decimals) };
}

/** Cents, as stocks are quoted; below a dollar one place more than tells the ticks apart; none where a cent is nothing. */
function tagDecimals(high: number, ofTicks: number): number {
  if (high >= 100_000) return ofTicks;
  return high >= 1 ? Math.max(2, ofTicks) : Math.max(4, ofTicks + 1);
}
