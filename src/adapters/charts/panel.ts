import type { CandleDrawing } from "../../message.ts";
import { axisOf, grouped, type Axis } from "./figures.ts";
import { COLOUR, SIZE } from "./theme.ts";

export const PANEL_HEIGHT = 150;

type Panel = NonNullable<CandleDrawing["panel"]>;

interface PanelAxis extends Axis {
  readonly text: (value: number) => string;
}

/** Holds every value and level; the levels are its ticks. Levels that lie too close for two labels have one: `±0.1`. */
export function panelAxis({ values, levels }: Panel): PanelAxis {
  const known = [...values.filter((value) => value !== null), ...levels];
  const low = Math.min(...known);
  const high = Math.max(...known);
  const padding = (high > low ? high - low : Math.abs(high) || 1) * 0.1;
  const axis = axisOf(low - padding, high + padding, 3);
  const top = Math.max(...levels);
  const bottom = Math.min(...levels);
  const apart = ((top - bottom) / (axis.max - axis.min)) * PANEL_HEIGHT;
  const crowded = apart < SIZE.text * 1.2;
  const sign = crowded && top === -bottom && top > 0 ? "±" : "";
  return {
    ...axis,
    ticks: crowded ? [top] : [...new Set(levels)],
    text: (value) => `${sign}${grouped(value, decimalsOf(value))}`,
  };
}

function decimalsOf(value: number): number {
  return Math.min(4, String(Math.abs(value)).split(".")[1]?.length ?? 0);
}

export function panelSeries({ label, values, levels }: Panel, index: number): object {
  return {
    type: "line",
    name: label,
    xAxisIndex: index,
    yAxisIndex: index,
    symbol: "none",
    data: values.map((value) => value ?? "-"),
    lineStyle: { color: COLOUR.text, width: 2.5 },
    itemStyle: { color: COLOUR.text },
    markLine: {
      symbol: "none",
      precision: 10,
      label: { show: false },
      lineStyle: { color: COLOUR.warn, width: 2, type: "dashed" },
      data: levels.map((level) => ({ yAxis: level })),
    },
  };
}
