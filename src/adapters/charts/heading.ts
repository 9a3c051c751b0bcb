import type { Drawing } from "../../message.ts";
import { textWidth } from "./figures.ts";
import { COLOUR, FONT, MARGIN, SIZE, TONE, WIDTH } from "./theme.ts";

/** Where the plots may begin below title and subtitle, px. */
export const BELOW_HEADING = 128;

export function heading({ title, subtitle, tone }: Drawing): object {
  return {
    text: fitted(title, SIZE.title),
    subtext: fitted(subtitle, SIZE.subtitle),
    left: MARGIN - 5,
    top: 20,
    itemGap: 10,
    textStyle: { color: COLOUR.text, fontFamily: FONT, fontSize: SIZE.title, fontWeight: 600 },
    subtextStyle: { color: TONE[tone], fontFamily: FONT, fontSize: SIZE.subtitle },
  };
}

/** The text, cut with an ellipsis where it would run over the edge. */
function fitted(text: string, fontSize: number): string {
  const room = WIDTH - 2 * MARGIN;
  if (textWidth(text, fontSize) <= room) return text;
  let cut = text;
  while (textWidth(`${cut}…`, fontSize) > room) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
}
