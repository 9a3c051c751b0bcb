import { describe, expect, it } from "vitest";
import type { SymbolBars } from "../../../src/research/portfolio.ts";
import { barsFromBytes, barsToBytes } from "../../../src/research/studies/series-bytes.ts";
import { hours } from "../optimize/study.ts";

const plain = ({ symbol, series, start = 0 }: SymbolBars): unknown => ({
  symbol,
  start,
  length: series.length,
  columns: [series.time, series.open, series.high, series.low, series.close, series.volume].map((values) => [
    ...values,
  ]),
});

function middle(values: Float64Array): Float64Array {
  return values.subarray(40, 60);
}

describe("the bars of a study as bytes", () => {
  it.each([
    ["one symbol", [hours(1_000)]],
    [
      "several of different lengths, with history",
      [{ ...hours(301, 1, "ÄB"), start: 17 }, hours(20, 2, "MSFT")],
    ],
    ["none in one of them", [hours(0, 1, "AAPL"), hours(5, 1, "MSFT")]],
  ])("come back as they were: %s", async (_name, symbols) => {
    const back = await barsFromBytes(await barsToBytes(symbols));
    expect(back.map(plain)).toEqual(symbols.map(plain));
    expect(back[0]?.series.time.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("are a part of a longer series where only that was given", async () => {
    const { series, symbol } = hours(100);
    const { time, open, high, low, close, volume } = series;
    const cut: SymbolBars = {
      symbol,
      series: {
        length: 20,
        time: middle(time),
        open: middle(open),
        high: middle(high),
        low: middle(low),
        close: middle(close),
        volume: middle(volume),
      },
    };
    expect((await barsFromBytes(await barsToBytes([cut]))).map(plain)).toEqual([cut].map(plain));
  });

  it("come in parts that a database takes, and smaller than they are", async () => {
    const parts = await barsToBytes([hours(200_000)]);
    expect(parts.length).toBeGreaterThan(1);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(1_000_000);
    const [back] = await barsFromBytes(parts);
    expect(back?.series.length).toBe(200_000);
  });
});
