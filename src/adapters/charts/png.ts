import { createRequire } from "node:module";
import type * as Echarts from "echarts";
import { COLOUR, FONT } from "./theme.ts";

const require = createRequire(import.meta.url);

/** What is drawn, and how large, px. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly option: Echarts.EChartsCoreOption;
}

/** Both libraries are loaded with the first picture: a bot that draws none does not wait for them. */
let echarts: typeof Echarts | undefined;

function loadEcharts(): typeof Echarts {
  // The bundle loads in a tenth of the time that the package's hundreds of modules take.
  const bundle: typeof Echarts = require("echarts");
  echarts ??= bundle;
  return echarts;
}

function svgOf({ width, height, option }: Sheet): string {
  const chart = loadEcharts().init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: COLOUR.ground,
      textStyle: { fontFamily: FONT },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** The picture as PNG bytes; the pixels are made on another thread. */
export async function pngOf(sheet: Sheet): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svgOf(sheet), {
    font: {
      // From the package alone: the same picture on every machine.
      loadSystemFonts: false,
      fontFiles: [
        require.resolve("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf"),
        require.resolve("@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf"),
      ],
      defaultFontFamily: FONT,
    },
  });
  return image.asPng();
}
