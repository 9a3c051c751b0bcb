import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPictures } from "../../../src/adapters/charts/create-pictures.ts";
import type { CandleDrawing, Drawing } from "../../../src/message.ts";
import { average, candles, equityCurve, LIMITS, walk } from "../../support/drawings.ts";
import { decodePng, difference, type Pixels } from "../../support/png.ts";
import { silentLog } from "../../support/silent-log.ts";
import { recordingLog } from "../../support/slack/desk.ts";

const GOLDEN = join(import.meta.dirname, "golden");
/** Of 255: what rounding on another processor may change in an edge. */
const TOLERANCE = 40;
/** Of the pixels: a dashed stop line is ten times as many. */
const SHARE = 0.0001;

const bars = walk(120, 185.5, "15Min");
const [time, close] = [[...bars.time], [...bars.close]];
const at = (index: number): number => close[index] ?? 0;
const band = (by: number): readonly (number | null)[] =>
  average(close, 20).map((mean) => (mean === null ? null : mean + by));

/** Every kind of picture and what is hard to draw; all of them were looked at. */
const DRAWINGS: Readonly<Record<string, Drawing>> = {
  position: candles(bars, {
    title: "AAPL · 15Min · $188.58",
    subtitle: "long 5 @ $190.65 · -$10.35 (-1.09%) · -0.4R · ma_crossover · PAPER",
    tone: "bad",
    lines: [
      { label: "SMA 10", values: average(close, 10) },
      { label: "SMA 30", values: average(close, 30) },
    ],
    marks: [
      { side: "buy", time: (time[20] ?? 0) + 1000, price: at(20) },
      { side: "sell", time: (time[48] ?? 0) + 1000, price: at(48) },
      { side: "buy", time: (time[70] ?? 0) + 1000, price: at(70) },
    ],
    levels: [
      { kind: "price", price: at(119) },
      { kind: "entry", price: at(70) },
      { kind: "stop", price: at(70) * 0.975 },
      { kind: "target", price: at(70) * 1.2 },
    ],
  }),
  "band-and-panel": candles(bars, {
    lines: [
      { label: "mean 20", values: band(0) },
      { label: "+2 sd", values: band(1.5), edge: true },
      { label: "-2 sd", values: band(-1.5), edge: true },
    ],
    panel: {
      label: "RSI 14",
      values: close.map((_, index) => (index < 14 ? null : 50 + 30 * Math.sin(index / 8))),
      levels: [30, 70],
    },
  }),
  "500-bars-many-fills": candles(walk(500, 185.5, "15Min"), {
    marks: Array.from({ length: 40 }, (_, index) => ({
      side: index % 2 === 0 ? ("buy" as const) : ("sell" as const),
      time: (walk(500, 185.5, "15Min").time[100 + index * 3] ?? 0) + 5,
      price: walk(500, 185.5, "15Min").close[100 + index * 3] ?? 0,
    })),
  }),
  "price-of-0.0001": candles(walk(60, 0.0001, "5Min"), {
    title: "PENNY · 5Min",
    levels: [
      { kind: "price", price: 0.0001 },
      { kind: "entry", price: 0.0001002 },
      { kind: "stop", price: 0.000098 },
    ],
  }),
  "price-of-500000": candles(walk(60, 500_000, "1Day"), {
    title: "BRK.A · 1Day",
    daily: true,
    levels: [
      { kind: "price", price: 500_123.45 },
      { kind: "entry", price: 500_100 },
      { kind: "stop", price: 300_000 },
      { kind: "target", price: 650_000 },
    ],
  }),
  "one-bar": candles(walk(1, 185.5, "1Day"), { title: "AAPL · 1Day", daily: true }),
  equity: equityCurve(300),
  "one-equity": equityCurve(1, { subtitle: "$100,000.00", tone: "neutral" }),
  limits: LIMITS,
};

async function pixelsOf(drawing: Drawing): Promise<Pixels> {
  return decodePng((await createPictures(silentLog).draw(drawing)) ?? new Uint8Array());
}

describe("a picture", () => {
  it.each(Object.entries(DRAWINGS))("of %s looks as it did when it was looked at", async (name, drawing) => {
    const png = await createPictures(silentLog).draw(drawing);
    const file = join(GOLDEN, `${name}.png`);
    // After a change of looks: UPDATE_PICTURES=1 npx vitest run test/adapters/charts, and look at them.
    if (process.env["UPDATE_PICTURES"] === "1" && png !== undefined) await writeFile(file, png);
    expect(
      difference(decodePng(png ?? new Uint8Array()), decodePng(await readFile(file)), TOLERANCE),
    ).toBeLessThan(SHARE);
  });

  it.each<[string, (drawing: CandleDrawing) => CandleDrawing]>([
    ["a level", (drawing) => ({ ...drawing, levels: drawing.levels.slice(1) })],
    [
      "the price of a level",
      (drawing) => ({
        ...drawing,
        levels: drawing.levels.map((level, index) =>
          index === 2 ? { ...level, price: level.price * 0.99 } : level,
        ),
      }),
    ],
    ["a mark", (drawing) => ({ ...drawing, marks: drawing.marks.slice(1) })],
    ["a line", (drawing) => ({ ...drawing, lines: drawing.lines.slice(1) })],
    ["a digit of the title", (drawing) => ({ ...drawing, title: "AAPL · 15Min · $188.59" })],
  ])("that has changed in %s does not pass for the same", async (_what, change) => {
    const { position } = DRAWINGS;
    if (position?.kind !== "candles") throw new Error("no candles");
    const [changed, same] = [await pixelsOf(change(position)), await pixelsOf(position)];
    expect(difference(changed, same, TOLERANCE)).toBeGreaterThan(SHARE);
  });

  it("is opaque, so that it reads alike on a light and on a dark ground", async () => {
    const png = await createPictures(silentLog).draw(LIMITS);
    const { data, width } = decodePng(png ?? new Uint8Array());
    expect(width).toBe(1200);
    expect(data.filter((_, index) => index % 4 === 3).every((opacity) => opacity === 255)).toBe(true);
  });

  it("ends a title that is too long with an ellipsis before the edge", async () => {
    const title = "Study 7 · best trial in sample · Multi-Timeframe · AAPL, MSFT, NVDA · 15Min · grid";
    const { data, width } = await pixelsOf(equityCurve(20, { title, subtitle: title }));
    const right = Array.from({ length: 30 * 110 }, (_, index) => {
      const pixel = (Math.floor(index / 30) * width + width - 30 + (index % 30)) * 4;
      return data[pixel];
    });
    expect(new Set(right)).toEqual(new Set([0x13]));
  });

  it.each([
    ["without a bar", candles(walk(0, 1, "1Day"), { levels: [] })],
    ["without equity", equityCurve(0)],
  ])("%s is none, and the log says so", async (_what, drawing) => {
    const log = recordingLog();
    expect(await createPictures(log).draw(drawing)).toBeUndefined();
    expect(log.lines).toMatchObject([
      { level: "error", text: expect.stringContaining("could not be drawn") as unknown },
    ]);
  });
});
