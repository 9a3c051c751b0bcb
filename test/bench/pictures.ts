import { createPictures } from "../../src/adapters/charts/create-pictures.ts";
import type { Drawing } from "../../src/message.ts";
import { average, candles, equityCurve, LIMITS, walk } from "../support/drawings.ts";
import { silentLog } from "../support/silent-log.ts";

const ROUNDS = 20;

function candlesOf(count: number): Drawing {
  const bars = walk(count, 185.5, "15Min");
  return candles(bars, {
    lines: [10, 30].map((period) => ({ label: `SMA ${period}`, values: average(bars.close, period) })),
    panel: { label: "RSI 14", values: average(bars.close, 14), levels: [30, 70] },
    marks: Array.from({ length: 20 }, (_, index) => ({
      side: index % 2 === 0 ? "buy" : "sell",
      time: bars.time[index * 5] ?? 0,
      price: bars.close[index * 5] ?? 0,
    })),
  });
}

const DRAWINGS: Readonly<Record<string, Drawing>> = {
  "chart, 120 bars": candlesOf(120),
  "chart, 500 bars": candlesOf(500),
  "equity, 360 points": equityCurve(360),
  "risk, 5 limits": LIMITS,
};

/** How long a picture takes from its data to the PNG, once the libraries are loaded. */
export async function reportPictures(write: (line: string) => void): Promise<void> {
  const pictures = createPictures(silentLog);
  const firstMs = await millisecondsOf(() => pictures.draw(LIMITS));
  write(`pictures, ${ROUNDS} each; the first of all, with loading, took ${firstMs.toFixed(0)} ms`);
  write(`${"".padEnd(24)} ${"median".padStart(10)} ${"worst".padStart(10)} ${"cpu".padStart(10)}`);
  for (const [name, drawing] of Object.entries(DRAWINGS)) {
    await pictures.draw(drawing);
    const times: number[] = [];
    const before = cpuMs();
    for (let round = 0; round < ROUNDS; round += 1)
      times.push(await millisecondsOf(() => pictures.draw(drawing)));
    const each = (cpuMs() - before) / ROUNDS;
    times.sort((a, b) => a - b);
    const figures = [times[ROUNDS / 2] ?? 0, times.at(-1) ?? 0, each];
    write(`${name.padEnd(24)} ${figures.map((ms) => `${ms.toFixed(0).padStart(7)} ms`).join(" ")}`);
  }
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Of all threads: what a picture costs however busy the machine is. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
