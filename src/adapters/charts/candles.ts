import type { CandleDrawing } from "../../message.ts";
import { timeAxis, valueAxis, type Plot } from "./axes.ts";
import { axisOf, grouped, short, textWidth, type Axis } from "./figures.ts";
import { BELOW_HEADING, heading } from "./heading.ts";
import { markSeries } from "./marks.ts";
import type { Sheet } from "./png.ts";
import { PANEL_HEIGHT, panelAxis, panelSeries } from "./panel.ts";
import { priceAxis } from "./price-axis.ts";
import { coversTick, layTags, levelColour, tagGraphics, tagWidth, type Tag } from "./tags.ts";
import { COLOUR, FONT, LINES, MARGIN, SIZE, WIDTH } from "./theme.ts";
import { timeLabels } from "./time-labels.ts";

const HEIGHT = 900;
const LEGEND_HEIGHT = 44;
const TIME_LABELS = 6;
const GAP = 26;
/** Left to itself ECharts rounds levels to cents. */
const PRECISION = 10;
/** For the labels of the time axis. */
const BELOW_PLOTS = 62;

/** Candles with averages, fills and levels; below them the volume and, where there is one, the indicator. */
export function candleSheet(drawing: CandleDrawing): Sheet {
  const { bars, lines, levels, panel } = drawing;
  const count = bars.time.length;
  if (count === 0) throw new RangeError("no bars to draw");
  const axis = priceAxis(drawing);
  const names = legendNames(drawing);
  const top = BELOW_HEADING + (names.length > 0 ? LEGEND_HEIGHT : 0);
  const heights = plotHeights(HEIGHT - top - BELOW_PLOTS, {
    volume: bars.volume.some((volume) => volume > 0),
    panel: panel !== undefined,
  });
  const tags = layTags(levels, axis, heights.price);
  const labels = axis.ticks.map((tick) => textWidth(grouped(tick, axis.decimals), SIZE.text) + 14);
  const right = Math.ceil(Math.max(tagWidth(tags) + 8, ...labels)) + MARGIN / 2;
  const plots = stack(heights, top, right);
  const times = timeLabels(bars.time, drawing.daily, TIME_LABELS);
  const last = plots.length - 1;
  const volumeAt = heights.volume > 0 ? 1 : -1;
  const panelAt = panel === undefined ? -1 : last;
  const volumeTop = Math.max(...bars.volume);
  const panelScale = panel === undefined ? undefined : panelAxis(panel);
  return {
    width: WIDTH,
    height: HEIGHT,
    option: {
      title: heading(drawing),
      legend: legend(names),
      grid: plots.map((plot) => ({ ...plot })),
      xAxis: plots.map((_, index) => timeAxis(index, count, times, index === last)),
      yAxis: [
        valueAxis(0, axis, (tick) =>
          coversTick(tags, tick, axis, heights.price) ? "" : grouped(tick, axis.decimals),
        ),
        ...(volumeAt < 0 ? [] : [volumeAxis(volumeAt, volumeTop)]),
        ...(panelScale === undefined ? [] : [valueAxis(panelAt, panelScale, panelScale.text)]),
      ],
      graphic: tagGraphics(tags, WIDTH - right + 8, top),
      series: [
        candleSeries(drawing, tags),
        ...lines.map((line, index) => ({
          type: "line",
          name: line.label,
          data: line.values.map((value) => value ?? "-"),
          symbol: "none",
          lineStyle: {
            color: lineColour(drawing, index),
            width: line.edge === true ? 2 : 3,
            ...(line.edge === true ? { type: "dashed" } : {}),
          },
          itemStyle: { color: lineColour(drawing, index) },
          z: 3,
        })),
        ...markSeries(drawing, axis),
        ...(volumeAt < 0 ? [] : [volumeSeries(drawing, volumeAt)]),
        ...(panel === undefined ? [] : [panelSeries(panel, panelAt)]),
      ],
    },
  };
}

interface Heights {
  readonly price: number;
  readonly volume: number;
  readonly panel: number;
}

function plotHeights(
  whole: number,
  { volume, panel }: { readonly volume: boolean; readonly panel: boolean },
): Heights {
  const below = { volume: volume ? 90 : 0, panel: panel ? PANEL_HEIGHT : 0 };
  const gaps = (volume ? GAP : 0) + (panel ? GAP : 0);
  return { ...below, price: whole - below.volume - below.panel - gaps };
}

function stack({ price, volume, panel }: Heights, above: number, right: number): readonly Plot[] {
  const plots: Plot[] = [];
  let top = above;
  for (const height of [price, volume, panel]) {
    if (height === 0) continue;
    plots.push({ left: MARGIN, right, top, height });
    top += height + GAP;
  }
  return plots;
}

/** Edges of one band share a colour, averages have one each. */
function lineColour({ lines }: CandleDrawing, index: number): string {
  const own = lines
    .slice(0, index + 1)
    .filter((line, at) => line.edge !== true || lines[at - 1]?.edge !== true);
  return LINES[(own.length - 1) % LINES.length] ?? COLOUR.text;
}

function legendNames({ lines, marks, panel }: CandleDrawing): readonly object[] {
  const sides = new Set(marks.map(({ side }) => side));
  return [
    ...lines.map(({ label }) => ({ name: label, icon: "rect" })),
    ...(sides.has("buy") ? [{ name: "bought" }] : []),
    ...(sides.has("sell") ? [{ name: "sold" }] : []),
    ...(panel === undefined ? [] : [{ name: panel.label, icon: "rect" }]),
  ];
}

function legend(names: readonly object[]): object {
  return {
    left: MARGIN - 5,
    top: BELOW_HEADING - 8,
    itemWidth: 26,
    itemHeight: 16,
    itemGap: 26,
    textStyle: { color: COLOUR.soft, fontFamily: FONT, fontSize: SIZE.small },
    data: names,
  };
}

function candleSeries({ bars }: CandleDrawing, tags: readonly Tag[]): object {
  return {
    type: "candlestick",
    data: bars.close.map((close, index) => [bars.open[index], close, bars.low[index], bars.high[index]]),
    itemStyle: {
      color: COLOUR.up,
      borderColor: COLOUR.up,
      color0: COLOUR.down,
      borderColor0: COLOUR.down,
      borderWidth: 2,
    },
    barMaxWidth: 28,
    z: 2,
    markLine: {
      symbol: "none",
      precision: PRECISION,
      label: { show: false },
      data: tags
        .filter(({ inside }) => inside)
        .map(({ level }) => ({
          yAxis: level.price,
          lineStyle: {
            color: levelColour(level.kind),
            width: level.kind === "price" ? 1.5 : 2.5,
            type: level.kind === "price" ? "dotted" : "dashed",
          },
        })),
    },
  };
}

function volumeAxis(gridIndex: number, top: number): object {
  const axis: Axis = { ...axisOf(0, top, 1), min: 0, max: top * 1.1, ticks: [top] };
  return valueAxis(gridIndex, axis, short);
}

function volumeSeries({ bars }: CandleDrawing, index: number): object {
  return {
    type: "bar",
    xAxisIndex: index,
    yAxisIndex: index,
    barMaxWidth: 28,
    barCategoryGap: "30%",
    data: bars.volume.map((volume, at) => ({
      value: volume,
      itemStyle: {
        color: (bars.close[at] ?? 0) >= (bars.open[at] ?? 0) ? COLOUR.up : COLOUR.down,
        opacity: 0.55,
      },
    })),
  };
}
