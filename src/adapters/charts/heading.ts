import type { Drawing } from "../../message.ts";
import { COLOUR, FONT, MARGIN, SIZE, TONE } from "./theme.ts";

/** Where the plots may begin below title and subtitle, px. */
export const BELOW_HEADING = 128;

export function heading({ title, subtitle, tone }: Drawing): object {
  return {
    text: title,
    subtext: subtitle,
    left: MARGIN - 5,
    top: 20,
    itemGap: 10,
    textStyle: { color: COLOUR.text, fontFamily: FONT, fontSize: SIZE.title, fontWeight: 600 },
    subtextStyle: { color: TONE[tone], fontFamily: FONT, fontSize: SIZE.subtitle },
  };
}
