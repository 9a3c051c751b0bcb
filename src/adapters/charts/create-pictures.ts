import type { Drawing } from "../../message.ts";
import type { Log, Pictures } from "../../ports.ts";
import { candleSheet } from "./candles.ts";
import { equitySheet } from "./equity.ts";
import { limitsSheet } from "./limits.ts";
import { pngOf, type Sheet } from "./png.ts";

/** Drawings as PNG, made in this process with a font of our own: no browser, no network. */
export function createPictures(log: Log): Pictures {
  return {
    async draw(drawing) {
      try {
        return await pngOf(sheetOf(drawing));
      } catch (error) {
        log.error({ picture: drawing.title, error }, "a picture could not be drawn; its alt text is shown");
        return undefined;
      }
    },
  };
}

function sheetOf(drawing: Drawing): Sheet {
  switch (drawing.kind) {
    case "candles":
      return candleSheet(drawing);
    case "equity":
      return equitySheet(drawing);
    case "limits":
      return limitsSheet(drawing);
  }
}
