import type { CandleDrawing } from "../../message.ts";
import { textWidth } from "./figures.ts";
import type { PriceAxis } from "./price-axis.ts";
import { COLOUR, FONT, SIZE } from "./theme.ts";

const HEIGHT = 36;
const PADDING = 10;
const ABOVE_LABELS = 100;

type Level = CandleDrawing["levels"][number];

export interface Tag {
  readonly level: Level;
  readonly text: string;
  readonly colour: string;
  /** Middle of the tag, px from the top of the plot. */
  readonly y: number;
  /** Whether the level itself lies inside the plot. */
  readonly inside: boolean;
}

const COLOURS: Readonly<Record<Level["kind"], string>> = {
  price: COLOUR.price,
  entry: COLOUR.buy,
  stop: COLOUR.down,
  target: COLOUR.up,
};

export function levelColour(kind: Level["kind"]): string {
  return COLOURS[kind];
}

/** The tags of the levels at the right edge, spread so that none covers another. `height`: of the plot, px. */
export function layTags(levels: readonly Level[], axis: PriceAxis, height: number): readonly Tag[] {
  const placed = levels
    .map((level) => ({ level, wanted: yOf(level.price, axis, height) }))
    .toSorted((a, b) => a.wanted - b.wanted);
  const half = HEIGHT / 2;
  const tags = placed.map(({ wanted }) => Math.min(Math.max(wanted, half), height - half));
  for (let index = 1; index < tags.length; index += 1)
    tags[index] = Math.max(tags[index] ?? 0, (tags[index - 1] ?? 0) + HEIGHT + 2);
  // What was pushed below the plot pushes back.
  let floor = height - half;
  for (let index = tags.length - 1; index >= 0; index -= 1) {
    tags[index] = Math.min(tags[index] ?? 0, floor);
    floor = (tags[index] ?? 0) - HEIGHT - 2;
  }
  return placed.map(({ level, wanted }, index) => {
    const arrow = wanted < 0 ? "↑ " : wanted > height ? "↓ " : "";
    return {
      level,
      text: `${arrow}${level.kind} ${axis.text(level.price)}`,
      colour: levelColour(level.kind),
      y: tags[index] ?? 0,
      inside: arrow === "",
    };
  });
}

/** Whether a tag stands where the axis would write the tick. */
export function coversTick(tags: readonly Tag[], tick: number, axis: PriceAxis, height: number): boolean {
  const y = yOf(tick, axis, height);
  return tags.some((tag) => Math.abs(tag.y - y) < HEIGHT / 2 + SIZE.text / 2);
}

function yOf(price: number, { min, max }: PriceAxis, height: number): number {
  return ((max - price) / (max - min)) * height;
}

export function tagWidth(tags: readonly { readonly text: string }[]): number {
  return Math.max(0, ...tags.map(({ text }) => textWidth(text, SIZE.small) + 2 * PADDING));
}

/** Tags as graphic elements, their left edge at `left`, the plot's top at `top`. */
export function tagGraphics(tags: readonly Tag[], left: number, top: number): readonly object[] {
  return tags.flatMap((tag) => [
    {
      type: "rect",
      z: ABOVE_LABELS,
      shape: { x: left, y: top + tag.y - HEIGHT / 2, width: tagWidth([tag]), height: HEIGHT, r: 6 },
      style: { fill: tag.colour },
    },
    {
      type: "text",
      z: ABOVE_LABELS + 1,
      style: {
        text: tag.text,
        x: left + PADDING,
        y: top + tag.y,
        verticalAlign: "middle",
        fill: COLOUR.ground,
        fontFamily: FONT,
        fontSize: SIZE.small,
        fontWeight: 600,
      },
    },
  ]);
}
