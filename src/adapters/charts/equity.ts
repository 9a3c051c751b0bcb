import type { EquityDrawing } from "../../message.ts";
import { timeAxis, valueAxis } from "./axes.ts";
import { axisOf, grouped, textWidth } from "./figures.ts";
import { BELOW_HEADING, heading } from "./heading.ts";
import type { Sheet } from "./png.ts";
import { COLOUR, FONT, MARGIN, SIZE, WIDTH } from "./theme.ts";
import { timeLabels } from "./time-labels.ts";

const TIME_LABELS = 6;
const CAPTION = 44;
const EQUITY_HEIGHT = 320;
const DRAWDOWN_HEIGHT = 130;
const DAY_MS = 86_400_000;
/** Below this the curve's ups and downs are a trader's cents, drawn as large as a crash: part of equity. */
const LEAST_SPAN = 0.0005;

/** Percent: an axis for the drawdown of an account that has had none. */
const LEAST_FALL = -0.1;

/** Equity with its start as a line, and the fall from the highest equity so far below. */
export function equitySheet(drawing: EquityDrawing): Sheet {
  const { time, equity } = drawing;
  if (equity.length === 0) throw new RangeError("no equity to draw");
  const start = equity[0] ?? 0;
  const drawdown = drawdowns(equity);
  const axis = equityAxis(equity);
  const worst = Math.min(...drawdown);
  const fall = axisOf(Math.min(worst * 1.15, LEAST_FALL), 0, 2);
  const percent = (value: number): string => `${grouped(value, value === 0 ? 0 : fall.decimals)}%`;
  const money = (value: number): string => `$${grouped(value, axis.decimals)}`;
  const labels = [...axis.ticks.map(money), ...fall.ticks.map(percent)];
  const right = Math.ceil(Math.max(...labels.map((label) => textWidth(label, SIZE.text)))) + 14 + MARGIN / 2;
  const top = BELOW_HEADING + 10;
  const below = top + EQUITY_HEIGHT + CAPTION + 20;
  const rising = (equity.at(-1) ?? start) >= start;
  const colour = rising ? COLOUR.up : COLOUR.down;
  const spanDays = ((time.at(-1) ?? 0) - (time[0] ?? 0)) / DAY_MS;
  const times = timeLabels(time, spanDays > TIME_LABELS, TIME_LABELS);
  return {
    width: WIDTH,
    height: below + DRAWDOWN_HEIGHT + 64,
    option: {
      title: [
        heading(drawing),
        {
          text: "Drawdown from the highest equity",
          left: MARGIN - 5,
          top: below - CAPTION,
          textStyle: { color: COLOUR.soft, fontFamily: FONT, fontSize: SIZE.small, fontWeight: 400 },
        },
      ],
      grid: [
        { left: MARGIN, right, top, height: EQUITY_HEIGHT },
        { left: MARGIN, right, top: below, height: DRAWDOWN_HEIGHT },
      ],
      xAxis: [timeAxis(0, time.length, times, false), timeAxis(1, time.length, times, true)].map((each) => ({
        ...each,
        boundaryGap: time.length === 1,
      })),
      yAxis: [valueAxis(0, axis, money), valueAxis(1, fall, percent)],
      series: [
        {
          ...area(0, equity, colour, axis.min),
          markLine: {
            symbol: "none",
            label: { show: false },
            lineStyle: { color: COLOUR.soft, width: 2, type: "dashed" },
            data: [{ yAxis: start }],
          },
        },
        area(1, drawdown, COLOUR.down, 0),
      ],
    },
  };
}

function equityAxis(equity: readonly number[]): ReturnType<typeof axisOf> {
  const low = Math.min(...equity);
  const high = Math.max(...equity);
  const span = Math.max(high - low, Math.abs(high) * LEAST_SPAN, 1e-6);
  const middle = (low + high) / 2;
  return axisOf(middle - span * 0.58, middle + span * 0.58, 5);
}

/** Percent below the highest value so far: 0 or negative. */
function drawdowns(equity: readonly number[]): readonly number[] {
  let peak = Number.NEGATIVE_INFINITY;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return peak > 0 ? (value / peak - 1) * 100 : 0;
  });
}

function area(index: number, values: readonly number[], colour: string, origin: number): object {
  return {
    type: "line",
    xAxisIndex: index,
    yAxisIndex: index,
    data: values,
    symbol: "circle",
    symbolSize: 14,
    // A single point has no line to be seen by.
    showSymbol: values.length === 1,
    lineStyle: { color: colour, width: 3 },
    itemStyle: { color: colour },
    areaStyle: { color: colour, opacity: 0.22, origin },
  };
}
