import type { CandleDrawing } from "../../message.ts";
import type { PriceAxis } from "./price-axis.ts";
import { COLOUR, FONT, SIZE } from "./theme.ts";

type Side = CandleDrawing["marks"][number]["side"];

interface Placed {
  readonly index: number;
  readonly price: number;
  readonly count: number;
}

const STYLE = {
  buy: { name: "bought", symbol: "path://M0 9L10 9L5 0Z", colour: COLOUR.buy, away: 1 },
  sell: { name: "sold", symbol: "path://M0 0L10 0L5 9Z", colour: COLOUR.sell, away: -1 },
} as const;

/** Up to so many marks have room for rings and numbers. */
const FEW = 16;

/**
 * Purchases as triangles below their candle, sales above. While they are few a ring shows the price, and several on one bar
 * have their number; many are small triangles alone.
 */
export function markSeries(drawing: CandleDrawing, axis: PriceAxis): readonly object[] {
  const sides = (["buy", "sell"] as const).map((side) => ({ side, placed: placeMarks(drawing, side) }));
  const few = sides.reduce((sum, { placed }) => sum + placed.length, 0) <= FEW;
  return sides
    .filter(({ placed }) => placed.length > 0)
    .flatMap(({ side, placed }) => [
      triangles(drawing, { side, placed, few }, axis),
      ...(few ? [rings(side, placed)] : []),
    ]);
}

function placeMarks({ bars, marks }: CandleDrawing, side: Side): readonly Placed[] {
  const byBar = new Map<number, { price: number; count: number }>();
  for (const mark of marks) {
    if (mark.side !== side) continue;
    const index = barAt(bars.time, mark.time);
    if (index === undefined) continue;
    const before = byBar.get(index);
    byBar.set(index, { price: mark.price, count: (before?.count ?? 0) + 1 });
  }
  return [...byBar].map(([index, mark]) => ({ index, ...mark }));
}

/** The bar during which something happened: the last one that had begun; undefined before the first. */
function barAt(times: readonly number[], at: number): number | undefined {
  const after = times.findIndex((time) => time > at);
  const index = (after < 0 ? times.length : after) - 1;
  return index < 0 ? undefined : index;
}

function triangles(
  { bars }: CandleDrawing,
  { side, placed, few }: { readonly side: Side; readonly placed: readonly Placed[]; readonly few: boolean },
  axis: PriceAxis,
): object {
  const { name, symbol, colour, away } = STYLE[side];
  const size = few ? 24 : 16;
  const edge = (index: number, price: number): number =>
    side === "buy" ? Math.min(price, bars.low[index] ?? price) : Math.max(price, bars.high[index] ?? price);
  return {
    type: "scatter",
    name,
    symbol,
    symbolSize: [size, size],
    symbolOffset: [0, away * size],
    itemStyle: { color: colour, borderColor: COLOUR.ground, borderWidth: 2, opacity: 1 },
    z: 6,
    data: placed.map(({ index, price, count }) => ({
      value: [index, clamp(edge(index, price), axis)],
      label: {
        show: few && count > 1,
        formatter: `×${count}`,
        position: side === "buy" ? "bottom" : "top",
        distance: size * 0.9,
        color: colour,
        fontFamily: FONT,
        fontSize: SIZE.small,
      },
    })),
  };
}

function rings(side: Side, placed: readonly Placed[]): object {
  return {
    type: "scatter",
    symbol: "circle",
    symbolSize: 12,
    itemStyle: { color: COLOUR.ground, borderColor: STYLE[side].colour, borderWidth: 3, opacity: 1 },
    z: 5,
    data: placed.map(({ index, price }) => [index, price]),
  };
}

function clamp(price: number, { min, max }: PriceAxis): number {
  return Math.min(Math.max(price, min), max);
}
