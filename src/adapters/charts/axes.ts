import { COLOUR, FONT, SIZE } from "./theme.ts";
import type { Axis } from "./figures.ts";

/** One plot on the sheet, px. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

const LABEL = { color: COLOUR.soft, fontFamily: FONT, fontSize: SIZE.text };

/** Time without gaps: each point has the same room, so nights and weekends take none. */
export function timeAxis(
  gridIndex: number,
  count: number,
  labels: ReadonlyMap<number, string>,
  shown: boolean,
): object {
  return {
    type: "category",
    gridIndex,
    data: Array.from({ length: count }, (_, index) => index),
    axisLine: { lineStyle: { color: COLOUR.grid } },
    axisTick: { show: false },
    splitLine: {
      show: true,
      interval: (index: number) => labels.has(index),
      lineStyle: { color: COLOUR.grid, opacity: 0.6 },
    },
    axisLabel: {
      ...LABEL,
      show: shown,
      margin: 14,
      alignMinLabel: "left",
      interval: (index: number) => labels.has(index),
      formatter: (_value: string, index: number) => labels.get(index) ?? "",
    },
  };
}

export function valueAxis(gridIndex: number, axis: Axis, text: (value: number) => string): object {
  return {
    type: "value",
    gridIndex,
    position: "right",
    min: axis.min,
    max: axis.max,
    interval: axis.step,
    axisLine: { show: false },
    axisTick: { show: false, customValues: axis.ticks },
    splitLine: { lineStyle: { color: COLOUR.grid } },
    axisLabel: { ...LABEL, margin: 14, customValues: axis.ticks, formatter: text },
  };
}
