import type { LimitRow, LimitsDrawing } from "../../message.ts";
import { grouped } from "./figures.ts";
import { BELOW_HEADING, heading } from "./heading.ts";
import type { Sheet } from "./png.ts";
import { COLOUR, FONT, MARGIN, SIZE, WIDTH } from "./theme.ts";

const ROW = 104;
const BAR = 30;
const PERCENT_WIDTH = 110;
/** From here on a limit is near. */
const NEAR = 0.75;

/** One bar a limit: how much of it is used, in words and as a length. */
export function limitsSheet(drawing: LimitsDrawing): Sheet {
  const { rows } = drawing;
  return {
    width: WIDTH,
    height: BELOW_HEADING + 14 + Math.max(1, rows.length) * ROW,
    option: {
      title: heading(drawing),
      graphic: rows.flatMap((row, index) => rowGraphics(row, BELOW_HEADING + 14 + index * ROW)),
    },
  };
}

function rowGraphics(row: LimitRow, top: number): readonly object[] {
  const { used, limit } = row;
  const share = limit > 0 ? Math.max(0, used) / limit : used > 0 ? 1 : 0;
  const colour = share >= 1 ? COLOUR.down : share >= NEAR ? COLOUR.warn : COLOUR.up;
  const width = WIDTH - 2 * MARGIN;
  const figures = `${figure(row, used)} of ${figure(row, limit)}`;
  const percent = `${grouped(share * 100, 0)}%`;
  const text = (words: string, x: number, fill: string, more: object): object => ({
    type: "text",
    style: { text: words, x, y: top, fill, fontFamily: FONT, fontSize: SIZE.text, ...more },
  });
  return [
    text(row.label, MARGIN, COLOUR.text, { fontWeight: 600 }),
    text(figures, WIDTH - MARGIN - PERCENT_WIDTH, COLOUR.soft, { align: "right" }),
    text(percent, WIDTH - MARGIN, colour, { align: "right", fontWeight: 600 }),
    bar(top, width, COLOUR.track),
    // A sliver stays to be seen even of very little.
    ...(share > 0 ? [bar(top, Math.max(10, Math.min(1, share) * width), colour)] : []),
  ];
}

function bar(top: number, width: number, fill: string): object {
  return {
    type: "rect",
    shape: { x: MARGIN, y: top + 38, width, height: BAR, r: 8 },
    style: { fill },
  };
}

function figure({ unit }: LimitRow, value: number): string {
  switch (unit) {
    case "usd":
      return `$${grouped(value, Math.abs(value) >= 1000 ? 0 : 2)}`;
    case "percent":
      return `${grouped(value, 2)}%`;
    case "count":
      return grouped(value, 0);
  }
}
